"""A reader's walk through the page in a real browser: empty shelf, upload, question, source, phone, deletion.

Needs Debian's chromium and the package playwright; without one of them it is skipped. The models are the extractive
answer and the configured embedder, so the embedder's weights must be here too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 180_000  # milliseconds: the embedder is loaded with the first file, perhaps on a busy machine

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A page of its own on a free port, on an empty library."""
    from app.settings import load
    from models.fetch import installed

    settings = load()
    if not installed(settings.embedder, settings.models.expanduser()):
        pytest.skip(f"the weights of {settings.embedder} are missing: shujia models pull")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "SHUJIA_LIBRARY": str(tmp_path / "library"),
        "SHUJIA_MODEL": "extractive",
        "PYTHONPATH": str(ROOT),
    }
    options = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), *options]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _ready(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _ready(address: str) -> str:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health") as answer:  # noqa: S310 - our own address
                assert answer.status == 200
                return address
        except OSError:
            time.sleep(0.25)
    pytest.fail("the page did not start within a minute")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_reader_walks_from_the_empty_shelf_to_a_cited_answer_and_deletes_it(address: str) -> None:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
        page.set_default_timeout(PATIENCE)
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url) if _leaves(request.url, address) else None)

        page.goto(f"{address}/library")
        page.get_by_text("书架还是空的").wait_for()
        page.locator("input[type=file]").first.set_input_files(ROOT / "examples/library/禾问部署手册.pdf")
        page.get_by_role("button", name="放上书架 (1)").click()
        page.get_by_text("upload/禾问部署手册.pdf").wait_for()

        page.goto(f"{address}/?lang=zh")
        page.locator("[data-testid=stChatInputTextArea]").fill("最近一次恢复演练总共用了多长时间？")
        page.keyboard.press("Enter")
        page.locator('[class*="st-key-cite-1-"] button').last.click()
        page.locator(".st-key-source-1 mark").first.wait_for()
        assert "38 分钟" in page.locator(".st-key-source-1 mark").last.inner_text()
        page.locator(".st-key-source-1 [data-testid=stImage] img").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        page.goto(f"{address}/library?lang=en")
        page.locator('[class*="st-key-delete-"]:not(.st-key-delete-collection) button').last.click()
        page.locator(".st-key-confirm button").click()
        page.get_by_text("The shelf is empty").wait_for()
        assert outside == []
        browser.close()


def _leaves(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:", "chrome"))
