"""Web addresses on the command line, over a server of this machine that the settings allow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PAGE = "<html><head><title>书架的历史</title></head><body><p>第一个书架在亚述。</p></body></html>".encode()


class Site(ThreadingHTTPServer):
    """Gives ``pages`` by path, 404 for others."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = {"/page": PAGE}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        data = self.server.pages.get(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_command_line_takes_addresses_beside_paths(cli, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUJIA_URL_HOSTS", f"127.0.0.1:{site.server_address[1]}")
    address = site.url("/page")
    payload = cli.json("ingest", address, f"{address}#again", "书")
    assert [one["status"] for one in payload["documents"]] == ["ingested"] * 3
    assert payload["documents"][0]["path"] == address
    (page,) = [one for one in cli.json("status")["collections"][0]["items"] if address in one["paths"]]
    assert page["title"] == "书架的历史"
    assert cli.json("ingest", address)["totals"]["unchanged"] == 1
    assert cli.json("ingest", site.url("/gone"), code=1)["documents"][0]["reason"] == "127.0.0.1 answered 404"
    site.pages["/gone"] = PAGE + b" "
    assert cli.json("retry")["totals"]["ingested"] == 1
    assert cli.json("delete", f"{address}#part", "--yes")["deleted"]["paths"] == [address]
    cli("ingest", address, "--queue")
    assert cli.json("worker", "--once")["documents"][0]["status"] == "ingested"
    cli("ingest", "http://127.1/", code=2)
    assert cli.json("ingest", "http://10.1.2.3/", code=1)["documents"][0]["code"] == "address"
