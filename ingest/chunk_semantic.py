"""Sections cut where the meaning changes: at the valleys of similarity between neighbouring groups of sentences.

This is TextTiling (Hearst 1997, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages", Computational
Linguistics 23(1), section 5: blocks of sentences, similarity at every gap, depth of its valleys, a cutoff by mean and
standard deviation of the depths) with the vectors of the embedder in the place of word counts. Depths are compared
within one document only, so that embedders whose cosines lie close together do as well, and so do both languages.

Sections stay apart as the recursive chunker keeps them; tables and code that fit the budget stay whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.chunking import SMALLEST, Material, Piece, pack, pieces
from ingest.types import BlockKind
from models.types import Vectors

GROUP = 3  # sentences on each side of a gap
STRONG = 1.0  # standard deviations above the mean depth: there a passage is cut even if it fits the budget
BATCH = 256  # sentences embedded at a time
PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.NOTE, BlockKind.HEADING})

Numbers = NDArray[np.float64]


def semantic_groups(material: Material) -> list[list[Piece]]:
    """The pieces of a document in groups within the budget, cut at the deepest valleys. ``material.embed`` is set."""
    parts = list(pieces(material.text, material.blocks, material.counter, material.budget, apart=PROSE))
    sections = list(pack(iter(parts), sum(piece.tokens for piece in parts) + 1, SMALLEST))
    vectors = _embedded(material, parts)
    found: list[Numbers] = []
    first = 0
    for section in sections:
        found.append(depths(similarities(vectors[first : first + len(section)], [one.tokens for one in section])))
        first += len(section)
    every = np.concatenate(found) if found else np.zeros(0)
    strong = float(every.mean() + STRONG * every.std()) if len(every) else 0.0
    groups: list[list[Piece]] = []
    for section, depth in zip(sections, found, strict=True):
        groups += _cut(section, depth, material.budget, strong)
    return groups


def _embedded(material: Material, parts: Sequence[Piece]) -> Vectors:
    assert material.embed is not None  # noqa: S101 - Chunker sees to it
    texts = [material.text[piece.start : piece.end] for piece in parts]
    batches = [material.embed(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return np.concatenate(batches) if batches else np.zeros((0, 1), np.float32)


def similarities(vectors: Vectors, tokens: Sequence[int]) -> Numbers:
    """Cosine between the groups of sentences before and after each gap: shape (n - 1,) for n sentences.

    A group's vector is the sum of its sentences', each weighted by its tokens, as TextTiling sums word counts.
    """
    weighted = vectors.astype(np.float64) * np.asarray(tokens, np.float64)[:, None]
    sums = np.vstack([np.zeros((1, weighted.shape[1])), np.cumsum(weighted, axis=0)])
    gaps = np.arange(1, len(weighted))
    before = sums[gaps] - sums[np.maximum(gaps - GROUP, 0)]
    after = sums[np.minimum(gaps + GROUP, len(weighted))] - sums[gaps]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosines: Numbers = np.einsum("ij,ij->i", before, after) / np.where(norms == 0, 1.0, norms)
    return cosines


def depths(similarity: Numbers) -> Numbers:
    """How far the similarity falls at each gap below the nearest peak on either side, both falls added up.

    The peak of a side is where climbing away from the gap first goes down again (Hearst 1997, section 5.3).
    """
    left, right = similarity.copy(), similarity.copy()
    for gap in range(1, len(similarity)):
        if similarity[gap - 1] >= similarity[gap]:
            left[gap] = left[gap - 1]
    for gap in range(len(similarity) - 2, -1, -1):
        if similarity[gap + 1] >= similarity[gap]:
            right[gap] = right[gap + 1]
    found: Numbers = left + right - 2 * similarity
    return found


def _cut(section: list[Piece], depth: Numbers, budget: int, strong: float) -> list[list[Piece]]:
    """A section cut at its deepest valley, and its parts again, until all fit and no strong valley is left."""
    spent = np.concatenate([[0], np.cumsum([piece.tokens for piece in section])])
    opened = np.array([piece.heading for piece in section])  # nothing is cut right below a heading
    smallest = min(SMALLEST, budget // 3)
    groups: list[list[Piece]] = []
    todo = [(0, len(section))]
    while todo:
        first, last = todo.pop()
        over = spent[last] - spent[first] > budget
        gaps = np.arange(first + 1, last)
        long = (spent[gaps] - spent[first] >= smallest) & (spent[last] - spent[gaps] >= smallest)
        allowed = gaps[long & ~opened[gaps - 1]]
        if over and not len(allowed):
            allowed = gaps[~opened[gaps - 1]] if not opened[first : last - 1].all() else gaps
        gap = int(allowed[np.argmax(depth[allowed - 1])]) if len(allowed) else 0
        if gap and (over or depth[gap - 1] > strong):
            todo += [(gap, last), (first, gap)]
        else:
            groups.append(section[first:last])
    return groups
