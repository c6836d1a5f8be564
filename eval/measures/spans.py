"""Passages against gold spans: measures that any chunker can be compared by, because labels are anchored to text.

The token measures follow the idea of Smith & Troynikov 2024, "Evaluating Chunking Strategies for Retrieval" (Chroma
technical report): what share of the gold text was retrieved, and how much else was retrieved with it; here both within
the same number of tokens, since a chunker with longer passages would otherwise be given more text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.cases import Anchored, Case, anchor
from eval.run import Place
from eval.types import GoldSpan
from store.types import Document

TOKENS = 640  # of passages that the default context takes
SPAN_MEASURES = ("span_hit@5", "span_mrr@10", "coverage@5", "coverage@640", "density@640", "whole")
"""Keys of span measures, all in 0…1.

span_hit@5: 1 when one of the first five passages holds a whole gold span. span_mrr@10: 1/rank of the first passage
that holds one, 0 beyond rank 10. coverage@5, coverage@640: share of the gold characters in the first five passages, and
in the first passages of 640 tokens together. density@640: share of those passages' characters that is gold. whole:
share of the gold spans that lie in one passage of the collection, wherever it ranks: 1 minus what was cut apart.
"""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case with its labels placed in today's documents; ``lost`` are labels that are nowhere any more."""

    case: Case
    spans: tuple[Anchored, ...]
    lost: tuple[GoldSpan, ...]


def label(cases: Iterable[Case], documents: Mapping[str, Document], paths: Mapping[str, str]) -> tuple[Labelled, ...]:
    """Every answerable case with gold, its spans anchored.

    ``documents`` are all documents by id, ``paths`` the document id of every path. A label whose file is known by name
    is looked for there first, then in every other document.
    """
    by_name = {path.replace("\\", "/").rsplit("/", 1)[-1]: document for path, document in paths.items()}
    placed = []
    for case in cases:
        spans: list[Anchored] = []
        lost: list[GoldSpan] = []
        for gold in case.gold if case.answerable else ():
            first = [paths.get(gold.path, ""), by_name.get(gold.path.rsplit("/", 1)[-1], "")]
            order = dict.fromkeys([gold.document, *first, *documents])
            found = anchor(gold, [documents[one] for one in order if one in documents])
            if found is None:
                lost.append(gold)
            else:
                spans.append(found)
        if spans or lost:
            placed.append(Labelled(case, tuple(spans), tuple(lost)))
    return tuple(placed)


def span_measures(spans: Sequence[Anchored], ranking: Sequence[Place], collection: Iterable[Place]) -> dict[str, float]:
    """The SPAN_MEASURES of one question. ``ranking`` is its passages, best first, ``collection`` all there are."""
    if not spans:
        return dict.fromkeys(SPAN_MEASURES, 0.0)
    holding = next((rank for rank, place in enumerate(ranking, 1) if any(holds(place, one) for one in spans)), 0)
    five, budgeted = ranking[:5], _within(ranking, TOKENS)
    gold = sum(one.end - one.start for one in spans)
    taken = _union((place.document, place.start, place.end) for place in budgeted)
    read = sum(end - start for parts in taken.values() for start, end in parts)
    whole = [any(holds(place, one) for place in collection) for one in spans]
    return {
        "span_hit@5": float(0 < holding <= 5),
        "span_mrr@10": 1 / holding if 0 < holding <= 10 else 0.0,
        "coverage@5": covered(spans, five) / gold,
        "coverage@640": covered(spans, budgeted) / gold,
        "density@640": covered(spans, budgeted) / read if read else 0.0,
        "whole": sum(whole) / len(whole),
    }


def holds(place: Place, span: Anchored) -> bool:
    """Whether a passage holds the whole span."""
    return place.document == span.document and place.start <= span.start and span.end <= place.end


def _within(ranking: Sequence[Place], budget: int) -> Sequence[Place]:
    """The first passages that fit the budget together; the best one always."""
    spent = 0
    for count, place in enumerate(ranking):
        spent += place.tokens
        if spent > budget and count:
            return ranking[:count]
    return ranking


def covered(spans: Sequence[Anchored], places: Sequence[Place]) -> int:
    """Characters of the spans that stand in the passages; a character counts once however many passages hold it."""
    taken = _union((place.document, place.start, place.end) for place in places)
    return sum(
        max(0, min(end, one.end) - max(start, one.start)) for one in spans for start, end in taken.get(one.document, ())
    )


def _union(parts: Iterable[tuple[str, int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Overlapping ranges merged, by document."""
    merged: dict[str, list[tuple[int, int]]] = {}
    for document, start, end in sorted(parts):
        mine = merged.setdefault(document, [])
        if mine and start <= mine[-1][1]:
            mine[-1] = mine[-1][0], max(mine[-1][1], end)
        else:
            mine.append((start, end))
    return merged
