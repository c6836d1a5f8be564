"""The guard of web addresses: a corpus of addresses that must not be fetched, and a listener that must see nothing."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

import ingest.fetch_url
from ingest.errors import IngestError
from ingest.fetch_url import fetch, judged
from ingest.url_guard import UrlRefused, embedded, is_url, named_hosts, permitted, target

# {port} is the port of a listener on 127.0.0.1 and ::1; each form below reaches it with some parser.
CORPUS = [
    # plain and with other ports
    "http://127.0.0.1:{port}/", "http://127.0.0.1/", "https://127.0.0.1/", "http://127.8.8.8:8080/",
    "http://localhost:{port}/", "http://localhost/", "http://LOCALHOST:8080/", "http://localhost.:{port}/",
    "http://127.0.0.1.:{port}/", "http://localhost.localdomain/", "http://ip6-localhost/", "http://0.0.0.0:{port}/",
    "http://0:{port}/", "http://0/",
    # other ways to write 127.0.0.1
    "http://2130706433:{port}/", "http://017700000001:{port}/", "http://0x7f000001:{port}/", "http://0x7F.1:{port}/",
    "http://0177.0.0.1:{port}/", "http://0177.0.0.01/", "http://127.1:{port}/", "http://127.0.1/", "http://127.0.0.01/",
    "http://00000127.0.0.1/", "http://0x7f.0x0.0x0.0x1/", "http://127.0.0.1%00.example.com/", "http://4294967297/",
    "http://%31%32%37.0.0.1/", "http://１２７.０.０.１:{port}/", "http://127。0。0。1:{port}/", "http://①②⑦.⓪.⓪.①/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:8080/", "http://l\u00adocalhost:8080/", "http://xn--localhost/",
    # IPv6
    "http://[::1]:{port}/", "http://[::1]/", "http://[0:0:0:0:0:0:0:1]:8080/", "http://[::]:{port}/", "http://[::]/",
    "http://[::ffff:127.0.0.1]:8080/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/", "http://[2002:7f00:1::]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a00:1]/",
    "http://[64:ff9b:1::7f00:1]/", "http://[2001:0:7f00:1::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/",
    "http://[fe80::5efe:7f00:1]/", "http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[fec0::1]/",
    "http://[ff02::1]/", "http://[fd00:ec2::254]/latest/meta-data/", "http://[2001:db8::1]/", "http://[100::1]/",
    "http://[5f00::1]/", "http://[::1%25lo]:8080/", "http://::1/", "http://[::1/", "http://[127.0.0.1]/",
    # private, shared, link-local, multicast, test and reserved ranges, metadata
    "http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.1.1/",
    "http://100.64.0.1/", "http://100.100.100.200/latest/meta-data/", "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/", "http://2852039166/", "http://0xA9FEA9FE/", "http://192.0.0.192/", "http://192.0.2.1/",
    "http://198.18.0.1/", "http://198.51.100.7/", "http://203.0.113.9/", "http://224.0.0.1/", "http://239.255.255.250/",
    "http://240.0.0.1/", "http://255.255.255.255/", "http://168.63.129.16/", "http://192.88.99.1/",
    # who the host is
    "http://user@127.0.0.1:8080/", "http://example.com@127.0.0.1/", "http://127.0.0.1@example.com/",
    "http://example.com:80@127.0.0.1:{port}/", "http://example.com%40127.0.0.1/", "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/", "http://example.com#@127.0.0.1:{port}@x/", "http://127.0.0.1:80:{port}/",
    "http:///127.0.0.1/", "http:127.0.0.1/", "http:\\\\127.0.0.1\\", "http://127.0.0.1 .example.com/",
    "http://127.0.0.1\t/", "http://127.0.0.1\r\nHost: x/", "\nhttp://127.0.0.1/", "http://a..b/", "http://.127.0.0.1/",
    "http://-x.example/", "http:///", "http://", "http://:80/", "http://example.com:99999/", "http://example.com:-1/",
    "http://example.com:22/", "http://example.com:25/", "http://example.com:6379/", "http://example.com:11211/",
    "http://" + "a" * 64 + ".example/", "http://example.com/" + "a" * 5000,
    # other schemes
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/",
    "jar:http://127.0.0.1!/", "data://text/html,x", "javascript://%0aalert(1)", "unix:///var/run/docker.sock", "ws://127.0.0.1/",
    "view-source:http://127.0.0.1/", "HTTPS+unix://127.0.0.1/", "//127.0.0.1/",
]  # fmt: skip


class Listener:
    """Two sockets, IPv4 and IPv6, on one port; ``seen`` counts who connected."""

    def __init__(self) -> None:
        self.seen = 0
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        if socket.has_ipv6:
            with contextlib.suppress(OSError):
                self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self.sockets:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    def _accept(self, one: socket.socket) -> None:
        while True:
            try:
                connection, _ = one.accept()
            except OSError:
                return
            self.seen += 1
            connection.close()

    def close(self) -> None:
        for one in self.sockets:
            one.close()


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """Also every usual port leads to the listener, and no name is asked of a real resolver."""
    made = Listener()
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: int, **options: int) -> list[object]:
        numeric = host.replace(".", "").isdigit() or ":" in host
        found = host if numeric else "127.0.0.1"  # the worst resolver: every name is this machine
        return real(found, port, *rest, **options)

    monkeypatch.setattr(ingest.fetch_url.socket, "getaddrinfo", resolve)
    connect = ingest.fetch_url.httpcore.SyncBackend.connect_tcp

    def redirected(self: object, host: str, port: int, *rest: object) -> object:
        return connect(self, "127.0.0.1", made.port, *rest)  # a connection to anywhere would be seen

    monkeypatch.setattr(ingest.fetch_url.httpcore.SyncBackend, "connect_tcp", redirected)
    yield made
    made.close()


def test_the_corpus_is_large_and_none_of_it_is_fetched(listener: Listener) -> None:
    assert len(set(CORPUS)) == len(CORPUS) >= 60
    for url, named in itertools.product(CORPUS, (frozenset(), named_hosts("wiki.example.org"))):
        with pytest.raises(IngestError):
            fetch(url.replace("{port}", str(listener.port)), named, seconds=5)
    assert listener.seen == 0


def test_the_listener_would_have_seen_a_request(listener: Listener) -> None:
    with pytest.raises(IngestError):
        fetch(f"http://127.0.0.1:{listener.port}/", named_hosts(f"127.0.0.1:{listener.port}"), seconds=5)
    assert listener.seen == 1


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("HTTPS://example.com:443/a/../b?q=书#part", "https://example.com/a/../b?q=%E4%B9%A6"),
        ("http://example.com:8080/x y".replace(" ", "%20"), "http://example.com:8080/x%20y"),
        ("https://书架.example/目录", "https://xn--1jqy03d.example/%E7%9B%AE%E5%BD%95"),
        ("https://example.com./", "https://example.com/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://[2606:4700:0:0::1]/", "http://[2606:4700::1]/"),
        ("https://my_host.example/?a=[1]&b='", "https://my_host.example/?a=[1]&b='"),
    ],
)
def test_an_address_has_one_normal_form(written: str, normal: str) -> None:
    assert target(written).url == normal
    assert target(normal).url == normal


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "223.5.5.5"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert permitted(ip_address(address), "example.com", 443)


def test_a_named_host_may_be_inside_but_no_store_of_cloud_credentials() -> None:
    named = named_hosts("wiki.corp, 10.0.0.5:8000, [fd00::7]")
    assert permitted(ip_address("10.1.2.3"), "wiki.corp", 443, named)
    assert not permitted(ip_address("10.1.2.3"), "other.corp", 443, named)
    assert not permitted(ip_address("169.254.169.254"), "wiki.corp", 80, named)
    assert not permitted(ip_address("::ffff:169.254.169.254"), "wiki.corp", 80, named)
    assert not permitted(ip_address("fe80::1"), "wiki.corp", 80, named)
    assert permitted(ip_address("fd00::7"), "fd00::7", 443, named)
    assert target("http://10.0.0.5:8000/", named).port == 8000
    assert permitted(ip_address("10.0.0.5"), "10.0.0.5", 8000, named)
    assert not permitted(ip_address("10.0.0.5"), "10.0.0.5", 80, named)  # named with another port
    with pytest.raises(UrlRefused, match="port 8001"):
        target("http://10.0.0.5:8001/", named)


@pytest.mark.parametrize("setting", ["user@host", "http://host/", "a b", "127.1", "[::1", "*"])
def test_a_setting_that_names_no_host_is_refused(setting: str) -> None:
    with pytest.raises(UrlRefused):
        named_hosts(setting)


def test_a_host_with_one_inner_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("192.168.0.1", 80))]
    monkeypatch.setattr(ingest.fetch_url.socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(UrlRefused, match=r"192\.168\.0\.1"):
        judged("two.example", 80, frozenset())


def test_addresses_that_carry_another_are_judged_by_it() -> None:
    carriers = ("::ffff:10.0.0.1", "::10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1", "2001:db8::5efe:a00:1")
    assert {str(embedded(ip_address(each))) for each in carriers} == {"10.0.0.1"}


def test_paths_are_not_taken_for_addresses() -> None:
    assert [is_url(each) for each in ("https://a.example", "HTTP://a", "file:///etc/passwd", "ftp://x")] == [
        True,
        True,
        False,
        True,
    ]
    assert not any(is_url(each) for each in ("C:/x", "C://x", "a/b", "./http:", "书/a.txt", "https:", "/a://b"))
