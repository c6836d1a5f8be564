"""Which passages of a library questions are written about: spread over documents and languages, fixed by a seed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from generation.sentences import split
from generation.terms import facts
from store.language import Language, written_in
from store.reading import Reader
from store.types import Chunk, Span

SHORTEST: dict[Language, int] = {"zh": 40, "en": 30}
"""Han characters (zh) or words (en) that a passage needs, to have something to ask about."""
_SENTENCE: dict[Language, tuple[int, int]] = {"zh": (12, 120), "en": (7, 60)}  # Han characters, words
_UNIT: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "en": re.compile(r"[A-Za-z]{2,}"),
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A passage, the sentence to ask about (characters of the passage), the document's title and the language."""

    chunk: Chunk
    sentence: Span
    title: str
    language: Language


def sample(read: Reader, language: Language, seed: int) -> Iterator[Sampled]:
    """Every fit passage of a language, in an order fixed by ``seed``: one of each document in turn.

    So the first n passages are spread over as many documents as there are. Documents are read when their turn comes.
    """
    cards = [card for card in read.cards() if card.chunks]
    Random(f"{seed}:{language}").shuffle(cards)
    shelves: dict[str, list[tuple[Chunk, Span]]] = {}
    for turn in count():
        left = False
        for card in cards:
            if card.id not in shelves:
                random = Random(f"{seed}:{card.id}")
                fit = [chunk for chunk in read.chunks(card.id) if _fits(chunk, language)]
                chosen = [(chunk, _sentence(chunk, language, random)) for chunk in fit]
                shelves[card.id] = [(chunk, sentence) for chunk, sentence in chosen if sentence]
                random.shuffle(shelves[card.id])
            if turn < len(shelves[card.id]):
                left = True
                yield Sampled(*shelves[card.id][turn], card.title, language)
        if not left:
            return


def _fits(chunk: Chunk, language: Language) -> bool:
    """Prose of the language; a table gives questions that only its layout answers."""
    rows = sum(" | " in line for line in chunk.text.split("\n"))
    prose = 2 * rows <= len(chunk.text.split("\n"))
    return (
        prose and written_in(chunk.text) == language and len(_UNIT[language].findall(chunk.text)) >= SHORTEST[language]
    )


def _sentence(chunk: Chunk, language: Language, random: Random) -> Span | None:
    """A sentence that states something: one with a number, date or name where there is one, else any of fit length."""
    low, high = _SENTENCE[language]
    all_of_them = [(span, chunk.text[span.start : span.end]) for span in split(chunk.text)]
    spans = [
        span
        for span, text in all_of_them
        if low <= len(_UNIT[language].findall(text)) <= high and not text.endswith(("?", "？", ":", "："))
    ]
    stated = [facts(chunk.text[span.start : span.end]) for span in spans]
    telling = [span for span, found in zip(spans, stated, strict=True) if found.numbers or found.dates or found.names]
    return random.choice(telling or spans) if spans else None
