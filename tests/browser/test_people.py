"""Two people with different rights in a real browser, before a form that no stranger passes.

Needs Debian's chromium and the package playwright; without one of them it is skipped. No weights: nothing is searched.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from models.fakes import HashEmbedder

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 120_000  # milliseconds, on a busy machine
GOOD = "correct horse 电池"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The page with a login, over a library of two collections, one of them shared."""
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload
    from store.people import People
    from store.people_rights import Rights

    with Library(Settings(library=tmp_path / "library", workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        for name, text in (("合同集", "甲方应当付款。"), ("人事密件", "密码是大象。")):
            assert [each.status for each in library.ingest([upload("a.txt", text.encode())], name)] == ["ingested"]
        people = People(library.catalogue.engine)
        people.add("wang", password=GOOD, admin=True)
        people.add("li", password=GOOD)
        Rights(library.catalogue.engine).grant("person", "li", "合同集", "reader")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "LIBRARY": tmp_path / "library",
        "LOGIN": "password",
        "MODEL": "extractive",
        "PORT": port,
        "LANGUAGE": "zh",
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"SHUJIA_{key}": str(settings[key]) for key in settings}}
    command = [sys.executable, "-c", "from app.cli import main; main()", "ui"]
    server = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield ready(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def ready(url: str) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/_stcore/health", trust_env=False).status_code == 200:
                return url
        except httpx.TransportError:
            time.sleep(0.3)
    raise AssertionError("the page did not start")


def test_two_people_see_what_is_theirs_and_a_stranger_sees_the_form(address: str) -> None:
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            for name, sees, hidden in (("wang", "人事密件", ""), ("li", "合同集", "人事密件")):
                page = browser.new_context().new_page()
                page.set_default_timeout(PATIENCE)
                page.goto(f"{address}/library")
                assert page.url == f"{address}/sign-in?next=/library"
                page.fill("input[name=name]", name)
                page.fill("input[name=password]", GOOD)
                page.click("button")
                page.get_by_text(sees).first.wait_for()
                assert page.url == f"{address}/library"
                text = page.content()
                assert not hidden or hidden not in text
                assert (page.get_by_text("管理", exact=True).count() > 0) == (name == "wang")
                assert page.evaluate("document.cookie").find("shujia_session") == -1
                page.reload()  # the cookie is remembered
                page.get_by_text(sees).first.wait_for()
        finally:
            browser.close()
