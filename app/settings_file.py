"""Writes a few settings into shujia.toml and leaves every other line, comment and blank as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from app.settings import SettingsError
from store.files import replace_file

Value = str | int | float | bool
_TABLE = re.compile(r"\s*\[")


def write_settings(path: Path, changes: Mapping[str, Value]) -> None:
    """Set top-level keys of a TOML file, made when it is missing.

    A line that sets a key gets the new value and keeps its comment; else a line that has it commented out
    (``# key = 1  # what it means``) becomes active; else a line is added at the end, before the first table. Raises
    SettingsError, and writes nothing, where the file is no TOML or a line could not be changed safely.
    """
    before = path.read_bytes().decode("utf-8") if path.is_file() else ""
    newline = "\r\n" if "\r\n" in before else "\n"
    lines = before.splitlines()
    for key, value in changes.items():
        _set(lines, key, value)
    after = newline.join(lines) + newline
    try:
        expected = {**tomllib.loads(before), **changes}
        found = tomllib.loads(after)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path} is not valid TOML ({exc}): mend it, then set {_listed(changes)}") from exc
    if found != expected:
        raise SettingsError(f"{path} is laid out in a way that is not safe to edit: set {_listed(changes)} by hand")
    replace_file(path, after.encode("utf-8"))


def _set(lines: list[str], key: str, value: Value) -> None:
    end = next((number for number, line in enumerate(lines) if _TABLE.match(line)), len(lines))
    for prefix in ("", r"#\s*"):
        pattern = re.compile(rf"{prefix}{re.escape(key)}\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s#]+)(\s*(?:#.*)?)")
        for number in range(end):
            match = pattern.fullmatch(lines[number])
            if match:
                lines[number] = f"{key} = {_toml(value)}{match[2]}"
                return
    lines.insert(end, f"{key} = {_toml(value)}")


def _toml(value: Value) -> str:
    """A value as TOML writes it; for these types JSON writes it the same."""
    return json.dumps(value, ensure_ascii=False)


def _listed(changes: Mapping[str, Value]) -> str:
    return ", ".join(f"{key} = {_toml(value)}" for key, value in changes.items())
