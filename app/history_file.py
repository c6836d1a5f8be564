"""Reads the turns before a question from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, cast

from app.settings import SettingsError
from models.types import Message
from retrieval.rewrite.conversation import conversation


def read_history(path: Path) -> tuple[Message, ...]:
    """The messages of a JSON file, oldest first.

    Either ``[{"role": "user", "content": "…"}, …]``, as chat programs write it, or a list of texts, question and answer
    by turns, the last one an answer. Raises SettingsError, naming the file.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise SettingsError(f"{path} cannot be read as a conversation: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise SettingsError(f"{path} is not JSON in UTF-8: {exc}") from exc
    if isinstance(data, list) and all(isinstance(each, str) for each in data):
        return conversation(data)
    if isinstance(data, list) and all(_is_message(each) for each in data):
        return tuple(Message(_role(each["role"]), each["content"]) for each in data)
    raise SettingsError(
        f'{path} is no conversation: write a list of {{"role": "user" or "assistant", "content": "…"}}, or of texts'
    )


def _is_message(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and each.get("role") in ("system", "user", "assistant")
        and isinstance(each.get("content"), str)
    )


def _role(name: str) -> Literal["system", "user", "assistant"]:
    return cast('Literal["system", "user", "assistant"]', name)
