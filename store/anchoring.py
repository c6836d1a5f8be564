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


def most_similar(quote: str, text: str, *, cutoff: float = ALIKE) -> Similar | None:
    """The stretch of ``text`` that is most like ``quote``; None where the likeness is below ``cutoff``.

    The likeness is the Indel similarity of the best window of the quote's length (rapidfuzz, partial_ratio).
    """
    found = fuzz.partial_ratio_alignment(quote, text, score_cutoff=cutoff)
    if found is None or found.dest_end <= found.dest_start:
        return None
    return Similar(Span(found.dest_start, found.dest_end), found.score)


def places_of(quote: str, text: str) -> list[Span]:
    """Where a reader's quote stands in ``text``: the same words wherever they are, else the place that is most like it.

    Full-width and half-width forms, Traditional and Simplified characters, case and blanks make no difference. Empty
    when nothing is alike enough (``ALIKE``; below ``SHORTEST`` characters only the same words count).
    """
    wanted, whole = folded(quote, blanks=False).text, folded(text, blanks=False)
    if not wanted:
        return []
    exact = [whole.span(at.start(), at.end()) for at in re.finditer(re.escape(wanted), whole.text)]
    if exact or len(wanted) < SHORTEST:
        return exact
    similar = most_similar(wanted, whole.text)
    return [whole.span(similar.span.start, similar.span.end)] if similar else []


def nearest(quote: str, text: str) -> Similar | None:
    """What of ``text`` comes nearest to ``quote``, however far; None when either holds no word."""
    wanted, whole = folded(quote, blanks=False).text, folded(text, blanks=False)
    similar = most_similar(wanted, whole.text, cutoff=0.0) if wanted and whole.text else None
    if similar is None:
        return None
    return Similar(whole.span(similar.span.start, similar.span.end), similar.likeness)
