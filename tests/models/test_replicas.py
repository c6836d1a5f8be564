"""Replicas: fake OpenAI servers on free ports, so that a broken stream is broken for real."""

import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.chats import open_chat, urls_of
from models.openai_chat import OpenAIChat
from models.replica_choice import FIRST_REST, Choice
from models.replicas import Replicas
from models.types import Chooser, ContextTooLong, Judge, Message, ModelUnavailable

ASK = [Message("user", "年假有几天？")]


def chunk(content=None, finish=None):
    choice = {"index": 0, "delta": {} if content is None else {"content": content}, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


class Handler(BaseHTTPRequestHandler):
    """``server.mood``: well, half (one piece, then nothing), down (500), silent (waits), long (context)."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.health += self.path == "/health"
        self.reply(503 if self.server.mood == "down" else 200, b"{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            self.reply(404, b"{}")
            return
        self.server.asked.append(body)
        mood = self.server.mood
        if mood == "down":
            self.reply(500, b'{"error": {"message": "the engine died"}}')
        elif mood == "long":
            self.reply(400, b'{"error": {"message": "maximum context length is 10"}}')
        elif mood == "silent":
            self.server.release.wait(10)
            self.close_connection = True
        elif body.get("logprobs"):
            self.reply(200, json.dumps(judged(body)).encode())
        elif mood == "half":
            self.reply(200, chunk("年假"), "text/event-stream")
        else:
            words = chunk(self.server.word) + chunk("天。") + chunk(finish="stop") + b"data: [DONE]\n\n"
            self.reply(200, words, "text/event-stream")

    def reply(self, status, data, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def judged(body):
    """Yes with the share that the prompt names in percent."""
    share = int(body["messages"][-1]["content"]) / 100
    top = [{"token": "Yes", "logprob": math.log(share)}, {"token": "No", "logprob": math.log(1 - share)}]
    logprobs = {"content": [{"token": "Yes", "logprob": math.log(share), "top_logprobs": top}]}
    message = {"role": "assistant", "content": "Yes"}
    choice = {"index": 0, "message": message, "finish_reason": "length", "logprobs": logprobs}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


@pytest.fixture
def servers():
    """Two servers that answer 15 and 16."""
    made = []
    for word in ("15", "16"):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.mood, server.word, server.asked, server.health = "well", word, [], 0
        server.release = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}/v1"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        made.append(server)
    yield made
    for server in made:
        server.release.set()
        server.shutdown()
        server.server_close()


def open_both(servers):
    urls = ", ".join(server.url for server in servers)
    return open_chat("m", url=urls, key="", context_tokens=4096, folder=None)


def answer(chat):
    return "".join(chat.stream(ASK, max_tokens=9))


def test_urls_are_separated_by_commas_and_one_url_is_one_server():
    assert urls_of(" http://a/v1, http://b/v1 ,,http://a/v1") == ["http://a/v1", "http://b/v1"]
    assert isinstance(open_chat("m", url="http://a/v1", key="", context_tokens=4096, folder=None), OpenAIChat)
    both = open_chat("m", url="http://a/v1,http://b/v1", key="", context_tokens=4096, folder=None)
    assert isinstance(both, Replicas)
    assert isinstance(both, Judge)
    assert isinstance(both, Chooser)


def test_questions_go_round_among_servers_that_are_equally_busy(servers):
    chat = open_both(servers)
    assert [answer(chat) for _ in range(4)] == ["15天。", "16天。", "15天。", "16天。"]


def test_the_less_busy_server_answers(servers):
    chat = open_both(servers)
    held = chat.stream(ASK, max_tokens=9)
    assert next(held) == "15"
    assert [answer(chat) for _ in range(2)] == ["16天。", "16天。"]  # the first has one on its way, the second none
    held.close()
    assert answer(chat) == "15天。"


def test_a_server_that_fails_costs_one_request_and_is_left_alone(servers):
    servers[0].mood = "down"
    chat = open_both(servers)
    assert [answer(chat) for _ in range(3)] == ["16天。"] * 3
    assert len(servers[0].asked) == 1


def test_a_server_that_rested_is_looked_at_and_comes_back(servers, monkeypatch):
    servers[0].mood = "down"
    chat = open_both(servers)
    now = [0.0]
    chat._choice.clock = lambda: now[0]
    assert answer(chat) == "16天。"
    now[0] = FIRST_REST + 0.1
    assert answer(chat) == "16天。"  # looked at beside this question, and still down
    wait_for(lambda: servers[0].health == 1 and not chat._choice._replicas[0].looked_at)  # … and known to be so
    servers[0].mood = "well"
    now[0] = FIRST_REST + 2 * FIRST_REST + 0.3  # the rest has doubled
    assert answer(chat) == "16天。"
    wait_for(lambda: len(chat._choice.working()) == 2)
    assert answer(chat) == "15天。"
    assert len(servers[0].asked) == 2  # one failed, one answered: no question was spent on finding out


def wait_for(reached):
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_stream_that_breaks_after_a_piece_is_an_error_and_goes_nowhere_else(servers):
    servers[0].mood = "half"
    chat = open_both(servers)
    pieces = chat.stream(ASK, max_tokens=9)
    assert next(pieces) == "年假"
    with pytest.raises(ModelUnavailable, match="broke off"):
        next(pieces)
    assert servers[1].asked == []
    assert answer(chat) == "16天。"  # the next question knows better


def test_when_all_rest_the_one_due_first_is_asked_and_its_error_is_said(servers):
    for server in servers:
        server.mood = "down"
    chat = open_both(servers)
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="the engine died"):
            answer(chat)
    assert sum(len(server.asked) for server in servers) == 2 + 1 + 1  # both, then one a question


def test_a_prompt_that_is_too_long_is_so_everywhere_and_nobody_rests(servers):
    servers[0].mood = "long"
    chat = open_both(servers)
    with pytest.raises(ContextTooLong):
        answer(chat)
    assert servers[1].asked == []
    assert len(chat._choice.working()) == 2


def test_an_aborted_stream_moves_nowhere_and_its_server_is_not_blamed(servers):
    servers[0].mood = "silent"
    chat = open_both(servers)
    pieces = chat.stream(ASK, max_tokens=9)
    threading.Timer(0.3, pieces.abort).start()
    began = time.monotonic()
    with pytest.raises(ModelUnavailable):
        next(pieces)
    assert time.monotonic() - began < 5
    assert servers[1].asked == []
    assert len(chat._choice.working()) == 2


def test_judgements_are_dealt_to_both_and_come_back_in_order(servers):
    chat = open_both(servers)
    shares = [10, 90, 30, 70, 50]
    prompts = [[Message("user", str(share))] for share in shares]
    assert chat.yes_probabilities(prompts) == pytest.approx([share / 100 for share in shares])
    assert sorted(len(server.asked) for server in servers) == [2, 3]  # 5 prompts in runs of ceil(5 / 2) = 3
    servers[0].mood = "down"
    assert chat.yes_probabilities(prompts) == pytest.approx([share / 100 for share in shares])
    assert chat.yes_probabilities([]) == []


def test_no_url_is_a_mistake():
    with pytest.raises(ValueError, match="at least one URL"):
        Choice([])
