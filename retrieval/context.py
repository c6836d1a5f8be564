"""Ranked passages → the context an answer may use: within the token budget, nothing said twice, neighbours as one.

drop what falls behind → vary (both off by default) → leave copies out → join neighbours → grow (off by default)

Where the collection's chunker searches small chunks and gives larger ones, ``expand`` makes them before copies are left
out. Pure functions of the passages; texts of documents come through ``slices`` and ``section`` where they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from retrieval.diversity import above_drop, marginal
from retrieval.duplicates import similarity, without_copies
from retrieval.neighbours import Slices, grown, joined
from retrieval.surroundings import Expand, expanded
from retrieval.types import Context, Passage
from store.types import Chunk

OVERHEAD = 24  # tokens; number, title and heading path around each passage in the prompt
Section = Callable[[str], Sequence[Chunk]]
"""The chunks of a document, by its id."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a context is made of beyond the best passages; every default leaves it off.

    Args:
        drop: a passage whose score is below this share of the best one's ends the context; 0 to 1.
        relevance: the weight of relevance against variety (retrieval.diversity.marginal); 1 is relevance alone.
        parents: a passage grows by its neighbours of the same section up to so many tokens; 0 leaves it as it is.
    """

    drop: float = 0.0
    relevance: float = 1.0
    parents: int = 0


PLAIN = Shape()


def fit(
    context: Context,
    *,
    budget: int,
    most: int = 8,
    shape: Shape = PLAIN,
    slices: Slices | None = None,
    section: Section | None = None,
    expand: Expand | None = None,
) -> Context:
    """The best passages that fit ``budget`` tokens as the embedder counts them, at most ``most``, numbered from 1.

    A passage that says what another in the context says is left out: the same page in two files takes one place. With
    ``slices``, chunks that touch become one passage; with ``section`` too, passages may grow (``shape.parents``).
    A passage that does not fit ends the context, so that a worse one never takes the place of a better one; the best
    passage is always there, and a model whose context is too small for it says so itself.
    """
    ranked = above_drop(context.passages, shape.drop)
    ranked = marginal(ranked, similarity, weight=shape.relevance, count=most)
    chosen: tuple[Passage, ...] = ()
    for passage in without_copies(expanded(ranked, expand) if expand else ranked):
        more = (*chosen, passage)
        if slices is not None:
            more = joined(more, slices)
        if chosen and (len(more) > most or spent(more) > budget):
            break
        chosen = more
    if shape.parents and slices is not None and section is not None:
        chosen = _grown(chosen, budget, shape.parents, slices, section)
    numbered = tuple(replace(passage, number=number) for number, passage in enumerate(chosen, start=1))
    return replace(context, passages=numbered, tokens=spent(numbered))


def spent(passages: Sequence[Passage]) -> int:
    """The tokens that passages take in a prompt."""
    return sum(passage.chunk.tokens + OVERHEAD for passage in passages)


def _grown(
    passages: tuple[Passage, ...], budget: int, parents: int, slices: Slices, section: Section
) -> tuple[Passage, ...]:
    """Every passage grown as far as the budget goes, the best first; those that meet by it are joined."""
    grew = list(passages)
    for place, passage in enumerate(grew):
        room = passage.chunk.tokens + budget - spent(grew)
        if room > passage.chunk.tokens:
            grew[place] = grown(passage, section(passage.chunk.document_id), min(parents, room), slices)
    return joined(grew, slices)
