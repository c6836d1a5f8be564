"""What every request passes before a route sees it: the host it names, the page it comes from, its key, its rate.

Host and origin keep web pages away from a server on this machine: a page in a browser here can send requests to
127.0.0.1, and by a name of its own that it lets point there (DNS rebinding) it could also read the answers.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import ApiError, translated
from app.api.house import House
from app.api.rights import Caller, Verb, allow
from app.server_address import LOOPBACK

OPEN = frozenset({"/health", "/ready", "/openapi.json"})  # they say nothing about content
UPLOADS = "/v1/documents"
MOST_BYTES = 1_000_000  # of a request that is no upload: a conversation of 200 messages
_LONGEST_KEY = 200
CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""Who the current request comes from, for what is not a route of the API (the MCP tools)."""
ACCEPTED: ContextVar[str] = ContextVar("accepted", default="")
"""The current request's Accept-Language, for the same."""


class Gate:
    """ASGI middleware; puts the caller into ``scope["state"]["caller"]``, None where a key is missing or wrong."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self.app, self.house = app, house
        settings = house.library.settings
        named = _listed(settings.api_hosts)
        # Which names a server that others may reach is known by, only its operator knows: api_hosts says so.
        self._hosts = {*named, *LOOPBACK} if house.loopback or named else None
        self._origins = _listed(settings.api_origins)
        self._upload_bytes = settings.api_upload_mb * 1_000_000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with an error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_origin(headers)
            self._check_size(scope["path"], headers)
            caller = await self._caller(scope["path"], headers)
            if caller is None and scope["path"].startswith("/mcp"):
                allow(caller, Verb.LIST)  # no route behind it asks before it reads the body
        except Exception as error:
            known = translated(error)
            if known is None:
                raise
            await known.response(headers.get("accept-language", ""))(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        CALLER.set(caller)
        ACCEPTED.set(headers.get("accept-language", ""))
        await self.app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        if self._hosts is not None and _name(headers.get("host", "")) not in self._hosts:
            message = "this server is not known by that name: use 127.0.0.1, or add the name to the setting api_hosts"
            raise ApiError(400, "unknown_host", message)

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:  # not a page, or one that a form was not sent from
            foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        else:
            foreign = origin not in self._origins and urlsplit(origin).netloc != headers.get("host")
        if foreign:
            raise ApiError(403, "foreign_origin", "requests from pages of other sites are refused: see api_origins")

    def _check_size(self, path: str, headers: Headers) -> None:
        """What a request says of its length; one that says nothing, or less than it sends, is cut where it is read."""
        most = self._upload_bytes if path == UPLOADS else MOST_BYTES
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > most:
            raise ApiError(413, "too_large", f"{length} bytes: at most {most} are taken")

    async def _caller(self, path: str, headers: Headers) -> Caller | None:
        if path in OPEN:
            return None
        secret = _secret(headers)
        caller = await asyncio.get_running_loop().run_in_executor(self.house.reading, self.house.caller, secret)
        if caller is not None:
            self.house.buckets.take(caller.id)
        return caller


def _secret(headers: Headers) -> str | None:
    """The key of a request: a bearer token, or the header that some clients prefer; None without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    # The clients of OpenAI insist on some key; an open server is given words such as "none".
    return token[:_LONGEST_KEY] if token.startswith("shj_") else None


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _listed(text: str) -> set[str]:
    return {part.strip().lower().rstrip("/") for part in text.split(",") if part.strip()}
