"""Addresses to serve at: which can only be reached from this machine, and whether one is free."""

from __future__ import annotations

import ipaddress
import os
import socket

from app.settings import SettingsError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    if host.lower() in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_free(host: str, port: int, setting: str) -> None:
    """Raise SettingsError where nothing can be served at this address; ``setting`` names the port in shujia.toml."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as probe:
            if os.name == "posix":  # as the servers do: what has just ended does not hold its port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as exc:
        raise SettingsError(
            f"nothing can be served at {host}:{port} ({exc}): end what runs there, or give another one by --port or "
            f"the setting {setting}"
        ) from exc
