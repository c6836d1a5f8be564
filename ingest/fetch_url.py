"""Fetches a web page or file by its address, and never one from inside the own network.

target → resolve once → judge every address → connect to the judged one → headers → body within limits → next redirect

The guard stands where the connection is made: the host is resolved there, all its addresses are judged, and the socket
goes to a judged one, so a name that resolves otherwise a moment later (DNS rebinding) gains nothing. Nothing is taken
from the environment (no proxy, no .netrc), and nothing is sent but the request: no cookies, no credentials, no Referer.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urljoin

import httpcore

from ingest.errors import TooLarge, UnreadableFile, UnsupportedType
from ingest.files import File
from ingest.limits import MIB
from ingest.url_guard import Target, UrlRefused, permitted, target

REDIRECTS = 5
SECONDS = 60.0  # for all of it, redirects included
QUIET_SECONDS = 15.0  # without a byte
MOST_BYTES = 64 * MIB
_MOVED = frozenset({301, 302, 303, 307, 308})
_HEADERS = [
    (b"User-Agent", b"shujia"),
    (b"Accept", b"text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5"),
    (b"Accept-Encoding", b"gzip, identity"),
    (b"Connection", b"close"),
]
_READABLE = re.compile(
    r"text/(?!javascript|css)|image/|message/rfc822|application/(?:octet-stream|pdf|json|ld\+json|xml|xhtml\+xml|rss\+xml"
    r"|atom\+xml|rtf|zip|x-zip-compressed|epub\+zip|msword|csv|vnd\.|x-ipynb\+json|force-download|x-download)"
)
_ENDINGS = {"text/html": ".html", "application/xhtml+xml": ".html", "text/markdown": ".md", "text/csv": ".csv"}


class _Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were judged, and lets no read outlast the whole request's time."""

    def __init__(self, named: frozenset[str], ends: float) -> None:
        self._named, self._ends, self._network = named, ends, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in judged(host, port, self._named):
            try:
                stream = self._network.connect_tcp(address, port, _left(self._ends, timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _Timed(stream, self._ends)
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(self, *_: object, **__: object) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no socket of this machine is opened")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Timed(httpcore.NetworkStream):
    """A connection of which no single wait reaches past ``ends``."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends, timeout))
        return _Timed(stream, self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends: float, timeout: float | None) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for this address is over")
    return min(left, timeout or QUIET_SECONDS)


def judged(host: str, port: int, named: frozenset[str]) -> list[str]:
    """The addresses of a host, resolved now. Raises UrlRefused if one of them may not be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise UnreadableFile(f"the host {host!r} was not found: check the address and the connection") from exc
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for address in addresses:
        if not permitted(ip_address(address), host, port, named):
            # Link-local addresses are where clouds keep their keys: nobody is told how to open those.
            way = "" if ip_address(address).is_link_local else f'; to allow this host: url_hosts = "{host}"'
            raise UrlRefused(f"{host} ({address}) is an address of an inner network and is not fetched{way}")
    return addresses


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: its bytes, and a file name made of the address and the type that was declared."""

    data: bytes
    name: str


def fetch(
    url: str, named: frozenset[str] = frozenset(), *, most: int = MOST_BYTES, seconds: float = SECONDS
) -> Fetched:
    """What stands at a web address; redirects are followed, ``REDIRECTS`` at most, each through the guard anew.

    Raises UrlRefused (an inner address, no http), TooLarge (over ``most`` bytes, unpacked), UnsupportedType (a type
    that no reader takes), UnreadableFile (not found, too slow, an error of the server).
    """
    at, ends = target(url, named), time.monotonic() + seconds
    with httpcore.ConnectionPool(ssl_context=_trust(), network_backend=_Pinned(named, ends)) as pool:
        for _ in range(REDIRECTS + 1):
            try:
                got = _one(pool, at, most, ends)
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as exc:
                raise UnreadableFile(f"{at.host} did not answer as it should: {_why(exc, seconds)}") from exc
            if isinstance(got, Fetched):
                return got
            following = target(got, named)
            if at.scheme == "https" and following.scheme == "http":
                raise UrlRefused("it leads from https to http, which is not followed: name that address itself")
            at = following
    raise UnreadableFile(f"more than {REDIRECTS} redirects: name the address that they lead to")


@cache
def _trust() -> ssl.SSLContext:
    """The certificate authorities, read once."""
    return httpcore.default_ssl_context()


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return f"too slow ({seconds:.0f} s at most, {QUIET_SECONDS:.0f} s without a byte)"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _one(pool: httpcore.ConnectionPool, at: Target, most: int, ends: float) -> Fetched | str:
    """One request: the content, or the address that it leads to."""
    wait = {"connect": QUIET_SECONDS, "read": QUIET_SECONDS, "write": QUIET_SECONDS, "pool": QUIET_SECONDS}
    address = httpcore.URL(scheme=at.scheme.encode(), host=at.host.encode(), port=at.port, target=at.path.encode())
    headers = [(b"Host", at.authority.encode()), *_HEADERS]
    with pool.stream("GET", address, headers=headers, extensions={"timeout": wait}) as reply:
        given = {name.lower(): value.decode("latin-1").strip() for name, value in reply.headers}
        if reply.status in _MOVED and b"location" in given:
            return _joined(at.url, _utf8(given[b"location"]))
        if reply.status != 200:
            raise UnreadableFile(f"{at.host} answered with status {reply.status}")
        kind = given.get(b"content-type", "application/octet-stream").partition(";")[0].strip().lower()
        if not _READABLE.match(kind):
            raise UnsupportedType(f"{at.host} gives {kind[:60]!r}, which is not read")
        if given.get(b"content-length", "").isdigit() and int(given[b"content-length"]) > most:
            raise _over(most)
        data = _body(_unpacked(reply.iter_stream(), given.get(b"content-encoding", ""), most), most, ends)
    return Fetched(data, _name(at, kind))


def _body(pieces: Iterable[bytes], most: int, ends: float) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > most:
            raise _over(most)
        if time.monotonic() > ends:
            raise httpcore.ReadTimeout("the time for this address is over")
    return bytes(data)


def _unpacked(pieces: Iterable[bytes], encoding: str, most: int) -> Iterator[bytes]:
    """The body as it was before gzip, never more than a little over ``most`` of it (a bomb ends there)."""
    if encoding.lower() in ("", "identity"):
        yield from pieces
        return
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise UnsupportedType(f"the content is packed as {encoding[:40]!r}, which was not asked for")
    unpack, count = zlib.decompressobj(wbits=31), 0
    try:
        for piece in pieces:
            out = unpack.decompress(piece, most + 1 - count)
            count += len(out)
            yield out
            if count > most:
                return
    except zlib.error as exc:
        raise UnreadableFile(f"the content is damaged: {exc}") from exc
    if not unpack.eof:
        raise UnreadableFile("the content is cut off")


def _over(most: int) -> TooLarge:
    return TooLarge(f"more than {most // MIB} MiB stand at this address: save the file and ingest that")


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as exc:
        raise UrlRefused("it leads to something that is no address") from exc


def _utf8(location: str) -> str:
    """A Location header that has raw UTF-8 in it, as many servers write it."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return location


def _name(at: Target, kind: str) -> str:
    """A file name for readers and titles: the last part of the path, else the host; its ending says what it is."""
    last = unquote(at.path.partition("?")[0].rstrip("/").rpartition("/")[2]).replace("/", "_").replace("\\", "_")
    ending = _ENDINGS.get(kind, "")
    last = last or at.host
    return last if not ending or last.lower().endswith((ending, ".htm")) else f"{last}{ending}"


@dataclass(frozen=True, slots=True)
class WebFile(File):
    """A web address as a file to ingest: its path in the library is the address, and it is fetched when it is read.

    It is never taken for unchanged by size or time; the same bytes as before are "unchanged" by their hash.
    """

    named: frozenset[str] = frozenset()
    _got: list[Fetched] = field(default_factory=list, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name under which the content is read."""
        return self._got[-1].name if self._got else target(self.path, self.named).host

    def read(self, most: int) -> bytes:
        """The bytes, fetched now. Raises what ``fetch`` raises."""
        if not self._got or not self._got[-1].data:
            got = fetch(self.path, self.named, most=min(most, MOST_BYTES))
            archive = got.data.startswith(b"PK")  # is read a second time, for what is inside
            self._got[:] = [got if archive else Fetched(b"", got.name)]
            return got.data
        return self._got[-1].data


def web_file(url: str, named: frozenset[str] = frozenset()) -> WebFile:
    """A web address to ingest, under its normal form. Raises UrlRefused where the address itself is refused."""
    at = target(url, named)
    return WebFile(at.url, 0, 0, b"", named=named)
