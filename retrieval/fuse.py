"""Two rankings → one. Pure functions; higher is better on both sides.

The default is a convex combination (Bruch, Gai & Ingber 2022, https://arxiv.org/abs/2210.11934, section 4) with one
change: the keyword score is divided by what the question could have scored, not by the best score in the list. A
question in the other language shares a number or a name with the documents at most; dividing by the list's best would
blow that up to 1, and one blind leg would drag the other down.
"""

from __future__ import annotations

from operator import itemgetter

from retrieval.types import Hit, Ranking

DENSE_WEIGHT = 0.4  # macro nDCG@10 of nine sets .705, with .3 .704: across languages .3 costs .015 (docs/quality.md)
RRF_K = 60  # Cormack, Clarke & Büttcher 2009, section 2: fixed in a pilot study, and little depends on it


def ranking(scores: dict[int, float]) -> Ranking:
    """Scores by chunk key as a ranking: sorted by (-score, key)."""
    ordered = sorted(sorted(scores.items()), key=itemgetter(1), reverse=True)  # the second keeps the order of the first
    return tuple(Hit(*item) for item in ordered)


def fuse(dense: Ranking, keyword: Ranking, *, keyword_mass: float, dense_weight: float = DENSE_WEIGHT) -> Ranking:
    """``w · dense + (1 - w) · keyword``, both brought to [0, 1]; every hit of either leg is kept.

    Dense cosines are stretched from the worst candidate (0) to the best (1): e5 squeezes them into a narrow band, so
    only their order and relative gaps mean something. ``keyword_mass`` is the sum of the question's term weights, the
    score of a text that holds every term once; a leg's missing hit counts 0.
    """
    fused: dict[int, float] = {}
    if dense:
        low, high = dense[-1].score, dense[0].score
        width = high - low
        for hit in dense:
            fused[hit.key] = dense_weight * ((hit.score - low) / width if width > 0 else 1.0)
    for hit in keyword:
        share = min(1.0, hit.score / keyword_mass) if keyword_mass > 0 else 0.0
        fused[hit.key] = fused.get(hit.key, 0.0) + (1 - dense_weight) * share
    return ranking(fused)


def reciprocal(*rankings: Ranking, k: int = RRF_K) -> Ranking:
    """Reciprocal rank fusion: the sum of ``1 / (k + rank)`` over the rankings that hold the hit; ranks start at 1.

    Cormack, Clarke & Büttcher 2009, https://doi.org/10.1145/1571941.1572114. It looks at no score, so a leg that is
    blind for a question weighs as much as one that is sure. Kept for comparison (``shujia eval ablate``).
    """
    fused: dict[int, float] = {}
    for one in rankings:
        for rank, hit in enumerate(one, start=1):
            fused[hit.key] = fused.get(hit.key, 0.0) + 1 / (k + rank)
    return ranking(fused)


def convex(dense: Ranking, keyword: Ranking, *, dense_weight: float = DENSE_WEIGHT) -> Ranking:
    """``w · dense + (1 - w) · keyword``, each stretched from its worst candidate (0) to its best (1).

    The convex combination with min-max scores of Bruch, Gai & Ingber 2022 (https://arxiv.org/abs/2210.11934, section
    4). What ``fuse`` changes is that the keyword scores are not stretched. Kept for comparison.
    """
    fused: dict[int, float] = {}
    for leg, weight in ((dense, dense_weight), (keyword, 1 - dense_weight)):
        if leg:
            low, width = leg[-1].score, leg[0].score - leg[-1].score
            for hit in leg:
                share = (hit.score - low) / width if width > 0 else 1.0
                fused[hit.key] = fused.get(hit.key, 0.0) + weight * share
    return ranking(fused)
