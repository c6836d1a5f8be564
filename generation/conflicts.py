"""Two sources that say the same with another number or date: shown side by side instead of choosing one silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generation.evidence import Evidence, Line, prepare
from generation.quantities import Number, has_date, has_number
from generation.sentences import texts
from generation.terms import Facts, content, coverage, facts, squeeze
from retrieval.types import Passage

SAME = 0.7
"""Share of a sentence's words that a sentence of another source must have to speak of the same thing."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the answer says of passage ``number``, and what passage ``other`` has instead, as both are written."""

    number: int
    said: str
    other: int
    instead: str


def conflicts(stated: Sequence[tuple[str, int]], passages: Sequence[Passage]) -> tuple[Conflict, ...]:
    """Other passages that have another number or date where a sentence of the answer has its own.

    Args:
        stated: sentences of the answer, each with the number of the passage that supports it.
        passages: the whole context.

    Returns:
        One conflict for a pair of passages, in the order of the sentences.
    """
    evidence = [prepare(passage) for passage in passages]
    found: dict[tuple[int, int], Conflict] = {}
    for text, number in stated:
        for sentence in texts(text):
            claim = facts(sentence)
            if not claim.numbers and not claim.dates:
                continue
            for other in evidence:
                key = (number, other.passage.number)
                if number == other.passage.number or key in found:
                    continue
                line = _differing(sentence, claim, other)
                if line is not None:
                    span = line.span
                    instead = " ".join(other.passage.chunk.text[span.start : span.end].split())
                    found[key] = Conflict(number, sentence, other.passage.number, instead)
    return tuple(found.values())


def _differing(sentence: str, claim: Facts, other: Evidence) -> Line | None:
    """The sentence of a passage that says the same but for the numbers, None where it has none."""
    words = content(sentence)
    best = max(other.lines, key=lambda line: coverage(words, line.words), default=None)
    if best is None or len(words) < 3 or coverage(words, best.words) < SAME:
        return None
    if not all(squeeze(name) in other.squeezed for name in claim.names):
        return None
    for number in claim.numbers:
        if not _has(number, other) and _rivals(number, best):
            return best
    for date in claim.dates:
        rivals = [d for d in best.stated.dates if (d.day is None) == (date.day is None)]
        if rivals and not any(has_date(date, line.stated) for line in other.lines):
            return best
    return None


def _rivals(number: Number, line: Line) -> list[Number]:
    """Numbers of the same unit, or as bare and as long: 30 days against 45 days, 1998 against 2001."""
    same = [n for n in line.stated.numbers if n.unit == number.unit and n.value != number.value]
    return [n for n in same if number.unit or (len(n.value) == len(number.value) and len(n.value) >= 3)]


def _has(number: Number, other: Evidence) -> bool:
    return has_number(number, other.head) or any(has_number(number, line.stated) for line in other.lines)
