"""Text as it is compared, with the way back: which character of the original every folded character came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.analyzer import fold
from store.types import Span


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` is folded; ``places[i]`` is the position in the original of the character that gave ``text[i]``."""

    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """The characters of the original behind ``text[start:end]``; whole ones, even where one gave several."""
        return Span(self.places[start], self.places[end - 1] + 1) if start < end else Span(0, 0)


@lru_cache(maxsize=256)  # labels of one document are looked for one after the other
def folded(text: str, *, blanks: bool = True) -> Folded:
    """``text`` in the analyzer's form (NFKC, lower case, Simplified), character by character; ``blanks`` kept or not.

    Unlike ``store.analyzer.fold`` it leaves ``1,000`` alone and never looks at more than one character, so that each
    can be found again; a Traditional character whose Simplified form depends on its word takes the usual one.
    """
    kept: Sequence[int] = range(len(text)) if blanks else [at for at, one in enumerate(text) if not one.isspace()]
    pieces = [_fold(text[at]) for at in kept]
    joined = "".join(pieces)
    if len(joined) == len(kept):
        return Folded(joined, kept)
    return Folded(joined, [at for at, piece in zip(kept, pieces, strict=True) for _ in piece])


@lru_cache(maxsize=32_768)
def _fold(character: str) -> str:
    return fold(character) or character
