"""Where people sign in by password, no request of a stranger reaches the page's server, and the form tells nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.page_door import Door
from app.page_gate import COOKIE, SIGN_IN, PageGate, SignIn
from app.page_server import ENTRY, GATED, check, command
from app.settings import Settings, SettingsError
from store.audit import Audit
from store.catalogue import Catalogue
from store.people_passwords import MOST_A_NAME

GOOD = "correct horse 电池"
PAGE = {"accept": "text/html,*/*"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    catalogue = Catalogue(tmp_path / "c.sqlite")
    made = Door(catalogue.engine, 1.0)
    made.people.add("安娜", password=GOOD)
    yield made
    catalogue.close()


@pytest.fixture
def client(door: Door) -> TestClient:
    async def inside(_request):
        return PlainTextResponse("the library")

    async def stream(socket: WebSocket):
        await socket.accept()
        await socket.send_text("the library")
        await socket.close()

    form = SignIn(door, "zh", behind_proxy=False)
    routes = [Route(SIGN_IN, form.answer, methods=["GET", "POST"]), WebSocketRoute("/_stcore/stream", stream)]
    routes += [Route("/{rest:path}", inside, methods=["GET", "POST", "PUT", "DELETE"])]
    app = Starlette(routes=routes, middleware=[Middleware(PageGate, door=door)])
    return TestClient(app, base_url="http://shelf.example", follow_redirects=False)


def sign_in(client: TestClient, name: str = "安娜", password: str = GOOD, **more):
    return client.post(SIGN_IN, data={"name": name, "password": password}, **more)


@pytest.mark.parametrize(
    "path", ["/", "/ask", "/media/a.png", "/_stcore/upload_file/a/b", "/_stcore/host-config", "/x"]
)
def test_a_stranger_gets_the_form_or_nothing(client, path: str) -> None:
    assert "the library" not in client.get(path).text
    assert client.get(path).status_code == 401
    page = client.get(path, headers=PAGE)
    assert page.status_code == 303
    assert page.headers["location"].startswith(f"{SIGN_IN}?next=/")
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, path).status_code == 401


@pytest.mark.parametrize("path", ["/static/../media/a", "/static%2f..%2fmedia/a", "//static/x", "/_stcore/health/x"])
def test_what_is_open_leads_nowhere_else(client, path: str) -> None:
    assert client.get(path).status_code == 401


def test_a_connection_without_a_session_is_refused_and_with_one_is_not(client) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    assert sign_in(client).status_code == 303
    mine = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    with client.websocket_connect("/_stcore/stream", headers=mine) as socket:
        assert socket.receive_text() == "the library"


def test_signing_in_sets_a_cookie_that_scripts_cannot_read_and_leads_on(client) -> None:
    got = sign_in(client, params={"next": "/library"})
    assert (got.status_code, got.headers["location"]) == (303, "/library")
    cookie = got.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "max-age=3600", "path=/"))
    assert "secure" not in cookie
    assert client.get("/").text == "the library"
    safe = sign_in(client, headers={"x-forwarded-proto": "https"})
    assert "secure" in safe.headers["set-cookie"].lower()


def test_a_sign_in_leads_back_to_the_chosen_collection_and_chat(client) -> None:
    chosen = f"collection={quote_plus('法务·合約 & Ünï=b#%+? 📚')}&chat=0123456789ab"
    form = client.get(f"/library?{chosen}", headers=PAGE).headers["location"]
    shown = client.get(form)
    (action,) = re.findall(r'action="([^"]+)"', shown.text)
    got = client.post(unescape(action), data={"name": "安娜", "password": GOOD})
    assert got.headers["location"] == f"/library?{chosen}"


def test_a_revoked_session_is_refused_with_the_next_request(client, door) -> None:
    sign_in(client)
    assert client.get("/").status_code == 200
    door.sign_out(door.visitor(client.cookies[COOKIE]))
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("query", ["x=//evil.example", "x=%zz\r\nSet-Cookie: a=b", "x=<script>evil", "x=" + "a" * 3000])
def test_a_query_that_is_no_ordinary_one_is_left_out_of_the_way_back(client, query: str) -> None:
    got = sign_in(client, params={"next": f"/library?{query}"})
    assert got.headers["location"] == "/library"
    assert "evil" not in client.get(SIGN_IN, params={"next": f"/library?{query}"}).text


@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example", "/\\evil", "/a/../../b", "javascript:x", ""]
)
def test_a_sign_in_never_leads_to_another_site(client, away: str) -> None:
    assert sign_in(client, params={"next": away}).headers["location"] == "/"
    assert "evil" not in client.get(SIGN_IN, params={"next": away}).text


def test_a_form_of_another_site_signs_nobody_in(client) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
    ):
        assert sign_in(client, headers=headers).status_code == 403
    assert sign_in(client, headers={"origin": "http://shelf.example"}).status_code == 303


def test_a_name_that_nobody_has_and_a_wrong_password_look_the_same(client) -> None:
    answers = [sign_in(client, name, "a wrong password") for name in ("安娜", "nobody", "<b>x")]
    assert {answer.status_code for answer in answers} == {401}
    pages = {re.sub(r'nonce="[^"]+"', "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert "用户名或密码不对" in pages.pop()


def test_who_tries_too_often_waits_even_with_the_right_password(client, door) -> None:
    for _ in range(MOST_A_NAME):
        door._throttle.wrong("安娜", "10.0.0.1")  # as wrong passwords do, without their tenth of a second
    got = sign_in(client)
    assert got.status_code == 429
    assert "分钟后再试" in got.text
    assert sign_in(client, "nobody", "x").status_code == 401


def test_what_is_no_form_is_refused(client) -> None:
    for body in (b"", b"name=a", b"\xff\xfe", b"a=1&" * 20, b"x" * 9000):
        assert client.post(SIGN_IN, content=body).status_code == 400


def test_the_log_knows_people_by_name_and_never_what_a_stranger_typed(client, door) -> None:
    sign_in(client)
    sign_in(client, "安娜", "a wrong password")
    sign_in(client, "my password in the wrong field", "x")
    entries = Audit(door.people.engine).entries()
    assert [(each.who, each.outcome) for each in entries] == [("", "refused"), ("安娜", "refused"), ("安娜", "done")]
    assert "wrong" not in str(entries)


def test_claims_of_a_provider_let_in_who_is_known_once_each_sign_in(door, tmp_path: Path) -> None:
    claims = {"iss": "https://id", "sub": "7", "nonce": "n", "iat": time.time() - 60, "email": "B@Example.org"}
    assert door.visitor_by_claims(claims) is None  # a stranger
    made = door.people.add("bert", email="b@example.org")
    visitor = door.visitor_by_claims(claims)
    assert visitor.caller.person == made.id
    assert door.visitor_by_claims(claims).session == visitor.session
    assert [entry.verb for entry in door.audit.entries(who="bert")] == ["sign in"]
    for wrong in ({"email_verified": False}, {"iat": time.time() - 3700}, {"iat": None}, {"email": ""}):
        assert door.visitor_by_claims(claims | wrong) is None
    door.sign_out(visitor)
    assert door.visitor_by_claims(claims) is None  # the provider's cookie is still there, the session is not
    assert door.visitor_by_claims(claims | {"nonce": "another sign-in"}) is not None
    door.people.disable("bert")
    assert door.visitor_by_claims(claims | {"nonce": "a third"}) is None


def test_newcomers_join_the_group_that_is_set(door) -> None:
    open_door = Door(door.people.engine, 1.0, "everyone")
    open_door._groups.add("everyone")
    claims = {"iss": "i", "sub": "9", "nonce": "n", "iat": time.time(), "email": "new@example.org"}
    assert open_door.visitor_by_claims(claims).caller.roles == {}
    assert open_door._groups.get("everyone").members == ("new@example.org",)


def test_a_page_without_a_login_is_not_served_to_other_machines() -> None:
    for host in ("0.0.0.0", "::", "10.1.2.3", "books.example.org"):  # noqa: S104 - what the test is about
        with pytest.raises(SettingsError, match="behind_proxy"):
            check(Settings(host=host))
        check(Settings(host=host, behind_proxy=True))
        check(Settings(host=host, login="password"))
    check(Settings(host="127.0.0.1"))
    assert str(ENTRY) in command(Settings())
    assert str(GATED) in command(Settings(login="password"))
