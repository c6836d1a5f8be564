"""The chunkers by name, one contract: exact spans, reading order, no chunk over its budget.

    recursive   blocks whole where they fit, cut at sentence ends; sections kept apart (the default)
    balanced    as recursive, then passages between two headings made about equally long: no short rests
    section     as recursive, but every heading starts a chunk, however short the section before
    sentence    one sentence a chunk, under its headings
    fixed       windows of ``budget`` tokens, a sixth of each repeated in the next; blind to the text: the baseline

A chunker is written ``name`` or ``name:budget``; the version in a chunk's identity says which one cut it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest import chunking
from ingest.assemble import PlacedBlock
from ingest.chunking import BUDGET, Piece, pieces, to_chunk
from models.types import TokenCounter
from store.types import Chunk, Document

Cut = Callable[[Document, Sequence[PlacedBlock], TokenCounter, int], tuple[Chunk, ...]]
OVERLAP = 6  # a fixed window repeats this part of the one before: 1/6


class UnknownChunker(ValueError):
    """A chunker's name or budget that does not exist."""


@dataclass(frozen=True, slots=True)
class Chunker:
    """A way to cut and the tokens a chunk may hold. ``version`` stands in every chunk's identity."""

    name: str
    budget: int = BUDGET

    @property
    def version(self) -> str:
        """Changes whenever the same document would be cut differently."""
        return f"{_CUTS[self.name][0]}:{self.budget}"

    def __call__(self, document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter) -> tuple[Chunk, ...]:
        """The chunks of a document in reading order; ``document.text[start:end] == text`` for each."""
        return _CUTS[self.name][1](document, blocks, counter, self.budget)


def chunker(written: str, budget: int = BUDGET) -> Chunker:
    """The chunker of ``name`` or ``name:budget``. Raises UnknownChunker."""
    name, _, own = written.strip().partition(":")
    if name not in _CUTS:
        raise UnknownChunker(f"no chunker named {name!r}; there is {', '.join(_CUTS)}")
    if own and not (own.isdecimal() and 16 <= int(own) <= 480):
        raise UnknownChunker(f"{written!r}: the budget is a whole number of tokens from 16 to 480, as in {name}:220")
    return Chunker(name, int(own) if own else budget)


def _section(
    document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter, budget: int
) -> tuple[Chunk, ...]:
    version = f"{_CUTS['section'][0]}:{budget}"
    return chunking.chunk(document, blocks, counter, budget, smallest=1, version=version)


def _sentence(
    document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter, budget: int
) -> tuple[Chunk, ...]:
    groups: list[list[Piece]] = []
    for piece in pieces(document.text, blocks, counter, budget, sentences=True):
        joins = groups and groups[-1][-1].heading
        tokens = sum(one.tokens for one in groups[-1]) + piece.tokens if joins else 0
        if joins and tokens <= budget:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return to_chunk(document, groups, counter, f"{_CUTS['sentence'][0]}:{budget}")


def _fixed(document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter, budget: int) -> tuple[Chunk, ...]:
    offsets = counter.offsets(document.text)
    step = max(1, budget - budget // OVERLAP)
    groups = []
    for first in range(0, len(offsets), step):
        window = offsets[first : first + max(1, budget - 1)]  # a piece cut out may count one token more
        start, end = window[0][0], window[-1][1]
        page = next((block.page for block in blocks if block.start <= start < block.end), None)
        groups.append([Piece(start, end, len(window), (), page)])
        if first + budget - 1 >= len(offsets):
            break
    return to_chunk(document, groups, counter, f"{_CUTS['fixed'][0]}:{budget}")


def _balanced(
    document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter, budget: int
) -> tuple[Chunk, ...]:
    groups = list(chunking.pack(pieces(document.text, blocks, counter, budget), budget, chunking.SMALLEST))
    return to_chunk(document, list(chunking.level(groups, budget)), counter, f"{_CUTS['balanced'][0]}:{budget}")


_CUTS: dict[str, tuple[str, Cut]] = {
    "recursive": (chunking.VERSION, chunking.chunk),
    "balanced": ("balanced-1", _balanced),
    "section": ("section-1", _section),
    "sentence": ("sentence-1", _sentence),
    "fixed": ("fixed-1", _fixed),
}
