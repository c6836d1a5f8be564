"""A web server of this machine for tests: it answers by path and keeps what was asked, with its headers."""

from __future__ import annotations

import gzip
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ingest.url_guard import named_hosts

PAGE = "<html><head><title>书架的历史</title></head><body><p>第一个书架在亚述。</p></body></html>".encode()


class Site(ThreadingHTTPServer):
    """Answers by path; keeps what was asked with its headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.location = "/page"
        self.pages: dict[str, bytes] = {"/page": PAGE}

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def named(self) -> frozenset[str]:
        return named_hosts(f"127.0.0.1:{self.port}")


class Handler(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        path, _, rest = self.path.partition("?")
        if path == "/to":
            self.send_response(302)
            self.send_header("Location", self.server.location)
            self.send_header("Set-Cookie", "a=b")
            self.end_headers()
        elif path == "/turn":
            self._moved(f"/turn?{int(rest) - 1}" if rest != "0" else "/page")
        elif path == "/type":
            self._give(PAGE, rest)
        elif path == "/large":
            self._give(b"x" * int(rest), "text/plain")
        elif path == "/endless":
            self._endless()
        elif path == "/bomb":
            self._give(gzip.compress(b"a" * int(rest)), "text/plain", "gzip")
        elif path == "/drip":
            self._drip()
        elif path in self.server.pages:
            self._give(self.server.pages[path], "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def _moved(self, where: str) -> None:
        self.send_response(301)
        self.send_header("Location", where)
        self.end_headers()

    def _give(self, data: bytes, kind: str, packed: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"1"')
        if packed:
            self.send_header("Content-Encoding", packed)
        self.end_headers()
        self.wfile.write(data)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def _drip(self) -> None:
        try:
            for letter in b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + b"X: y\r\n" * 500:
                self.wfile.write(bytes([letter]))
                time.sleep(0.05)
        except OSError:
            pass
