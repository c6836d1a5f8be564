"""Sign-in by OIDC against a real provider on this machine, through the page's real server: every cookie, signature and
redirect is the one that a browser would see. No weights: nothing is searched."""

from __future__ import annotations

import runpy
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.fakes import HashEmbedder

BESIDE = {
    name: runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))) for name in ("oidc_provider", "page_socket")
}
CLIENT, SECRET, provided = (BESIDE["oidc_provider"][name] for name in ("CLIENT", "SECRET", "provided"))
PATIENCE, free_port, run, served, window = (
    BESIDE["page_socket"][name] for name in ("PATIENCE", "free_port", "run", "served", "window")
)
Provider = Reader = Any  # of those files

SHARED, SECRET_ONE = "合同集", "人事密件"
BUTTON, OUT = "用单位账号登录", "退出登录"
STRANGER, NOBODY = "这个账号还没有加入这座书架", "你还没有登录，或者登录已失效"
HOURS = 12  # the default of session_hours
LI = {"sub": "1", "email": "li@example.org", "email_verified": True}

Enter = Callable[..., AbstractContextManager[tuple[Reader, httpx.Client]]]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provided() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Path:
    """A library of two collections, one of them shared with Li, and where the page is started."""
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload
    from store.people import People
    from store.people_rights import Rights

    made = tmp_path_factory.mktemp("oidc")
    with Library(Settings(library=made / "library", workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        for name in (SHARED, SECRET_ONE):
            assert [one.status for one in library.ingest([upload("a.txt", name.encode())], name)] == ["ingested"]
        people = People(library.catalogue.engine)
        for name in ("li", "zhao", "sun", "wu"):
            people.add(name, email=f"{name}@example.org")
            Rights(library.catalogue.engine).grant("person", name, SHARED, "reader")
    return made


@pytest.fixture(scope="module")
def address(folder: Path, provider: Provider) -> Iterator[str]:
    """The page of `shujia ui` with login = "oidc"."""
    port = free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"c" * 40}"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        f'server_metadata_url = "{provider.issuer}/.well-known/openid-configuration"\n'
    )
    given = {"PORT": port, "LOGIN": "oidc", "LANGUAGE": "zh", "MODEL": "extractive"}
    with served(folder, given) as opened:
        yield opened


@pytest.fixture
def enter(address: str, provider: Provider) -> Enter:
    """Press the button, go the way over the provider, open the library's page again; the claims are the provider's."""

    @contextmanager
    def entered(*, forged: bool = False, **claims: object) -> Iterator[tuple[Reader, httpx.Client]]:
        provider.claims, provider.forged = claims, forged
        with browser(address) as client:
            with window(client) as before:
                assert NOBODY in before.look("library")
                before.look("library", press=BUTTON)
                assert client.get(before.leads, follow_redirects=True).status_code == httpx.codes.OK
            with window(client) as reader:
                reader.look("library")
                yield reader, client

    return entered


@contextmanager
def browser(address: str) -> Iterator[httpx.Client]:
    """What holds cookies: at first the page's token against forged requests alone."""
    with httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE) as client:
        client.get("/_stcore/health")
        yield client


def test_who_has_rights_sees_what_is_shared_and_nothing_else(enter: Enter, folder: Path) -> None:
    with enter(**LI) as (reader, _):
        assert SHARED in reader.text
        assert SECRET_ONE not in reader.text
    assert "li" in run(folder, "audit")


def test_a_stranger_whom_the_provider_vouches_for_sees_no_document(enter: Enter) -> None:
    with enter(sub="2", email="qian@example.org", email_verified=True) as (reader, _):
        assert STRANGER in reader.text
        assert SHARED not in reader.text


@pytest.mark.parametrize(
    ("claims", "forged"),
    [
        ({**LI, "email_verified": False}, False),
        ({"sub": "1"}, False),  # no e-mail at all
        ({**LI, "iat": int(time.time()) - HOURS * 3600 - 60}, False),  # the provider's sign-in is older than it lasts
        (LI, True),  # signed by a key that the provider does not publish
        ({**LI, "aud": "another client"}, False),
        ({**LI, "iss": "https://id.example.net"}, False),
        ({**LI, "nonce": "of another sign-in"}, False),
        ({**LI, "exp": int(time.time()) - 3600}, False),
    ],
)  # fmt: skip
def test_a_token_that_is_not_good_signs_nobody_in(enter: Enter, claims: dict[str, object], forged: bool) -> None:
    with enter(forged=forged, **claims) as (reader, _):
        assert SHARED not in reader.text
        assert STRANGER in reader.text or NOBODY in reader.text


def test_who_is_shut_out_is_gone_at_the_next_step_of_an_open_window(enter: Enter, folder: Path) -> None:
    with enter(sub="3", email="zhao@example.org") as (reader, _):
        assert SHARED in reader.text
        run(folder, "people", "disable", "zhao")
        assert SHARED not in reader.look("library")
        assert STRANGER in reader.text


def test_a_right_that_is_taken_away_is_gone_at_the_next_step(enter: Enter, folder: Path) -> None:
    with enter(sub="4", email="sun@example.org") as (reader, _):
        assert SHARED in reader.text
        run(folder, "rights", "revoke", "sun", SHARED)
        assert SHARED not in reader.look("library")


def test_signing_out_ends_the_session_here_and_at_the_provider(enter: Enter, address: str, provider: Provider) -> None:
    with enter(sub="5", email="wu@example.org") as (reader, client):
        stolen = dict(client.cookies)
        reader.look("account")
        reader.look("account", press=OUT)
        client.get(reader.leads, follow_redirects=True)
        assert provider.signed_out == 1
    with httpx.Client(base_url=address, cookies=stolen, trust_env=False) as thief, window(thief) as again:
        assert SHARED not in again.look("library")  # the cookie's signature is still good, its session is not
        assert STRANGER in again.text


def test_a_cookie_that_was_not_signed_here_is_nobodys(address: str) -> None:
    with browser(address) as client:
        client.cookies.set("_streamlit_user", "eyJlbWFpbCI6ImxpQGV4YW1wbGUub3JnIn0.forged")
        with window(client) as reader:
            assert NOBODY in reader.look("library")
