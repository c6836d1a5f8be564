import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from models.catalogue import HubFile
from models.hub import fetch_from_hub
from models.types import ModelUnavailable

DATA = "书架".encode() * 1000


class Hub(BaseHTTPRequestHandler):
    """The two requests that huggingface_hub makes for a public file."""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()
        self.wfile.write(DATA)

    def answer(self):
        known = self.path == "/owner/repo/resolve/main/weights.gguf"
        self.send_response(200 if known else 404)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(DATA).hexdigest()}"')
        self.send_header("Content-Length", str(len(DATA) if known else 0))
        self.end_headers()


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.filterwarnings("default")  # the hub client's own
def test_a_file_is_fetched_under_its_own_name_with_progress(hub, tmp_path):
    seen = []
    fetch_from_hub([HubFile("owner/repo", "weights.gguf", "model.gguf")], tmp_path, progress=seen.append, endpoint=hub)
    assert (tmp_path / "model.gguf").read_bytes() == DATA
    assert sum(seen) == len(DATA)


@pytest.mark.filterwarnings("default")
def test_a_file_that_the_hub_does_not_have_is_unavailable(hub, tmp_path):
    with pytest.raises(ModelUnavailable, match="owner/none"):
        fetch_from_hub([HubFile("owner/none", "x", "x")], tmp_path, progress=lambda _: None, endpoint=hub)


def test_a_hub_that_is_not_there_is_unavailable_at_once(tmp_path):
    with pytest.raises(ModelUnavailable, match="refused"):
        fetch_from_hub([HubFile("a/b", "x", "x")], tmp_path, progress=lambda _: None, endpoint="http://127.0.0.1:9")


def test_an_address_that_is_not_http_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="HF_ENDPOINT"):
        fetch_from_hub([], tmp_path, progress=lambda _: None, endpoint="file:///etc/passwd")
