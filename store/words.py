"""The words of a text as a reader sees them, each with the search terms it gives.

The terms (``store.analyzer``) are stems, folded characters and pairs of characters; an explanation shows the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from store.analyzer import UNSPACED, analyze
from store.folded import Folded, folded

# A run of Chinese, or of anything else between blanks and punctuation; 1,000 and GB/T5972 are one word.
_RUN = re.compile(
    rf"[{UNSPACED}]+|\d+(?:,\d{{3}})+(?!\d)|[^\W_{UNSPACED}]+(?:[-_./&'’:]+[^\W_{UNSPACED}]+)*(?:\+\+|#)?"
)
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as it is written, where (``start`` to ``end`` of the text), and the terms it gives."""

    text: str
    start: int
    end: int
    terms: tuple[str, ...]


def words(text: str) -> list[Word]:
    """The words of ``text`` in reading order; those that give no term (the, of) are left out."""
    whole = folded(text)
    found = []
    for start, end in _pieces(whole):
        span = whole.span(start, end)
        terms = _terms(whole.text[start:end])
        if terms:
            found.append(Word(text[span.start : span.end], span.start, span.end, terms))
    return found


@lru_cache(maxsize=16_384)
def _terms(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(analyze(word)))


def _pieces(whole: Folded) -> Iterator[tuple[int, int]]:
    import rjieba

    for match in _RUN.finditer(whole.text):
        run, start = match.group(), match.start()
        if not _UNSPACED_RUN.fullmatch(run):
            yield start, match.end()
            continue
        for word in rjieba.cut(run):
            yield start, start + len(word)
            start += len(word)
