"""A step's messages for the chat model: rules, worked examples, and the question as data in the last turn."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from models.types import Message
from store.language import Language

# What ends or begins a turn in some chat template: broken up, so that no text can speak as another role.
_CONTROL = re.compile(r"<(?=\s*\|)|(?<=\|)\s*>|\[(?=/?INST\])|<(?=\s*/?\s*(?:bos|eos|think|(?:start|end)_of_turn)\s*>)")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One step in one language; ``prefix`` opens every prompt of the step, so a runtime's cache reads it once."""

    prefix: tuple[Message, ...]
    turn: str
    user: str
    assistant: str
    key: str

    def messages(self, question: str, history: Sequence[str] = ()) -> tuple[Message, ...]:
        """The prefix and one user turn; ``history`` are lines that ``line`` made."""
        return (*self.prefix, Message("user", _filled(self.turn, question, history)))

    def line(self, message: Message, most: int) -> str:
        """A turn of the conversation on one line, ``most`` characters at most."""
        said = _plain(message.content)
        said = said if len(said) <= most else f"{said[:most].rstrip()}…"
        return f"{self.user if message.role == 'user' else self.assistant}{said}"


@lru_cache(maxsize=16)
def prompt(step: str, language: Language) -> Prompt:
    """The prompt of a step for questions in that language; its key changes with every change of the file."""
    data = _table(language)[step]
    turns = [Message("system", data["system"])]
    user, assistant = data.get("user", ""), data.get("assistant", "")
    for one in data["examples"]:
        said = [f"{assistant if place % 2 else user}{turn}" for place, turn in enumerate(one.get("history", ()))]
        turns += [Message("user", _filled(data["turn"], one["question"], said)), Message("assistant", one["reply"])]
    text = "\0".join(f"{turn.role}:{turn.content}" for turn in turns) + data["turn"]
    return Prompt(tuple(turns), data["turn"], user, assistant, hashlib.sha256(text.encode()).hexdigest()[:16])


@lru_cache(maxsize=2)
def _table(language: Language) -> Mapping[str, Any]:
    return tomllib.loads((files("retrieval") / "rewrite" / "prompts" / f"{language}.toml").read_text("utf-8"))


def _filled(turn: str, question: str, history: Sequence[str]) -> str:
    # Not str.format: braces in a question are data.
    head, _, tail = turn.partition("{question}")
    return "".join((head.replace("{history}", "\n".join(history)), _plain(question), tail))


def _plain(text: str) -> str:
    """One line, and without the power to act."""
    return _CONTROL.sub("‹", " ".join(text.split()))
