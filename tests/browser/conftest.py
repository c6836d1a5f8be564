"""A page of one's own on a free port, a real Chromium, and an OpenAI-compatible endpoint that says what a test wants.

Needs Debian's chromium and the package playwright (`make browser`); without one of them these tests are skipped.

The pictures of the documentation are taken here. PICTURES=FOLDER (`make pictures`) writes them, and into ``shown.json``
which words stand on each; every other run looks whether the page still shows those words.
"""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --dns-prefetch-disable"
).split()
START_SECONDS = 120  # on a busy machine
SHOWN = Path(__file__).with_name("shown.json")
SHOWN_MILLISECONDS = 60_000
COLOURS = 160  # of a picture's palette: a tenth of the bytes, and nobody sees it
# Words of buttons, tabs, fields and heads of tables within the window; what differs from run to run is left out.
WORDS = """() => {
  const told = new Set();
  for (const one of document.querySelectorAll(
      'button p, [role=tab] p, label p, summary p, th, .sj-hero, .sj-brand')) {
    const box = one.getBoundingClientRect(), text = one.textContent.trim();
    if (one.closest('[class*="st-key-follow-"], [class*="st-key-chats"], [class*="st-key-sources-"]')) continue;
    if (box.width > 1 && box.height && box.top >= 0 && box.bottom <= innerHeight && !/[0-9]/.test(text)
        && text.length > 1 && text.length <= 48) told.add(text);
  }
  return [...told].sort();
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder; skip it where there is no browser."""
    missing = pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(missing)


class Site:
    """A folder with a library, and the commands and pages that are run on it, by settings of one's own alone."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SHUJIA_")}
        self.environment |= {f"SHUJIA_{name}": str(value) for name, value in settings.items()}
        self.environment |= {"SHUJIA_LIBRARY": str(folder / "library"), "PYTHONPATH": str(ROOT)}

    def run(self, *arguments: str, code: int = 0) -> None:
        """A command of the program, which must end with ``code``."""
        done = subprocess.run(command(*arguments), env=self.environment, capture_output=True, cwd=self.folder)
        assert done.returncode == code, done.stderr.decode()

    @contextmanager
    def served(self) -> Iterator[str]:
        """The page of `shujia ui` on a free port; its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = self.environment | {"SHUJIA_PORT": str(port)}
        server = subprocess.Popen(command("ui"), env=environment, cwd=self.folder, **quiet)
        try:
            yield ready(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(timeout=30)


def command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-c", "from app.cli import main; main()", *arguments]


def ready(address: str) -> str:
    """The address, once something healthy answers there."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == httpx.codes.OK:
                return address
        except httpx.TransportError:
            time.sleep(0.25)
    pytest.fail(f"the page did not start within {START_SECONDS} s")


@pytest.fixture(scope="session")
def site() -> type[Site]:
    return Site


@pytest.fixture
def weights() -> None:
    """Skips where the configured embedder's weights are not here."""
    from app.settings import load
    from models.fetch import installed

    settings = load()
    if not installed(settings.embedder, settings.models.expanduser()):
        pytest.skip(f"the weights of {settings.embedder} are missing: shujia models pull")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; every test opens windows of its own."""
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def empty(weights: None, site: type[Site], tmp_path: Path) -> Iterator[str]:
    """A page on an empty library, with the real embedder and no chat model; its address."""
    with site(tmp_path, {"MODEL": "extractive", "LANGUAGE": "zh"}).served() as address:
        yield address


@pytest.fixture
def leaving() -> Callable[[Any, str], list[str]]:
    """Collects from now on what a window asks of anybody but the page's own address."""

    def watch(page: Any, address: str) -> list[str]:
        own = (address, address.replace("http", "ws"), "data:", "blob:", "chrome")
        outside: list[str] = []
        page.on("request", lambda one: None if one.url.startswith(own) else outside.append(one.url))
        return outside

    return watch


class Endpoint(ThreadingHTTPServer):
    """Embeds by hash and answers what ``says`` gives, piece by piece; a text instead is the message of an error."""

    daemon_threads = True

    def __init__(self, says: Callable[[], Iterator[str] | str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says = says
        self.cut = 0  # answers whose reader left
        self.held: Callable[[str], None] = lambda text: None  # called with every text before it is embedded

    @property
    def settings(self) -> dict[str, object]:
        """What makes the program use it for everything."""
        url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        embedder = {"EMBEDDER": "hash", "EMBEDDER_URL": url, "EMBEDDER_DIMENSION": 64}
        return {"MODEL": "said", "MODEL_URL": url, "OFFLINE": 1, **embedder}


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._json({"data": [{"id": "said"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            from models.fakes import HashEmbedder

            texts = [str(each) for each in body["input"]]
            for text in texts:
                self.server.held(text)
            vectors = HashEmbedder().embed_passages(texts)
            rows = [{"index": n, "embedding": row.tolist()} for n, row in enumerate(vectors)]
            self._json({"data": rows, "model": "hash", "usage": {"prompt_tokens": 0, "total_tokens": 0}})
            return
        said = self.server.says()
        if isinstance(said, str):
            self._json({"error": {"message": said}}, 400)
        else:
            self._stream(said)

    def _json(self, payload: object, status: int = 200) -> None:
        data = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, pieces: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for piece in pieces:
                self._event({"index": 0, "delta": {"content": piece}, "finish_reason": None})
            self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            self.server.cut += 1

    def _event(self, choice: object) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "said", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


@pytest.fixture(scope="session")
def speaking() -> Callable[[Callable[[], Iterator[str] | str]], Any]:
    """An endpoint for the length of a block, by what it says."""

    @contextmanager
    def opened(says: Callable[[], Iterator[str] | str]) -> Iterator[Endpoint]:
        server = Endpoint(says)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
            server.server_close()

    return opened


@pytest.fixture(scope="session")
def picture() -> Callable[[Any, str, str], None]:
    """Takes a picture of a window by the name of its scene and its language, or looks whether the old one is right."""
    folder = os.environ.get("PICTURES")

    def write(page: Any, name: str) -> None:
        from PIL import Image

        taken = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        taken.quantize(COLOURS, dither=Image.Dither.NONE).save(Path(str(folder)) / f"{name}.png", optimize=True)
        known = json.loads(SHOWN.read_text(encoding="utf-8")) if SHOWN.exists() else {}
        told = dict(sorted({**known, name: page.evaluate(WORDS)}.items()))
        SHOWN.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def take(page: Any, scene: str, language: str) -> None:
        name = f"{scene}-{language}"
        if folder:
            write(page, name)
            return
        wanted = json.loads(SHOWN.read_text(encoding="utf-8"))[name]
        there = f"wanted => {{ const now = ({WORDS})(); return wanted.every(word => now.includes(word)) }}"
        try:
            page.wait_for_function(there, arg=wanted, timeout=SHOWN_MILLISECONDS)
        except Exception as error:
            gone = sorted({*wanted} - {*page.evaluate(WORDS)})
            raise AssertionError(f"docs/images/{name}.png is old, the page lacks {gone}: make pictures") from error

    return take
