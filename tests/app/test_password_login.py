"""Sign-in by password through the page's real server: no stranger is connected, and what is taken away is gone at the
next step of a window that is open. No weights: nothing is searched."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from models.fakes import HashEmbedder

BESIDE = runpy.run_path(str(Path(__file__).with_name("page_socket.py")))
PATIENCE, free_port, run, served, window = (
    BESIDE[name] for name in ("PATIENCE", "free_port", "run", "served", "window")
)
SHARED, SECRET = "合同集", "人事密件"
NOBODY = "你还没有登录，或者登录已失效"
PASSWORD = "correct horse 电池"
PEOPLE = ("li", "zhao", "sun")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two collections, one of them shared with some people."""
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload
    from store.people import People
    from store.people_rights import Rights

    made = tmp_path_factory.mktemp("password")
    with Library(Settings(library=made / "library", workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        for name in (SHARED, SECRET):
            assert [one.status for one in library.ingest([upload("a.txt", name.encode())], name)] == ["ingested"]
        for name in PEOPLE:
            People(library.catalogue.engine).add(name, password=PASSWORD)
            Rights(library.catalogue.engine).grant("person", name, SHARED, "reader")
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    given = {"PORT": free_port(), "LOGIN": "password", "LANGUAGE": "zh", "MODEL": "extractive"}
    with served(folder, given) as opened:
        yield opened


@contextmanager
def signed_in(address: str, name: str) -> Iterator[httpx.Client]:
    """A browser in which somebody has signed in."""
    with httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE) as client:
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == httpx.codes.SEE_OTHER
        assert client.get("/").status_code == httpx.codes.OK
        yield client


def test_a_stranger_is_not_connected(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE) as client:
        client.cookies.set("shujia_session", "guessed")
        assert client.get("/").status_code == httpx.codes.UNAUTHORIZED
        assert client.put("/_stcore/upload_file/a/b").status_code == httpx.codes.UNAUTHORIZED
        with pytest.raises(InvalidStatus, match="403"), window(client):
            pass


@pytest.mark.parametrize(
    ("name", "taken"),
    [("li", ("people", "disable", "li")), ("zhao", ("rights", "revoke", "zhao", SHARED))],
)
def test_what_is_taken_away_is_gone_at_the_next_step(
    address: str, folder: Path, name: str, taken: tuple[str, ...]
) -> None:
    with signed_in(address, name) as client, window(client) as reader:
        assert SHARED in reader.look("library")
        assert SECRET not in reader.text
        run(folder, *taken)
        assert SHARED not in reader.look("library")
        assert (NOBODY in reader.text) == (name == "li")
        code = httpx.codes.UNAUTHORIZED if name == "li" else httpx.codes.OK
        assert client.get("/").status_code == code


def test_signing_out_ends_the_window_beside_it(address: str) -> None:
    with signed_in(address, "sun") as client, window(client) as one, window(client) as other:
        assert SHARED in other.look("library")
        one.look("account")
        one.look("account", press="退出登录")
        assert SHARED not in other.look("library")
        assert NOBODY in other.text
