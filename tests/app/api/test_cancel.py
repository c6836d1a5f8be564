"""A reader who leaves stops the writing: in a stream, before a whole answer, and while waiting for the model."""

from __future__ import annotations

import json
import socket
import threading

import httpx
import pytest

from app.api.metering import Meter
from models.types import ModelUnavailable

QUESTION = "甲方应当在多少天内付款？"


@pytest.fixture
def slow(echo):
    echo.pause, echo.extra = 0.02, 2000
    return echo


def asking(server, **more: object) -> socket.socket:
    """A question that is sent; closing the socket is leaving."""
    body = {"model": "shujia", "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 250, **more}
    data = json.dumps(body).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
    reader = socket.create_connection(("127.0.0.1", server.port))
    reader.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    return reader


@pytest.mark.parametrize("stream", [True, False])
def test_hanging_up_in_the_middle_of_an_answer_stops_the_model(server, slow, until, stream) -> None:
    reader = asking(server, stream=stream)
    until(lambda: slow.written > 5, 30)
    reader.close()
    until(lambda: slow.closed == 1 and slow.running == 0)
    written = slow.written
    assert written < 250
    until(lambda: 'outcome="cancelled"} 1.0' in server.client.get("/metrics").text)
    assert slow.written == written


def test_who_leaves_the_queue_never_reaches_the_model(server, slow, until) -> None:
    first = asking(server)
    until(lambda: slow.running == 1, 30)
    others = [asking(server), asking(server, stream=True)]
    until(lambda: server.house.waiting == 2, 30)
    for reader in others:
        reader.close()
    until(lambda: server.house.waiting == 0)
    first.close()
    until(lambda: slow.running == 0)
    assert len(slow.asked) == 1
    slow.pause = slow.extra = 0
    assert server.ask(QUESTION).json()["shujia"]["answered_by"] == "echo"  # the model is free again


def test_neither_search_nor_quotes_wait_behind_an_answer(server, slow, until) -> None:
    reader = asking(server)
    until(lambda: slow.running == 1, 30)
    for _ in range(3):
        assert server.client.post("/v1/search", json={"question": "付款"}).status_code == 200
    assert server.ask(QUESTION, shujia={"answer": "extractive"}).status_code == 200
    assert (slow.running, slow.closed) == (1, 0)
    reader.close()
    until(lambda: slow.running == 0)


def test_the_embedded_model_writes_one_answer_at_a_time(server, echo) -> None:
    echo.pause = 0.005
    threads = [threading.Thread(target=server.ask, args=(QUESTION,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(echo.asked), echo.most) == (4, 1)


def test_too_many_who_wait_are_told_to_come_back(server, slow, until, monkeypatch) -> None:
    monkeypatch.setattr("app.api.asking.MOST_WAITING", 1)
    first = asking(server)
    until(lambda: slow.running == 1, 30)
    second = asking(server)
    until(lambda: server.house.waiting == 1, 30)
    got = server.ask(QUESTION)
    assert (got.status_code, got.json()["error"]["code"]) == (429, "overloaded")
    assert got.headers["retry-after"] == "30"
    for reader in (second, first):
        reader.close()
    until(lambda: slow.running == 0 and server.house.waiting == 0)


def test_a_server_that_ends_stops_its_answers(serve, slow, until) -> None:
    server = serve()
    reader = asking(server, stream=True)
    until(lambda: slow.running == 1, 30)
    server.close()
    assert slow.running == 0
    reader.close()
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{server.url}/health", trust_env=False)


class Reading:
    """A chat model that reads its prompt until it is cut off, as the embedded one does."""

    name, context_tokens = "reading", 4096

    def __init__(self) -> None:
        self.begun, self.cut = threading.Event(), threading.Event()

    def stream(self, messages, *, max_tokens):
        return self

    def __iter__(self):
        return self

    def __next__(self) -> str:
        self.begun.set()
        assert self.cut.wait(30)
        raise ModelUnavailable("broke off")

    def abort(self) -> None:
        self.cut.set()

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.mark.parametrize("stream", [True, False])
def test_hanging_up_while_the_prompt_is_read_cuts_the_model_off(server, monkeypatch, until, stream) -> None:
    chat = Reading()
    monkeypatch.setattr("app.wiring.Library.chat", lambda _self, name=None: chat)
    reader = asking(server, stream=stream)
    assert chat.begun.wait(30)
    reader.close()
    assert chat.cut.wait(10)
    until(lambda: 'outcome="cancelled"} 1.0' in server.client.get("/metrics").text)  # not "replaced" by quotes


def test_who_left_before_the_model_began_cuts_it_off_at_once() -> None:
    chat, meter = Reading(), Meter()
    meter.stop()
    meter.watch(chat.stream([], max_tokens=1))
    assert chat.cut.is_set()
