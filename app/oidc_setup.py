"""Whether a sign-in by OIDC can work: the package that Streamlit needs, and what its secrets.toml must say.

Streamlit itself looks at this when somebody presses the button; here it is looked at before the page starts.
"""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.settings import SettingsError

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST = 32  # characters of cookie_secret: who guesses it signs in as anybody
_BACK = "/oauth2callback"  # the path that Streamlit serves


def check_oidc() -> tuple[Path, ...]:
    """The files that the provider is read from. Raises SettingsError with what is missing and where to put it."""
    if importlib.util.find_spec("authlib") is None:
        raise SettingsError("login = oidc needs the package authlib: pip install '.[oidc]' in Shujia's folder")
    files = _files()
    there = tuple(file for file in files if file.is_file())
    if not there:
        raise SettingsError(
            f"login = oidc reads the provider from .streamlit/secrets.toml, and none of {', '.join(map(str, files))} "
            "is there: docs/security.md shows what to write"
        )
    told = _told(there)
    missing = [key for key in NEEDED if not str(told.get(key) or "")]
    if missing:
        raise SettingsError(f"[auth] in {there[-1]} lacks {', '.join(missing)}: docs/security.md shows what to write")
    if len(str(told["cookie_secret"])) < SHORTEST:
        raise SettingsError(
            f"cookie_secret in {there[-1]} is shorter than {SHORTEST} characters, and who guesses it signs in as "
            'anybody: write the output of python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    if not str(told["redirect_uri"]).endswith(_BACK):
        raise SettingsError(
            f"redirect_uri in {there[-1]} is {told['redirect_uri']}, and must be the page's address followed by {_BACK}"
        )
    return there


def _files() -> tuple[Path, ...]:
    """Where Streamlit looks; what stands in a later file takes the place of an earlier one's."""
    from streamlit import config

    return tuple(Path(str(each)) for each in config.get_option("secrets.files"))


def _told(files: tuple[Path, ...]) -> Mapping[str, Any]:
    """The section [auth]. Raises SettingsError for a file that is no TOML."""
    told: dict[str, Any] = {}
    for file in files:
        try:
            told |= tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise SettingsError(f"{file} cannot be read as TOML: {exc}") from exc
    section = told.get("auth")
    return section if isinstance(section, dict) else {}
