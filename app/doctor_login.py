"""Doctor's look at the sign-in: who could reach the page, who could administer it, whether OIDC can work."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from app.catalogue_place import catalogue_place
from app.doctor import Check, Finding, bad, ok, warn
from app.server_address import is_loopback
from app.settings import Settings, SettingsError


def check_login(settings: Settings) -> Iterator[Finding]:
    """Whether strangers are kept out, and whether those who should come in can."""
    if settings.login == "none":
        if is_loopback(settings.host) or settings.behind_proxy:
            yield ok("login", "login_none")
        else:
            yield bad("login", "login_open", "login_open", host=settings.host)
        return
    found = [*_administrators(settings), *(_oidc() if settings.login == "oidc" else ())]
    yield from found or (ok("login", "login", login=settings.login),)


def _administrators(settings: Settings) -> Iterator[Finding]:
    """Nothing where somebody can administer the library. One that is not there yet is not made."""
    from store.catalogue import Catalogue
    from store.errors import LibraryUnusable
    from store.people import People

    place = catalogue_place(settings)
    if not isinstance(place, Path) or place.exists():
        try:
            catalogue = Catalogue(place)
        except LibraryUnusable:
            return  # the next check tells it
        try:
            if any(one.admin and one.disabled_at is None for one in People(catalogue.engine).all()):
                return
        finally:
            catalogue.close()
    yield bad("login", "login_nobody", "login_nobody", login=settings.login)


def _oidc() -> Iterator[Finding]:
    from app.oidc_setup import check_oidc

    try:
        files = check_oidc()
    except SettingsError as exc:
        yield bad("oidc", "oidc", "oidc", error=exc)
        return
    for file in files:
        if os.name != "nt" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield warn("oidc", "settings_open", "oidc_open", file=file)


LOGIN: tuple[Check, ...] = (check_login,)
