"""Chats in a real browser: quotes at once, the first token soon, a reload in the middle, stop, sources, deletion.

The models are an endpoint in this process that writes slowly and embeds by hashing, so no weights are needed.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 120_000  # milliseconds
QUESTION = "最近一次恢复演练总共用了多长时间？"
log = logging.getLogger(__name__)
PIECES = ("最近一次", "演练", "总共", "用了 ", "38 ", "分钟", "。[1]")
OTHERS = "".join(f"第 {n} 段说明机房的日常巡检，与演练无关，只记录温度和湿度。\n\n" for n in range(60))
HANDBOOK = (
    f"# 部署手册\n\n## 巡检\n\n{OTHERS}\n## 恢复演练\n\n"
    "每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n\n"
    "| 日期 | 分钟 |\n| --- | --- |\n| 三月 | 52 |\n| 六月 | 38 |\n\n"
    f"## 异地备份\n\n{'异地备份保存在另一座城市。' * 40}\n"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Endpoint(ThreadingHTTPServer):
    """A model that writes one piece every ``pause`` seconds; ``first`` are the times at which answers began."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pause = 0.2
        self.first: list[float] = []
        self.cut = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._json({"data": [{"id": "slow"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            from models.fakes import HashEmbedder

            vectors = HashEmbedder().embed_passages([str(each) for each in body["input"]])
            rows = [{"index": n, "embedding": row.tolist()} for n, row in enumerate(vectors)]
            self._json({"data": rows, "model": "hash", "usage": {"prompt_tokens": 0, "total_tokens": 0}})
        elif self.path.endswith("/chat/completions") and body.get("stream"):
            self._stream()
        else:
            self.send_error(404)

    def _json(self, payload: object) -> None:
        data = json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        time.sleep(3 * self.server.pause)  # what a model takes to read the prompt: the quotes are there before
        try:
            for place, piece in enumerate(PIECES):
                if place:
                    time.sleep(self.server.pause)
                else:
                    self.server.first.append(time.time())
                self._event({"index": 0, "delta": {"content": piece}, "finish_reason": None})
            self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            self.server.cut += 1

    def _event(self, choice: object) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "slow", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on a library with one handbook."""
    folder = tmp_path_factory.mktemp("chats")
    (folder / "手册.md").write_text(HANDBOOK, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHUJIA_")}
    environment |= {
        "SHUJIA_LIBRARY": str(folder / "library"),
        "SHUJIA_MODEL": "slow",
        "SHUJIA_MODEL_URL": endpoint.url,
        "SHUJIA_EMBEDDER": "hash",
        "SHUJIA_EMBEDDER_URL": endpoint.url,
        "SHUJIA_EMBEDDER_DIMENSION": "64",
        "SHUJIA_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
    }
    ingest = [sys.executable, "-c", "from app.cli import main; main()", "ingest", str(folder / "手册.md")]
    subprocess.run(ingest, env=environment, check=True, capture_output=True, cwd=folder)
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


@pytest.fixture
def page(address: str):
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        opened = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{address}/?lang=zh")
        opened.locator("[data-testid=stChatInputTextArea]").wait_for()
        yield opened
        browser.close()


WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    if (!window.seen.quotes && document.querySelector('.sj-evidence')) window.seen.quotes = Date.now();
    const draft = document.querySelector('.sj-draft');
    if (!window.seen.draft && draft && draft.textContent.trim()) window.seen.draft = Date.now();
  }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def ask(page, question: str = QUESTION) -> None:
    page.locator("[data-testid=stChatInputTextArea]").fill(question)
    page.keyboard.press("Enter")


def test_quotes_come_before_the_model_writes_and_its_first_token_is_seen_soon(page, endpoint) -> None:
    ask(page)  # warm: imports and connections are made
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    page.locator(".st-key-new-chat button").click()
    page.get_by_text("问问你的书架").wait_for()
    page.evaluate(WATCH)
    ask(page)
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    seen = page.evaluate("window.seen")
    late = seen["draft"] / 1000 - endpoint.first[-1]
    log.info("first token seen %.0f ms after it was sent", late * 1000)
    assert seen["quotes"] < seen["draft"]
    assert late < 3.0  # .05 to .3 s on a quiet machine


def test_a_reload_in_the_middle_leaves_a_chat_that_can_be_gone_on_with(page, endpoint) -> None:
    endpoint.pause = 1.0
    ask(page)
    page.locator(".sj-draft").first.wait_for()
    assert "chat=" in page.url
    page.reload()
    endpoint.pause = 0.05
    page.locator(".sj-question").first.wait_for()
    page.locator(".st-key-again-1 button").click()
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    assert page.locator(".sj-question").count() == 1
    page.reload()
    page.locator('[class*="st-key-cite-1-"] button').last.click()
    mark = page.locator(".sj-window mark").first
    mark.wait_for()
    assert "38 分钟" in mark.inner_text()
    assert page.locator(".sj-window table").count() >= 1
    scrolled = page.evaluate("document.querySelector('.sj-window').scrollTop")
    window, words = page.locator(".sj-window").bounding_box(), mark.bounding_box()
    assert scrolled > 0
    assert window["y"] <= words["y"] <= window["y"] + window["height"]


def test_a_reader_stops_an_answer_and_the_model_stops_too(page, endpoint) -> None:
    endpoint.pause, cut = 0.5, endpoint.cut
    ask(page)
    page.locator(".sj-draft").first.wait_for()
    page.locator(".st-key-stop-1 button").click()
    page.get_by_text("已停止").wait_for()
    endpoint.pause = 0.05
    deadline = time.time() + 20
    while endpoint.cut == cut and time.time() < deadline:
        time.sleep(0.1)
    assert endpoint.cut > cut
    endpoint.pause = 0.02
    page.locator(".st-key-again-1 button").click()
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()


def test_a_chat_is_deleted_brought_back_searched_for_and_fits_a_phone(page, endpoint) -> None:
    endpoint.pause = 0.02
    ask(page, "异地备份保存在哪里？")
    page.locator(".st-key-this-chat button").first.wait_for()
    page.locator('[class*="st-key-copy-turn-1"] button').first.wait_for()
    page.locator(".st-key-this-chat button").first.click()
    page.locator('[class*="st-key-delete-chat-"] button').click()
    page.get_by_text("问问你的书架").wait_for()
    page.locator(".st-key-undo button").click()
    page.get_by_text("异地备份保存在哪里？").first.wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
