"""Active payloads in a real browser: in the answer while it streams and after it, in sources, titles, names and chats.

The model is an endpoint of this process that repeats whatever the passages say, payload by payload. Every request of
the browser that leaves this machine fails the test, whatever made it, and so does any script or link that a payload
brought along.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
ROOT = Path(__file__).parents[2]
PAYLOADS: tuple[str, ...] = runpy.run_path(str(ROOT / "tests" / "app" / "active_payloads.py"))["PAYLOADS"]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --dns-prefetch-disable"
).split()
PATIENCE = 180_000  # milliseconds
FACT = "最近一次恢复演练总共用了 38 分钟。"
QUESTION = "最近一次恢复演练总共用了多长时间？ ![x](http://evil.example/question.png)"
NAME = "![x](http:__evil.example_name.png) <img src=x onerror=pwned()> 手册{}.md"
SMALL = 20  # payloads a document: so that its passage fits the context

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Repeating(ThreadingHTTPServer):
    """Embeds by hashing; answers with what ``says`` holds, after the fact that the documents state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.says: list[str] = []
        self.fails = False


class Handler(BaseHTTPRequestHandler):
    server: Repeating

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._json({"data": [{"id": "repeating"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            from models.fakes import HashEmbedder

            vectors = HashEmbedder().embed_passages([str(each) for each in body["input"]])
            rows = [{"index": n, "embedding": row.tolist()} for n, row in enumerate(vectors)]
            self._json({"data": rows, "model": "hash", "usage": {"prompt_tokens": 0, "total_tokens": 0}})
        elif self.server.fails:
            self._json({"error": {"message": " ".join(self.server.says)}}, 400)
        else:
            self._stream()

    def _json(self, payload: object, status: int = 200) -> None:
        data = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in (f"{FACT}[1]\n", *(f"{one} [1]\n\n" for one in self.server.says)):
            self._event({"index": 0, "delta": {"content": piece}, "finish_reason": None})
            time.sleep(0.02)
        self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: object) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "repeating", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Repeating]:
    server = Repeating()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(endpoint: Repeating, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on a library whose documents hold the payloads: in text, headings, tables, titles and file names."""
    folder = tmp_path_factory.mktemp("exfiltration")
    (folder / "收件").mkdir()
    for number in range(0, len(PAYLOADS), SMALL):
        some = "\n\n".join(PAYLOADS[number : number + SMALL])
        head = PAYLOADS[number].replace("\n", " ")
        table = f"| 演练 | {head} |\n| --- | --- |\n| 38 分钟 | {head} |\n"
        text = f"# {head}\n\n{FACT}\n\n## 恢复演练 {head}\n\n{some}\n\n{table}"
        (folder / "收件" / NAME.format(number)).write_text(text.replace("\x00", ""), encoding="utf-8")
    (folder / "收件" / "坏<img src=x onerror=pwned()>![x](http:__evil.example).pdf").write_bytes(b"%PDF-1.7\nbroken")
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/v1"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHUJIA_")}
    environment |= {
        "SHUJIA_LIBRARY": str(folder / "library"),
        "SHUJIA_MODEL": "repeating",
        "SHUJIA_MODEL_URL": url,
        "SHUJIA_EMBEDDER": "hash",
        "SHUJIA_EMBEDDER_URL": url,
        "SHUJIA_EMBEDDER_DIMENSION": "64",
        "SHUJIA_OFFLINE": "1",
        "SHUJIA_ANSWER_TOKENS": "4096",
        "SHUJIA_MODEL_CONTEXT": "16384",
        "PYTHONPATH": str(ROOT),
    }
    ingest = [sys.executable, "-c", "from app.cli import main; main()", "ingest", str(folder / "收件")]
    done = subprocess.run(ingest, env=environment, check=False, capture_output=True, cwd=folder)
    assert done.returncode == 1, done.stderr  # the broken PDF alone
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
    options += ["--server.fileWatcherType=none", "--client.toolbarMode=minimal"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), *options]
    server = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _ready(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _ready(address: str) -> str:
    for _ in range(480):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health") as answer:  # noqa: S310 - our own address
                assert answer.status == 200
                return address
        except OSError:
            time.sleep(0.25)
    pytest.fail("the page did not start within two minutes")


class Watched:
    """A window in which nothing may leave this machine, and what it did."""

    def __init__(self, browser: Any, address: str) -> None:
        self.left: list[str] = []
        self.ran: list[str] = []
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        context.expose_function("pwned", lambda *_: self.ran.append("pwned"))
        context.route("**/*", self._route)
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("dialog", lambda dialog: (self.ran.append(dialog.message), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.ran.append(popup.url))
        self.host = urlsplit(address).netloc

    def _route(self, route: Any) -> None:
        where = urlsplit(route.request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.host:
            self.left.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def check(self) -> None:
        """Nothing left, nothing ran, and no element of a payload stands in the page."""
        self.page.wait_for_timeout(300)
        active = self.page.evaluate(
            """() => [...document.querySelectorAll('*')].filter(e =>
                 [...e.attributes].some(a => /evil\\.example/.test(a.value)
                   && /^(src|href|srcset|action|data|background|poster|style|xlink:href)$/.test(a.name))
                 || [...e.attributes].some(a => /^on/.test(a.name) && /pwned/.test(a.value))
                 || (e.tagName === 'SCRIPT' && /pwned/.test(e.textContent))
                 || (e.tagName === 'A' && /^(javascript|data|vbscript):/.test(e.getAttribute('href') || '')))
               .map(e => e.outerHTML.slice(0, 200))"""
        )
        assert (self.left, self.ran, active) == ([], [], [])


@pytest.fixture
def watched(address: str) -> Iterator[Watched]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield Watched(browser, address)
        browser.close()


def test_the_watch_sees_what_it_must_see(watched: Watched, address: str) -> None:
    """Without this the other tests would prove nothing: an active payload does leave and run, and is seen."""
    watched.page.goto(f"{address}/?lang=zh")
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=//evil.example/a onerror=pwned()>')")
    watched.page.wait_for_timeout(500)
    assert watched.left == ["http://evil.example/a"]
    assert watched.ran == ["pwned"]
    with pytest.raises(AssertionError):
        watched.check()


def test_a_model_that_repeats_payloads_makes_the_page_do_nothing(
    watched: Watched, endpoint: Repeating, address: str
) -> None:
    page = watched.page
    page.goto(f"{address}/?lang=zh")
    endpoint.says = list(PAYLOADS)
    page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".sj-draft").first.wait_for()
    watched.check()
    page.locator('[class*="st-key-cite-1-"] button').first.wait_for()
    watched.check()
    page.locator('[class*="st-key-cite-1-"] button').first.click()
    page.locator('[class*="st-key-source-1"]').first.wait_for()
    watched.check()
    page.locator('[class*="st-key-copy-turn-1"] button').first.click()
    watched.check()
    page.reload()  # the chat, its title and its answer as they are kept
    page.locator(".sj-question").first.wait_for()
    watched.check()


def test_an_error_of_the_model_is_text(watched: Watched, endpoint: Repeating, address: str) -> None:
    page = watched.page
    endpoint.fails, endpoint.says = True, list(PAYLOADS[:60])
    try:
        page.goto(f"{address}/?lang=zh")
        page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
        page.keyboard.press("Enter")
        page.get_by_text("语言模型没有完成回答").first.wait_for()
        watched.check()
    finally:
        endpoint.fails = False


def test_the_shelf_shows_titles_names_and_failures_as_text(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/library?lang=zh")
    page.get_by_text("onerror=pwned()").first.wait_for()
    watched.check()
    page.locator('[class*="st-key-chunks-"] button').first.click()
    page.locator("[role=dialog]").first.wait_for()
    watched.check()
