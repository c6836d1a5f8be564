"""Stands before the page's server where people sign in by password: no request of a stranger reaches Streamlit.

request → PageGate (whose session is the cookie's?) → Streamlit, or the form at /sign-in

The form is a plain HTML page of its own, for Streamlit cannot set a cookie: HttpOnly, SameSite=Lax, Secure over HTTPS.
The script looks the session up again at every step (``app.page_login``), so that one that ended stops a page that is
open already.
"""

from __future__ import annotations

import re
import secrets
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from anyio import to_thread
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.page_door import Door, Refused
from app.people_words import people_word
from app.server_address import is_loopback
from app.words import LANGUAGE_COOKIE, Language

COOKIE = "shujia_session"
SIGN_IN = "/sign-in"
# What holds nothing of the library: Streamlit's own scripts and styles, and whether the server runs.
_OPEN = re.compile(r"/(sign-in|_stcore/health|static/(?!.*\.\.)[^\\]*|favicon\.png)")
_PAGE = re.compile(r"/[a-z_-]{0,40}")  # where a sign-in may lead back to
_QUERY = re.compile(r"[A-Za-z0-9._~%+=&*-]{1,2000}")  # and what it is to show there: the chat, the collection
_LONGEST_BODY = 8_192  # bytes
_STYLE = (
    "body{font:16px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;display:grid;min-height:90vh;place-items:center;"
    "margin:0;color-scheme:light dark}form{width:min(20rem,90vw);display:grid;gap:.9rem}h1{font-size:1.3rem;margin:0}"
    "label{display:grid;gap:.2rem}input,button{font:inherit;padding:.5rem .7rem;border-radius:.4rem;border:1px solid "
    "#8888}button{background:#2d6a4f;color:#fff;border:0}p{margin:0;color:#b3261e}"
)


class PageGate:
    """ASGI middleware: lets through who is signed in; sends others to the form."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a connection through, or answer it."""
        if scope["type"] not in ("http", "websocket") or _OPEN.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        secret = HTTPConnection(scope).cookies.get(COOKIE)
        if await to_thread.run_sync(self.door.visitor, secret) is not None:
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "sign in first"})
            return
        await _refused(scope)(scope, receive, send)


class SignIn:
    """The form at /sign-in."""

    def __init__(self, door: Door, language: str, *, behind_proxy: bool) -> None:
        self.door, self._language, self._behind_proxy = door, language, behind_proxy

    async def answer(self, request: Request) -> Response:
        """GET shows the form, POST signs in."""
        language = self._spoken(request)
        back = _back(request.query_params.get("next", "/"))
        if request.method != "POST":
            return _form(language, back)
        if _foreign(request):
            return PlainTextResponse("this form was not sent from this site", 403)
        sent = await _sent(request)
        if sent is None:
            return PlainTextResponse("that is no sign-in", 400)
        name, password = sent
        made = await to_thread.run_sync(self.door.sign_in, name, password, self._address(request))
        if isinstance(made, Refused):
            minutes = max(1, round(made.wait / 60))
            why = people_word(language, "wait", minutes=minutes) if made.wait else people_word(language, "refused")
            return _form(language, back, why, 429 if made.wait else 401)
        answer = RedirectResponse(back, 303)
        lasts, secure = int(self.door.sessions.hours * 3600), _is_secure(request)
        answer.set_cookie(COOKIE, made, max_age=lasts, path="/", httponly=True, samesite="lax", secure=secure)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _spoken(self, request: Request) -> Language:
        for one in (request.cookies.get(LANGUAGE_COOKIE), self._language):
            if one in ("zh", "en"):
                return "zh" if one == "zh" else "en"
        return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"

    def _address(self, request: Request) -> str:
        """Where a try comes from; what a proxy says of it is believed only where there is one."""
        peer = request.client.host if request.client else ""
        told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return told if told and (self._behind_proxy or is_loopback(peer)) else peer


def _refused(scope: Scope) -> Response:
    wants_page = scope["method"] in ("GET", "HEAD") and "text/html" in HTTPConnection(scope).headers.get("accept", "")
    if not wants_page:
        return PlainTextResponse("sign in first", 401)
    query = scope.get("query_string", b"").decode("latin-1")
    back = quote(_back(f"{scope['path']}?{query}"))
    return RedirectResponse(f"{SIGN_IN}?next={back}", 303)


def _back(wanted: str) -> str:
    """A page of ours to go on with, and its query as it stood in the address; never another site."""
    path, _, query = wanted.partition("?")
    if not _PAGE.fullmatch(path):
        return "/"
    return f"{path}?{query}" if _QUERY.fullmatch(query) else path


def _foreign(request: Request) -> bool:
    """Whether a form of another site was sent here: it could sign its reader in as somebody else."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _is_secure(request: Request) -> bool:
    """Whether the browser came by HTTPS; a proxy that says so can only make the cookie stricter."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))


async def _sent(request: Request) -> tuple[str, str] | None:
    """Name and password of the form; None for anything else."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            return None
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return None
    name, password = (fields.get(key, [""])[0] for key in ("name", "password"))
    return (name, password) if name and password else None


def _form(language: Language, back: str, why: str = "", status: int = 200) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    name, password, button = (escape(people_word(language, key)) for key in ("name", "password", "sign_in"))
    page = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>书架 Shujia</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{_STYLE}</style>'
        f'<form method="post" action="{SIGN_IN}?next={escape(quote(back))}"><h1>书架 Shujia</h1>'
        f"{f'<p role=alert>{escape(why)}</p>' if why else ''}"
        f'<label>{name}<input name="name" autocomplete="username" required autofocus maxlength="128"></label>'
        f'<label>{password}<input name="password" type="password" autocomplete="current-password" required></label>'
        f"<button>{button}</button></form></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    # Without a referrer at all, browsers would say `Origin: null` of the form.
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(page, status, headers={**headers, "X-Content-Type-Options": "nosniff"})
