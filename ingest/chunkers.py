"""The chunkers by name, one contract: exact spans, reading order, no chunk over its budget.

    recursive   blocks whole where they fit, cut at sentence ends; sections kept apart (the default)
    balanced    as recursive, then passages between two headings made about equally long: no short rests
    section     heading-aware: as recursive, but every heading starts a chunk, however short the section before
    semantic    sections cut where the meaning of neighbouring sentences differs most (ingest.chunk_semantic)
    rows        as recursive, but tables in small groups of rows, each under its header (ingest.chunk_rows)
    sentence    one sentence a chunk, under its headings (ingest.chunk_sentences)
    window      as sentence; an answer is given the sentences around it too, ``budget`` tokens together
    parent      small chunks, a quarter of the budget; an answer is given what stands around one in its section
    fixed       windows of ``budget`` tokens, a sixth of each repeated in the next; blind to the text: the baseline

A chunker is written ``name`` or ``name:budget``; the version in a chunk's identity says which one cut it. What an
answer is given around a chunk is computed when it is asked for (retrieval.surroundings): nothing is stored twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest import chunking
from ingest.assemble import PlacedBlock
from ingest.chunk_rows import row_groups
from ingest.chunk_semantic import semantic_groups
from ingest.chunk_sentences import sentence_groups
from ingest.chunking import BUDGET, SMALLEST, Embed, Material, Piece, pack, pieces, to_chunk
from models.types import TokenCounter
from store.types import Chunk, Document

Groups = Sequence[Sequence[Piece]]
Cut = Callable[[Material], Groups]
Given = Literal["chunk", "window", "parent"]
OVERLAP = 6  # a fixed window repeats this part of the one before: 1/6
CHILDREN = 4  # a child holds this part of its parent's budget: 1/4
SMALLEST_CHILD = 32  # tokens; below that a child is half a sentence


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

    @property
    def given(self) -> Given:
        """What an answer is given for a chunk that was found: itself, the sentences around it, or its parent."""
        return "window" if self.name == "window" else "parent" if self.name == "parent" else "chunk"

    def __call__(
        self, document: Document, blocks: Sequence[PlacedBlock], counter: TokenCounter, embed: Embed | None = None
    ) -> tuple[Chunk, ...]:
        """The chunks of a document in reading order; ``document.text[start:end] == text`` for each.

        ``embed`` is needed by ``semantic`` alone. Raises UnknownChunker when it is missing there.
        """
        if self.name == "semantic" and embed is None:
            raise UnknownChunker("the chunker semantic compares sentences by their vectors: give it an embedder")
        groups = _CUTS[self.name][1](Material(document.text, blocks, counter, self.budget, embed))
        return to_chunk(document, groups, counter, self.version)


def chunker(written: str, budget: int = BUDGET) -> Chunker:
    """The chunker of ``name`` or ``name:budget``. Raises UnknownChunker."""
    name, _, own = written.strip().partition(":")
    if name not in _CUTS:
        raise UnknownChunker(f"no chunker named {name!r}; there is {', '.join(_CUTS)}")
    if own and not (own.isdecimal() and 16 <= int(own) <= 480):
        raise UnknownChunker(f"{written!r}: the budget is a whole number of tokens from 16 to 480, as in {name}:220")
    return Chunker(name, int(own) if own else budget)


def _packed(material: Material, smallest: int) -> list[list[Piece]]:
    parts = pieces(material.text, material.blocks, material.counter, material.budget)
    return list(pack(parts, material.budget, smallest))


def _recursive(material: Material) -> Groups:
    return _packed(material, SMALLEST)


def _section(material: Material) -> Groups:
    return _packed(material, 1)


def _balanced(material: Material) -> Groups:
    return list(chunking.level(_packed(material, SMALLEST), material.budget))


def _children(material: Material) -> Groups:
    budget = min(material.budget, max(SMALLEST_CHILD, material.budget // CHILDREN))
    parts = pieces(material.text, material.blocks, material.counter, budget)
    return list(pack(parts, budget, 1))


def _fixed(material: Material) -> Groups:
    offsets, budget = material.counter.offsets(material.text), material.budget
    step = max(1, budget - budget // OVERLAP)
    groups = []
    for first in range(0, len(offsets), step):
        window = offsets[first : first + max(1, budget - 1)]  # a piece cut out may count one token more
        start, end = window[0][0], window[-1][1]
        page = next((block.page for block in material.blocks if block.start <= start < block.end), None)
        groups.append([Piece(start, end, len(window), (), page)])
        if first + budget - 1 >= len(offsets):
            break
    return groups


_CUTS: dict[str, tuple[str, Cut]] = {
    "recursive": (chunking.VERSION, _recursive),
    "balanced": ("balanced-1", _balanced),
    "section": ("section-1", _section),
    "semantic": ("semantic-1", semantic_groups),
    "rows": ("rows-1", row_groups),
    "sentence": ("sentence-2", sentence_groups),
    "window": ("window-1", sentence_groups),
    "parent": ("parent-1", _children),
    "fixed": ("fixed-1", _fixed),
}
NAMES = tuple(_CUTS)
