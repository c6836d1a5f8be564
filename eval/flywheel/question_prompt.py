"""A passage → the messages that ask for a question about it, and the reply → question and answer."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from generation.prompt import neutral
from models.types import Message
from store.language import Language
from store.types import Chunk, Span

_MOST_LINES = 8  # of a reply; what a model adds behind question and answer is not read


@dataclass(frozen=True, slots=True)
class Wording:
    """What a language's prompt file says; ``pointing`` are words that point at the passage instead of naming a thing.

    ``strangers`` are invented names for questions that the library cannot answer, ``elsewhere`` sets such a question in
    a place of that name.
    """

    system: str
    open: str
    close: str
    about: str
    question: str
    answer: str
    elsewhere: str
    pointing: tuple[str, ...]
    strangers: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote: a question, and its answer in the words of the passage."""

    question: str
    answer: str


def build(title: str, chunk: Chunk, sentence: Span, language: Language) -> tuple[Message, ...]:
    """The messages for one sentence: rules, worked examples, the passage under its title and headings, the sentence.

    ``sentence`` is characters of the chunk's text; a small model that may choose asks about a heading or a worked
    example. Everything before the passage is the same for a language, so a runtime that keeps the prefix reads it once.
    """
    words = wording(language)
    turns = [Message("system", words.system)]
    for asked, replied in words.examples:
        turns += [Message("user", asked), Message("assistant", replied)]
    headings = [heading for heading in chunk.headings[-2:] if heading != title]
    where = " › ".join(neutral(" ".join(part.split())) for part in (title, *headings) if part)
    asked = " ".join(neutral(chunk.text[sentence.start : sentence.end]).split())
    return (*turns, Message("user", _turn(where, neutral(chunk.text.strip()), asked, words)))


def parse(reply: str, language: Language) -> Draft | None:
    """Question and answer of a reply; None when one of the two is missing."""
    found: dict[str, str] = {}
    for line in reply.strip().split("\n")[:_MOST_LINES]:
        match = re.match(r"[\s*#>-]*(问题|答案|問題|question|answer)\**\s*[:：]\**\s*(.+)", line, re.IGNORECASE)
        if match:
            kind = "question" if match[1].lower() in ("问题", "問題", "question") else "answer"
            found.setdefault(kind, match[2].strip().strip("*").strip())
    if not found.get("question") or not found.get("answer"):
        return None
    return Draft(found["question"], _bare(found["answer"]))


@lru_cache(maxsize=2)
def wording(language: Language) -> Wording:
    """The prompt file of a language."""
    data: dict[str, Any] = tomllib.loads(_source(language))
    bare = {key: data[key] for key in ("system", "open", "close", "about", "question", "answer", "elsewhere")}
    words = Wording(**bare, pointing=tuple(data["pointing"]), strangers=tuple(data["strangers"]), examples=())
    examples = tuple(
        (
            _turn(one["title"], one["passage"], one["sentence"], words),
            f"{words.question} {one['asked']}\n{words.answer} {one['answered']}".replace("： ", "："),
        )
        for one in data["examples"]
    )
    return Wording(**bare, pointing=words.pointing, strangers=words.strangers, examples=examples)


def prompt_hash() -> str:
    """A hash of both prompt files: another prompt is another test set."""
    return hashlib.sha256("".join(_source(language) for language in ("zh", "en")).encode()).hexdigest()[:16]


def _source(language: str) -> str:
    return (files("eval") / "flywheel" / "prompts" / f"{language}.toml").read_text("utf-8")


def _turn(title: str, text: str, sentence: str, words: Wording) -> str:
    return f"{words.open}\n{title}\n{text}\n{words.close}\n{words.about}{sentence}"


def _bare(answer: str) -> str:
    """Without the quotation marks and the full stop that a model sets around an excerpt."""
    return answer.strip(" \t“”\"'「」。.")
