"""The settings: shujia.toml, then SHUJIA_* variables, then the command line; each overrides the one before."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from app.settings_fields import Fields

CONFIG_FILE = "shujia.toml"
PREFIX = "SHUJIA_"
_NOT_SETTINGS = frozenset({"SHUJIA_CONFIG"})  # variables of ours that name no setting


class SettingsError(ValueError):
    """A setting that is unknown or has an impossible value; the message names it and what would be right."""


class Settings(Fields):
    """Every setting with its default. Frozen: one run, one configuration."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    @property
    def follows_reader(self) -> bool:
        """Whether a report opens in the language of its reader's browser: nobody has set one."""
        return self.language == "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, file


def config_file() -> Path | None:
    """The settings file in use: SHUJIA_CONFIG, else shujia.toml of the current folder, None without either."""
    named = os.environ.get("SHUJIA_CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"SHUJIA_CONFIG names {named}, which is no file")
    path = Path(named) if named else Path(CONFIG_FILE)
    return path if path.is_file() else None


def load(**overrides: Any) -> Settings:
    """The effective settings; overrides that are None are left out.

    Raises SettingsError for an unknown key, naming the nearest valid one, and for a value out of range.
    """
    from app.settings_names import check_names  # it knows this module's errors

    unknown = [name for name in os.environ if name.startswith(PREFIX) and name not in _NOT_SETTINGS]
    unknown = [name for name in unknown if name.removeprefix(PREFIX).lower() not in Settings.model_fields]
    if unknown:
        raise SettingsError(_unknown(unknown[0], unknown[0].removeprefix(PREFIX).lower(), PREFIX))
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as exc:
        raise SettingsError("; ".join(_sentence(error) for error in exc.errors())) from None
    except ValueError as exc:  # the file is no TOML
        raise SettingsError(f"{config_file()}: {exc}") from exc
    check_names(settings)
    if settings.embedder.startswith("langchain:") and not _meant(overrides):
        raise SettingsError(
            "a shujia.toml that lies in the current folder may not name code (embedder = 'langchain:…'): say it by "
            "SHUJIA_EMBEDDER, or name the file by SHUJIA_CONFIG"
        )
    return settings


def _meant(overrides: Mapping[str, Any]) -> bool:
    """Whether the embedder was named by the caller, a variable, or a file that a variable names."""
    said = overrides.get("embedder") or os.environ.get(f"{PREFIX}EMBEDDER") or os.environ.get("SHUJIA_CONFIG")
    return bool(said)


def effective(settings: Settings) -> dict[str, Any]:
    """Every setting as plain JSON values; secrets as stars."""
    return settings.model_dump(mode="json")


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return _unknown(name, name, "")
    shown = "…" if name in ("model_key", "catalogue") else repr(error["input"])
    return f"{name} = {shown}: {error['msg'].lower()}"


def _unknown(shown: str, name: str, prefix: str) -> str:
    near = difflib.get_close_matches(name, list(Settings.model_fields), n=1, cutoff=0.0)[0]
    near = f"{prefix}{near.upper()}" if prefix else near
    return f"unknown setting {shown!r}; did you mean {near!r}? All of them: shujia settings"
