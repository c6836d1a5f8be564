"""Which web addresses may be fetched: a pure guard against addresses inside the own network (no network in here).

``target`` takes an address apart, by one strict parser whose parts are what is connected to, so that no second parser
can read it otherwise. ``permitted`` judges each IP address that the host's name resolves to; it is asked again at
every redirect, and the connection goes to the address that was judged (``ingest.fetch_url``).

Ranges: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890), multicast (RFC 5771), transition
mechanisms that carry an IPv4 address (RFC 4291, 3056, 4380, 6052), and the platform address 168.63.129.16 of Azure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import quote

from ingest.errors import IngestError

LONGEST = 4096  # characters
PORTS = frozenset({80, 443, 8080, 8443})
_DEFAULT = {"http": 80, "https": 443}
_IS_URL = re.compile(r"(?i)[a-z][a-z0-9+.-]*:/{1,2}(?=[^/\\])")
_URL = re.compile(
    r"(?is)(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?\Z"
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?\Z")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_INTERNAL_4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
_GLOBAL_6 = IPv6Network("2000::/3")  # the only range of IPv6 in which public addresses are given out
_INTERNAL_6 = tuple(
    IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = IPv6Network("64:ff9b::/96")
# What even a named host may not be: cloud metadata (link-local), broadcast, "this network", not given out.
_NEVER_4 = tuple(
    IPv4Network(one) for one in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32")
)
_NEVER_6 = tuple(IPv6Network(one) for one in ("::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128"))

Address = IPv4Address | IPv6Address


class UrlRefused(IngestError):
    """An address that is not fetched; the message says why and what could be done."""

    code = "address"


@dataclass(frozen=True, slots=True)
class Target:
    """A web address in its parts.

    ``host`` is ASCII and lower case, an IPv6 address without brackets; ``path`` has the query with it.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in its normal form: under this name its document stands in the library."""
        return f"{self.scheme}://{self.authority}{self.path}"


def is_url(text: str) -> bool:
    """Whether ``text`` is meant as a web address and not as a path (``C:/x`` is a path)."""
    found = _IS_URL.match(text)
    return found is not None and len(text[: found.end()].split(":", 1)[0]) > 1


def named_hosts(setting: str) -> frozenset[str]:
    """The hosts of the setting ``url_hosts``: names or addresses, each with a port or without, between commas.

    Raises UrlRefused for one that is no host.
    """
    hosts = set()
    for one in filter(None, (part.strip() for part in setting.split(","))):
        found = _AUTHORITY.match(one)
        if found is None or not found["host"]:
            raise UrlRefused(f"url_hosts: {one!r} is no host, such as wiki.example.org or 10.0.0.5:8000")
        host = _host(found["host"], one)
        hosts.add(f"{host}|{int(found['port'])}" if found["port"] else host)
    return frozenset(hosts)


def target(url: str, named: frozenset[str] = frozenset(), *, any_port: bool = False) -> Target:
    """The parts of a web address. Raises UrlRefused for what is not http(s), hides a host, or uses an unusual port.

    Args:
        url: the address; letters beyond ASCII are allowed in its host (IDNA, UTS 46) and path.
        named: hosts that may be internal and may use any port they are named with; see ``named_hosts``.
        any_port: for a name that is looked up in the library and not fetched.
    """
    if len(url) > LONGEST:
        raise UrlRefused(f"the address has {len(url)} characters, {LONGEST} are the most")
    if _FORBIDDEN.search(url):
        raise UrlRefused("the address holds a blank, a backslash or a character that cannot be seen")
    found = _URL.match(url)
    if found is None:
        raise UrlRefused("this is no web address: https://host/path is expected")
    scheme = found["scheme"].lower()
    if scheme not in _DEFAULT:
        raise UrlRefused(f"only http and https addresses are fetched, not {scheme}")
    if "@" in found["authority"]:
        raise UrlRefused("an address with a user name or password (…@host) is not fetched")
    parts = _AUTHORITY.match(found["authority"])
    if parts is None or not parts["host"]:
        raise UrlRefused("the address names no host, or a port that is no number")
    host = _host(parts["host"], parts["host"])
    port = int(parts["port"]) if parts["port"] else _DEFAULT[scheme]
    if not any_port and port not in PORTS and f"{host}|{port}" not in named:
        raise UrlRefused(f'port {port} is not used for web pages; to allow it: url_hosts = "{host}:{port}"')
    path = quote(found["path"] or "/", safe="/:@!$&'()*+,;=~-._%") + quote(
        found["query"] or "", safe="?/:@!$&'()*+,;=~-._%[]"
    )
    return Target(scheme, host, port, path)


def permitted(address: Address, host: str, port: int, named: frozenset[str] = frozenset()) -> bool:
    """Whether an IP address may be connected to for ``host``: public ones, and inner ones of hosts that are named.

    A host that is named by its address may be any; one named by its name may be no link-local address, because that is
    where clouds keep credentials, and no broadcast or unspecified one.
    """
    inner = embedded(address)
    if not named.isdisjoint({host, f"{host}|{port}"}):
        if host == str(address):
            return True
        never = _NEVER_4 if isinstance(inner, IPv4Address) else _NEVER_6
        return not any(inner in network for network in never)
    if isinstance(inner, IPv4Address):
        if isinstance(address, IPv6Address) and address not in _NAT64:
            return False  # mapped, 6to4, …: nobody publishes a page under one
        return not any(inner in network for network in _INTERNAL_4)
    return inner in _GLOBAL_6 and not any(inner in network for network in _INTERNAL_6)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, compatible, 6to4, NAT64, ISATAP), else itself."""
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    if address.sixtofour is not None:
        return address.sixtofour
    low = IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in _NAT64 or (number >> 32 == 0 and number > 1):
        return low
    if (number >> 32) & 0xFCFFFFFF == 0x5EFE:
        return low
    return address


def _host(written: str, shown: str) -> str:
    """A host in its one form. Raises UrlRefused."""
    if written.startswith("["):
        try:
            return str(IPv6Address(written[1:-1].replace("%", "no zone")))
        except ValueError:
            raise UrlRefused(f"{shown[:80]!r} is no IPv6 address") from None
    host = (_ascii(written) if not written.isascii() else written).lower()
    host = host.removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise UrlRefused(f"{shown[:80]!r} is no name of a host")
    if _NUMBER.match(labels[-1]):  # whatever ends in a number is an IPv4 address to some parser
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise UrlRefused(f"{shown[:80]!r}: write an address as four decimal numbers, 192.0.2.1") from None
    return host


def _ascii(host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        raise UrlRefused(f"{host[:80]!r} is no international name of a host") from None
