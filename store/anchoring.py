"""Where a quote stands in a text: exactly, its blanks aside, or in words that are much the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from store.folded import folded
from store.types import Span

ALIKE = 80.0  # rapidfuzz's partial ratio, 0..100, from which an edited sentence still counts as the quoted one
SHORTEST = 12  # characters; a shorter quote is only found exactly: nearly every text holds something like it


@dataclass(frozen=True, slots=True)
class Similar:
    """The stretch of a text that is most like a quote; ``likeness`` is rapidfuzz's partial ratio, 0 to 100."""

    span: Span
    likeness: float


def occurrences(quote: str, text: str) -> list[Span]:
    """Every place where the words of ``quote`` stand, in order; blanks and line breaks may differ."""
    pattern = r"\s*".join(re.escape(character) for character in quote if not character.isspace())
    return [Span(*match.span()) for match in re.finditer(pattern, text)] if pattern else []


def same_words(quote: str, text: str) -> list[Span]:
    """Every place where the words of ``quote`` stand, whatever script, width, case or blanks they are written in."""
    wanted, whole = folded(quote, blanks=False).text, folded(text, blanks=False)
    return [whole.span(at.start(), at.end()) for at in re.finditer(re.escape(wanted), whole.text)] if wanted else []


def alike(quote: str, text: str) -> Similar | None:
    """What of ``text`` is most like ``quote``; None where that is not enough (``ALIKE``), or the quote too short."""
    if len(folded(quote, blanks=False).text) < SHORTEST:
        return None
    return nearest(quote, text, cutoff=ALIKE)


def nearest(quote: str, text: str, *, cutoff: float = 0.0) -> Similar | None:
    """What of ``text`` comes nearest to ``quote``; None below ``cutoff``, or when either holds no word.

    The likeness is the Indel similarity of the best window of the quote's length (rapidfuzz, partial_ratio), compared
    without regard to script, width, case and blanks.
    """
    wanted, whole = folded(quote, blanks=False).text, folded(text, blanks=False)
    if not wanted or not whole.text:
        return None
    found = fuzz.partial_ratio_alignment(wanted, whole.text, score_cutoff=cutoff)
    if found is None or found.dest_end <= found.dest_start:
        return None
    return Similar(whole.span(found.dest_start, found.dest_end), found.score)


def places_of(quote: str, text: str) -> list[Span]:
    """Where a reader's quote stands in ``text``: the same words wherever they are, else the place that is most like it.

    Empty when nothing is alike enough.
    """
    exact = same_words(quote, text)
    similar = None if exact else alike(quote, text)
    return [similar.span] if similar else exact
