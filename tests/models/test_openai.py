"""OpenAIChat and OpenAIEmbedder against a small HTTP server on the loopback address."""

import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from models.openai_chat import OpenAIChat
from models.openai_embedder import OpenAIEmbedder
from models.types import ContextTooLong, Message, ModelTimeout, ModelUnavailable, TokenEmbedder

KEY = "sk-very-secret"
USAGE = {"prompt_tokens": 1, "total_tokens": 1}
ASK = [Message("system", "只根据段落回答。"), Message("user", "年假有几天？")]
PIECES = ["年假", "为 15", " 天 [1]。"]


def chunk(content=None, finish=None):
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


class Endpoint(BaseHTTPRequestHandler):
    """Behaves as ``server.behaviour`` says and keeps the requests it saw."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        getattr(self, self.server.behaviour)(body)

    def reply(self, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def ok(self, _):
        self.reply(200, b"".join(map(chunk, PIECES)) + chunk(finish="stop") + b"data: [DONE]\n\n", "text/event-stream")

    def half(self, _):
        self.reply(200, chunk(PIECES[0]), "text/event-stream")

    def cut(self, _):
        """Promise more bytes than come, then close the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(chunk(PIECES[0]))
        self.wfile.flush()
        self.close_connection = True

    def slow(self, _):
        time.sleep(2)
        self.close_connection = True

    def endless(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while True:
                self.wfile.write(chunk("字"))
                self.wfile.flush()
                time.sleep(0.01)
        except OSError:
            self.server.closed.set()

    def garbage(self, _):
        self.reply(200, b"data: {not json\n\n", "text/event-stream")

    def html(self, _):
        self.reply(200, b"<html>proxy login</html>", "text/html")

    def unauthorized(self, _):
        self.reply(401, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}})

    def limited(self, _):
        self.reply(429, {"error": {"message": "slow down", "code": "rate_limit"}})

    def broken(self, _):
        self.reply(500, {"error": {"message": "out of memory"}})

    def too_long(self, _):
        message = "This model's maximum context length is 4096 tokens"
        self.reply(400, {"error": {"message": message, "code": "context_length_exceeded"}})

    def judge(self, body):
        """Yes with .6 and No with .2 where the passage names the fare, the other way round else."""
        likely, unlikely = ("Yes", "No") if "40元" in body["messages"][-1]["content"] else ("No", "Yes")
        top = [{"token": likely, "logprob": math.log(0.6)}, {"token": unlikely, "logprob": math.log(0.2)}]
        message = {"role": "assistant", "content": likely}
        logprobs = {"content": [{"token": likely, "logprob": math.log(0.6), "top_logprobs": top}]}
        choice = {"index": 0, "message": message, "finish_reason": "length", "logprobs": logprobs}
        self.reply(200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})

    def judge_blind(self, _):
        choice = {"index": 0, "message": {"role": "assistant", "content": "Yes"}, "finish_reason": "length"}
        self.reply(200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})

    def embed(self, body):
        vectors = [[float(len(text)), 3.0, 4.0] for text in body["input"]]
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        self.reply(
            200, {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )

    def embed_zero(self, body):
        data = [{"object": "embedding", "index": i, "embedding": [0.0] * 3} for i in range(len(body["input"]))]
        self.reply(
            200, {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.seen, server.behaviour, server.closed = [], "ok", threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def chat_of(endpoint, **settings):
    return OpenAIChat(endpoint.url, "qwen", KEY, **{"max_retries": 0, "timeout": 10.0, **settings})


def test_pieces_arrive_in_order_and_the_request_is_greedy(endpoint):
    assert list(chat_of(endpoint).stream(ASK, max_tokens=30)) == PIECES
    path, headers, body = endpoint.seen[0]
    assert path == "/v1/chat/completions"
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == f"Bearer {KEY}"
    assert body["messages"] == [{"role": m.role, "content": m.content} for m in ASK]
    assert (body["model"], body["temperature"], body["stream"]) == ("qwen", 0.0, True)
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 30


@pytest.mark.parametrize(
    ("behaviour", "error", "words"),
    [
        ("unauthorized", ModelUnavailable, "refused the key"),
        ("limited", ModelUnavailable, "429"),
        ("broken", ModelUnavailable, "500: out of memory"),
        ("too_long", ContextTooLong, "maximum context length"),
        ("garbage", ModelUnavailable, "not the OpenAI protocol"),
        ("html", ModelUnavailable, "qwen at http"),
        ("half", ModelUnavailable, "broke off in the middle"),
        ("cut", ModelUnavailable, "broke off"),
    ],
)
def test_every_failure_is_one_of_our_errors_and_shows_no_key(endpoint, behaviour, error, words):
    endpoint.behaviour = behaviour
    with pytest.raises(error, match=words) as caught:
        list(chat_of(endpoint).stream(ASK, max_tokens=30))
    assert KEY not in str(caught.value)
    assert type(caught.value) is error


def test_an_endpoint_that_says_nothing_is_a_timeout(endpoint):
    endpoint.behaviour = "slow"
    with pytest.raises(ModelTimeout, match="nothing within its time"):
        list(chat_of(endpoint, timeout=0.3).stream(ASK, max_tokens=5))


def test_an_endpoint_that_is_not_there_is_unavailable():
    chat = OpenAIChat("http://127.0.0.1:9/v1", "qwen", max_retries=0)
    with pytest.raises(ModelUnavailable, match="is it running"):
        list(chat.stream(ASK, max_tokens=5))


def test_closing_the_iterator_closes_the_connection(endpoint):
    endpoint.behaviour = "endless"
    stream = chat_of(endpoint).stream(ASK, max_tokens=5)
    assert next(stream) == "字"
    stream.close()
    assert endpoint.closed.wait(5)


def test_a_prompt_that_certainly_does_not_fit_is_not_sent(endpoint):
    with pytest.raises(ContextTooLong, match="100"):
        list(chat_of(endpoint, context_tokens=100).stream([Message("user", "字" * 500)], max_tokens=10))
    assert endpoint.seen == []


def test_the_token_estimate_is_above_the_truth():
    chat = OpenAIChat("http://x/v1", "m")
    # two letters a token: 10 -> 5; a digit or mark each one: 4 + 1; a Han character 3 bytes, rounded up to 2: 2 -> 3
    assert chat.count_tokens("annualleav") == 5
    assert chat.count_tokens("2024,") == 5
    assert chat.count_tokens("年假") == 3


def test_the_key_is_in_no_repr(endpoint):
    chat = chat_of(endpoint)
    list(chat.stream(ASK, max_tokens=5))
    embedder = OpenAIEmbedder(endpoint.url, "m", 3, KEY)
    assert KEY not in repr(chat) + repr(vars(chat)["_client"]) + repr(embedder)


def test_tracing_is_off_whatever_the_shell_says(endpoint, monkeypatch):
    import os

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    list(chat_of(endpoint).stream(ASK, max_tokens=5))
    assert os.environ["LANGSMITH_TRACING"] == "false"


def test_a_yes_is_as_likely_as_the_first_words_say_in_the_order_of_the_prompts(endpoint):
    endpoint.behaviour = "judge"
    prompts = [[Message("user", f"停车费{fare}，是吗？")] for fare in ("40元", "免费", "40元")]
    assert chat_of(endpoint).yes_probabilities(prompts) == pytest.approx([0.75, 0.25, 0.75])  # .6 / (.6 + .2)
    body = endpoint.seen[0][2]
    assert (body["logprobs"], body["top_logprobs"], body["temperature"]) == (True, 20, 0.0)
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 1
    assert chat_of(endpoint).yes_probabilities([]) == []


def test_an_endpoint_without_probabilities_cannot_judge(endpoint):
    endpoint.behaviour = "judge_blind"
    with pytest.raises(ModelUnavailable, match="gives no log-probabilities"):
        chat_of(endpoint).yes_probabilities([ASK])
    endpoint.behaviour = "unauthorized"
    with pytest.raises(ModelUnavailable, match="refused the key"):
        chat_of(endpoint).yes_probabilities([ASK])


def test_embeddings_are_unit_rows_in_order_and_the_texts_are_sent_as_text(endpoint):
    endpoint.behaviour = "embed"
    embedder = OpenAIEmbedder(endpoint.url, "bge", 3, KEY, passage_prefix="文：", query_prefix="问：")
    vectors = embedder.embed_passages(["", "书架\ud800"])
    # "文：." has 3 characters: (3, 3, 4); "文：书架?" has 5: (5, 3, 4)
    assert vectors == pytest.approx(np.array([[3, 3, 4], [5, 3, 4]]) / np.sqrt([[34], [50]]), abs=1e-6)
    assert vectors.dtype == np.float32
    assert endpoint.seen[0][2]["input"] == ["文：.", "文：书架\ufffd"]
    assert embedder.embed_queries(["a"]).shape == (1, 3)
    assert embedder.embed_queries([]).shape == (0, 3)


def test_many_texts_are_sent_in_batches(endpoint):
    endpoint.behaviour = "embed"
    assert OpenAIEmbedder(endpoint.url, "bge", 3).embed_passages(["x"] * 130).shape == (130, 3)
    assert [len(body["input"]) for _, _, body in endpoint.seen] == [64, 64, 2]


def test_another_dimension_or_a_zero_vector_is_refused(endpoint):
    endpoint.behaviour = "embed"
    with pytest.raises(ModelUnavailable, match=r"shape \(1, 3\), expected \(1, 4\)"):
        OpenAIEmbedder(endpoint.url, "bge", 4).embed_queries(["a"])
    endpoint.behaviour = "embed_zero"
    with pytest.raises(ModelUnavailable, match="without a direction"):
        OpenAIEmbedder(endpoint.url, "bge", 3).embed_queries(["a"])


@pytest.mark.parametrize(("behaviour", "words"), [("unauthorized", "refused the key"), ("html", "qwen|bge")])
def test_embedding_failures_are_our_errors(endpoint, behaviour, words):
    endpoint.behaviour = behaviour
    with pytest.raises(ModelUnavailable, match=words):
        OpenAIEmbedder(endpoint.url, "bge", 3, KEY, max_retries=0).embed_queries(["a"])


def test_an_endpoint_has_no_vectors_of_tokens_and_says_so_by_its_type():
    assert not isinstance(OpenAIEmbedder("http://127.0.0.1:9/v1", "m", 3), TokenEmbedder)
