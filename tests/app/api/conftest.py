"""A real server on a free port of this machine, over a small library, with fakes for the models."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.fakes import HashEmbedder
from models.types import Message

CONTRACT = "甲方应当在三十日内付款。\n\n乙方应当按时交货。"
TOKEN = re.compile(r"[一-鿿]|[A-Za-z0-9]+|\W")
HARBOUR = "The harbour freezes in winter.\n\nShips wait for the pilot."


class Echo:
    """A chat model that answers every question with the best passage, word for word, as slowly as it is told.

    ``running`` is how many answers are being written now, ``most`` the most there were; ``closed`` counts those that
    were ended by their readers, ``written`` the pieces that were handed out.
    """

    name = "echo"
    context_tokens = 4096

    def __init__(self) -> None:
        self.pause = 0.0
        self.extra = 0  # words written after the answer
        self.fail: Exception | None = None
        self.running = self.most = self.closed = self.written = 0
        self.asked: list[Sequence[Message]] = []
        self._lock = threading.Lock()

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        with self._lock:
            self.asked.append(messages)
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            if self.fail:
                raise self.fail
            words = TOKEN.findall(self.reply(messages[-1].content))
            for word in (words + ["继", "续"] * self.extra)[:max_tokens]:
                time.sleep(self.pause)
                self.written += 1
                yield word
        except GeneratorExit:
            self.closed += 1
            raise
        finally:
            with self._lock:
                self.running -= 1

    def reply(self, prompt: str) -> str:
        """The sentence of the passages that shares most words with the question."""
        sentences = [
            line.strip() for line in re.split(r"(?<=[。.])\s*|\n", prompt) if line.strip().endswith(("。", "."))
        ]
        question = set(re.findall(r"\w", prompt.splitlines()[-1]))
        best = max(sentences, key=lambda each: len(question & set(re.findall(r"\w", each))))
        return f"{re.sub(r'^[^A-Za-z一-鿿]*', '', best)[:-1]} [1]{best[-1]}"

    def count_tokens(self, text: str) -> int:
        return len(TOKEN.findall(text))


class Server:
    """A running server: its address, its house, and a plain client."""

    def __init__(self, library: Any, loopback: bool) -> None:
        import uvicorn

        from app.api.server import QUIET, create_app

        self.library = library
        self.app = create_app(library, loopback=loopback)
        self.house = self.app.state.house
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self.port, timeout_graceful_shutdown=2, ws="none", **QUIET
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started)
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    def ask(self, question: str, key: str = "", **more: Any) -> httpx.Response:
        body = {"model": "shujia", "messages": [{"role": "user", "content": question}], **more}
        return self.client.post("/v1/chat/completions", json=body, headers=bearer(key))

    def upload(self, name: str, text: str, collection: str = "", key: str = "") -> dict[str, Any]:
        """Upload and wait for the end of the job."""
        data = {"collection": collection} if collection else {}
        sent = self.client.post("/v1/documents", files={"file": (name, text.encode())}, data=data, headers=bearer(key))
        assert sent.status_code == 202, sent.text
        job = sent.json()["jobs"][0]["id"]
        self.wait(job, key)
        return self.job(job, key)

    def wait(self, job: str, key: str = "") -> None:
        until(lambda: self.job(job, key)["status"] in ("done", "failed"), 60)

    def job(self, job: str, key: str = "") -> dict[str, Any]:
        return self.client.get(f"/v1/jobs/{job}", headers=bearer(key)).json()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def until(true: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for something; fails when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Echo:
    """The fake chat model in place of the configured one."""
    from app.wiring import Library
    from generation.types import EXTRACTIVE

    chat = Echo()
    monkeypatch.setattr(Library, "embedder", HashEmbedder())
    monkeypatch.setattr(Library, "chat", lambda _self, name=None: None if name == EXTRACTIVE else chat)
    return chat


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the collections default (a contract, a harbour) and 密 (a secret); copied by each test."""
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload

    folder = tmp_path_factory.mktemp("filled") / "library"
    with Library(Settings(library=folder, workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        list(
            library.ingest([upload("合同.txt", CONTRACT.encode()), upload("harbour.txt", HARBOUR.encode())], "default")
        )
        list(library.ingest([upload("密.txt", "密码是蓝色的大象。".encode())], "密"))
    return folder


@pytest.fixture
def serve(echo: Echo, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Starts servers over a library of their own: a copy of the filled one, or an empty one."""
    from app.settings import load
    from app.wiring import Library

    monkeypatch.chdir(tmp_path)
    running: list[Server] = []

    def start(*, loopback: bool = True, empty: bool = False, **settings: Any) -> Server:
        folder = tmp_path / f"library-{len(running)}"
        if not empty:
            shutil.copytree(filled, folder)
        made = load(
            **{
                "library": folder,
                "model": "echo",
                "workers": 1,
                "api_rate": 0,
                "language": "zh",
                "rewrite_translate": "off",
            }
            | settings
        )
        running.append(Server(Library(made), loopback))
        return running[-1]

    yield start
    for server in running:
        server.close()
        server.library.close()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """One open server on this machine."""
    return serve()


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., None]:
    """Wait for something; fails when it does not come."""
    return until
