"""Web addresses as documents, over a server of this machine that the tests name as allowed."""

from __future__ import annotations

import runpy
import socket
import time
from pathlib import Path
from typing import Any

import pytest

import ingest.fetch_url
from ingest.errors import IngestError, TooLarge, UnreadableFile, UnsupportedType
from ingest.fetch_url import MOST_BYTES, fetch, web_file
from ingest.folder import list_folder
from ingest.sync import plan
from ingest.sync import run as sync
from ingest.url_guard import UrlRefused

SITE = runpy.run_path(str(Path(__file__).parents[1] / "web_site.py"))
PAGE: bytes = SITE["PAGE"]
Site = Any  # SITE["Site"], which the fixture starts


def test_a_page_is_fetched_with_nothing_of_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    got = fetch(site.url("/page"), site.named)
    assert (got.data, got.name) == (PAGE, "page.html")
    ((_, headers),) = site.asked
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert headers["host"] == f"127.0.0.1:{site.port}"


def test_redirects_are_followed_five_times_and_carry_no_cookie(site: Site) -> None:
    assert fetch(site.url("/turn?4"), site.named).data == PAGE  # 4 → 3 → 2 → 1 → 0 → page: five
    with pytest.raises(UnreadableFile, match="more than 5 redirects"):
        fetch(site.url("/turn?5"), site.named)
    assert fetch(site.url("/to"), site.named).data == PAGE
    assert all("cookie" not in headers and "referer" not in headers for _, headers in site.asked)


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1/", "http://localhost:{other}/", "http://127.1:{other}/", "//127.0.0.1:{other}/", "http://[::1]:8080/",
        "http://169.254.169.254/latest/", "file:///etc/passwd", "gopher://127.0.0.1:{other}/", "http://2130706433:8080/",
        "http://user@127.0.0.1:{port}/page", "http://[::ffff:127.0.0.1]:8080/", "http://127.0.0.1:{other}/", "ftp://x/",
        "http:\\\\127.0.0.1:{other}", "http://[::1", "http://[v1.x]/", "//[",
    ],
)  # fmt: skip
def test_a_redirect_is_judged_like_an_address_of_its_own(site: Site, where: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.05)
        site.location = where.replace("{other}", str(other.getsockname()[1])).replace("{port}", str(site.port))
        with pytest.raises(UrlRefused):
            fetch(site.url("/to"), site.named)
        with pytest.raises(TimeoutError):
            other.accept()
    assert len(site.asked) == 1


def test_a_name_that_resolves_otherwise_later_gains_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the first answer is public, the second is this machine. One look-up, one connection."""
    answers, connected = iter(["93.184.216.34", "127.0.0.1"]), []
    resolve = lambda host, port, **_: [(2, 1, 6, "", (next(answers), port))]  # noqa: E731 - one line, used once
    monkeypatch.setattr(ingest.fetch_url.socket, "getaddrinfo", resolve)

    def connect(_: object, host: str, port: int, *rest: object) -> object:
        connected.append(host)
        raise ingest.fetch_url.httpcore.ConnectError("not in a test")

    monkeypatch.setattr(ingest.fetch_url.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(UnreadableFile):
        fetch("http://rebind.example/")
    assert connected == ["93.184.216.34"]
    with pytest.raises(UrlRefused):
        fetch("http://rebind.example/")
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize("kind", ["video/mp4", "audio/mpeg", "font/woff2", "text/javascript", "application/wasm", "x"])
def test_a_type_that_no_reader_takes_is_not_loaded(site: Site, kind: str) -> None:
    with pytest.raises(UnsupportedType):
        fetch(site.url(f"/type?{kind}"), site.named)


def test_what_is_too_large_ends_early(site: Site) -> None:
    for path in ("/large?2000000", "/endless", "/bomb?50000000"):
        with pytest.raises(TooLarge):
            fetch(site.url(path), site.named, most=1_000_000)
    assert fetch(site.url("/bomb?5000"), site.named).data == b"a" * 5000
    assert MOST_BYTES == 64 * 1024 * 1024


def test_a_drip_of_headers_ends_with_the_time_for_all_of_it(site: Site) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableFile, match="too slow"):
        fetch(site.url("/drip"), site.named, seconds=1.0)
    assert time.monotonic() - began < 10


def test_a_certificate_that_nobody_signed_is_refused(site: Site) -> None:
    with pytest.raises(UnreadableFile):
        fetch(site.url("/page").replace("http:", "https:"), site.named, seconds=5)


def test_an_address_becomes_a_document_and_is_replaced_only_when_its_content_changes(runs, site: Site) -> None:
    def run() -> object:
        (result,) = runs.ingestion().run([web_file(site.url("/page#top"), site.named)])
        return result

    first, second = run(), run()
    assert (first.status, first.path) == ("ingested", site.url("/page"))
    assert (second.status, second.document) == ("unchanged", first.document)
    assert len(site.asked) == 2
    site.pages["/page"] = PAGE.replace("亚述".encode(), "埃及".encode())
    third = run()
    assert third.status == "replaced"
    assert [card.paths for card in runs.library.shelf.read.cards()] == [(site.url("/page"),)]


def test_an_address_that_fails_is_a_failed_document_with_its_reason(runs, site: Site) -> None:
    files = [web_file(site.url("/missing"), site.named), web_file("http://127.0.0.1:8080/")]
    results = list(runs.ingestion().run(files))
    assert [(one.status, one.code) for one in results] == [("failed", "unreadable"), ("failed", "address")]
    assert "answered with status 404" in results[0].reason
    assert 'url_hosts = "127.0.0.1"' in results[1].reason
    assert set(runs.library.shelf.read.failures()) == {site.url("/missing"), "http://127.0.0.1:8080/"}


def test_a_sync_of_a_folder_leaves_addresses_alone(runs, site: Site) -> None:
    list(runs.ingestion().run([web_file(site.url("/page"), site.named)]))
    sources, failures = runs.library.shelf.read.sources(), runs.library.shelf.read.failures()
    made = plan(list_folder(runs.files), sources, failures, most_bytes=1, now=time.time())
    assert made.idle
    assert list(sync(made, runs.ingestion())) == []
    assert set(runs.library.shelf.read.sources()) == {site.url("/page")}


def test_every_error_is_one_for_people() -> None:
    with pytest.raises(IngestError, match="only http and https"):
        web_file("ftp://example.com/a")
