"""Starts Streamlit on the page, so that the installed copy and the running copy cannot differ."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.server_address import is_loopback
from app.settings import PREFIX, Settings, SettingsError

ENTRY = Path(__file__).with_name("main.py")
GATED = Path(__file__).with_name("page_entry.py")  # the same behind a form for name and password
MAX_UPLOAD_MB = 256


def serve(settings: Settings) -> int:
    """Run the page until it ends; returns its exit code.

    Where the system can, this process becomes the page, so that a signal to it reaches the page itself. Raises
    SettingsError for an address that others can reach while nobody has to sign in.
    """
    check(settings)
    if os.name == "posix":
        os.execve(sys.executable, command(settings), environment(settings))  # noqa: S606 - no shell is wanted
    try:
        return subprocess.call(command(settings), env=environment(settings))
    except KeyboardInterrupt:
        return 0


def check(settings: Settings) -> None:
    """Raise SettingsError where strangers could reach a page that asks nobody to sign in, or where nobody could."""
    if settings.login == "none" and not settings.behind_proxy and not is_loopback(settings.host):
        raise SettingsError(
            f"host = {settings.host!r} can be reached from other machines, and nobody has to sign in: set login to "
            "password or oidc, or behind_proxy = true where a proxy asks for a login; else serve on 127.0.0.1"
        )
    if settings.login == "oidc":
        from app.oidc_setup import check_oidc

        check_oidc()


def command(settings: Settings) -> list[str]:
    """The Streamlit command line: this machine only, nothing reported to anyone, no file watching."""
    options = {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MAX_UPLOAD_MB,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(GATED if settings.login == "password" else ENTRY), *flags]


def environment(settings: Settings) -> dict[str, str]:
    """The variables by which the page sees the same library as the command that started it."""
    return {**os.environ, f"{PREFIX}LIBRARY": str(settings.library)}
