"""Errors and reasons in the reader's language. Rooms word them in English; each sentence has its Chinese twin here.

An error is raised, logged, stored and sent to programs in English. Where people read it, it is recognised by its
template: the English sentence with ``{}`` for each value, beside the Chinese one with ``{0}``, ``{1}``, … in
``errors_zh/``, a file a room. Tables of such a file:

raised   what an exception says (tests hold that none is missing)
parts    sentences that are no exception's: warnings, reasons, what stands before or behind another sentence
system   what Python, the operating system and pydantic say
within   phrases for a value alone ("page 3 has"): as a sentence they could be somebody's name
words    single words for a value

A value stays as it is, for most are names, unless the Chinese asks otherwise: ``{0:s}`` is a sentence or a phrase (one
error wrapped in another), ``{0:w}`` a word. What is not known stays as it was worded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).with_name("errors_zh")
SENTENCES = ("raised", "parts", "system")
PHRASES = ("within",)
_LONGEST = 8000  # characters: what is longer is a log, not a sentence
_LOOKS = 48  # sentences looked for in one message, so that a hostile one costs milliseconds
_SPLITS = 8  # places at which a message is taken for two
_DEEPEST = 5  # errors wrapped in errors
_PLACE = re.compile(r"(“?)\{(\d+)(:[sw])?\}")
_JOINS = (("; ", "；"), (": ", "："))


@dataclass(frozen=True, slots=True)
class Template:
    """An English sentence, cut at its values, and the Chinese one."""

    pieces: tuple[str, ...]
    chinese: str

    def values(self, message: str) -> list[str] | None:
        """What stands in the places of the values, None for another sentence. Linear, whatever the message.

        Where a value holds words of the sentence, two readings are tried, and the one whose brackets close is taken:
        ``report (1).pdf`` is a name, not a name and a reason.
        """
        first, *between = self.pieces
        if not between:
            return [] if message == first else None
        end = len(message) - len(between[-1])
        if end < len(first) or not (message.startswith(first) and message.endswith(between.pop())):
            return None
        early = _early(message, between, len(first), end)
        if early is None or all(map(_closes, early)):
            return early
        late = _late(message, between, len(first), end)
        return late if all(map(_closes, late)) else early


def _early(message: str, pieces: Sequence[str], start: int, end: int) -> list[str] | None:
    found = []
    for piece in pieces:
        at = message.find(piece, start, end)
        if at < 0:
            return None
        found.append(message[start:at])
        start = at + len(piece)
    return [*found, message[start:end]]


def _late(message: str, pieces: Sequence[str], start: int, end: int) -> list[str]:
    """As ``_early``, from the end: it finds them, for they were found from the beginning."""
    found: list[str] = []
    for piece in reversed(pieces):
        at = message.rfind(piece, start, end)
        found.insert(0, message[at + len(piece) : end])
        end = at
    return [message[start:end], *found]


def _closes(value: str) -> bool:
    """Whether every bracket of a value is closed in it."""
    return value.count("(") == value.count(")") and value.count("[") == value.count("]")


@dataclass(slots=True)
class Reading:
    """One message being put into Chinese; ``looks`` is what it may still cost."""

    looks: int = _LOOKS
    seen: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def chinese(self, text: str, depth: int = 0, tables: tuple[str, ...] = SENTENCES) -> str:
        """The sentence in Chinese, or as it was."""
        if (text, tables) not in self.seen:
            if depth > _DEEPEST or self.looks <= 0 or not text:
                return text
            self.looks -= 1
            found = self._sentence(text, depth, tables)
            self.seen[text, tables] = self._joined(text, depth, tables) if found is None else found
        return self.seen[text, tables]

    def _sentence(self, text: str, depth: int, tables: tuple[str, ...]) -> str | None:
        for template in templates(tables):
            values = template.values(text)
            if values is not None:
                return self._filled(template.chinese, values, depth)
        return None

    def _filled(self, chinese: str, values: list[str], depth: int) -> str:
        def value(place: re.Match[str]) -> str:
            quote, written = place[1], values[int(place[2])]
            if place[3] == ":w":
                return quote + table_of("words").get(written, written)
            told = self.chinese(written, depth + 1, (*SENTENCES, *PHRASES)) if place[3] else written
            return quote + (_unquoted(told) if quote else told)

        return _PLACE.sub(value, chinese)  # in one go: a value that looks like a place stays what it is

    def _joined(self, text: str, depth: int, tables: tuple[str, ...]) -> str:
        """Two sentences, or the place of a mistake and the sentence: known when one of the two is."""
        for join, chinese in _JOINS:
            at = text.find(join)
            for _ in range(_SPLITS):
                if at < 0:
                    break
                before, after = text[:at], text[at + len(join) :]
                told = self.chinese(before, depth + 1, tables), self.chinese(after, depth + 1, tables)
                if told != (before, after):
                    return chinese.join(told)
                at = text.find(join, at + 1)
        return text


def error_text(message: str, language: str) -> str:
    """An error or a reason in the reader's language; one that is not known stays as it was worded."""
    if language != "zh" or len(message) > _LONGEST:
        return message
    return _chinese(message)


@lru_cache(maxsize=1024)
def _chinese(message: str) -> str:
    return Reading().chinese(message)


def _unquoted(value: str) -> str:
    """A name without Python's quotation marks, between Chinese ones; one with escapes keeps them."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted and "\\" not in value else value


@cache
def templates(tables: tuple[str, ...] = SENTENCES) -> tuple[Template, ...]:
    """Every sentence, the one with the most words of its own first: it says most exactly what is meant."""
    pairs = {english: chinese for table in tables for english, chinese in table_of(table).items()}
    cut = [Template(tuple(english.split("{}")), chinese) for english, chinese in pairs.items()]
    return tuple(sorted(cut, key=lambda one: (-sum(map(len, one.pieces)), len(one.pieces))))


@cache
def table_of(name: str) -> dict[str, str]:
    """One table of all rooms: English → Chinese."""
    rooms = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return {english: chinese for room in rooms for english, chinese in room.get(name, {}).items()}
