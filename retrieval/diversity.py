"""Passages that are good and unlike each other: maximal marginal relevance, and the cut where the score drops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retrieval.types import Passage


def marginal(
    passages: Sequence[Passage], alike: Callable[[str, str], float], *, weight: float, count: int
) -> tuple[Passage, ...]:  # fmt: skip
    """The passages reordered, the first ``count`` by ``weight · relevance - (1 - weight) · most alike of those taken``.

    Carbonell & Goldstein 1998, https://doi.org/10.1145/290941.291025, section 2. Relevance is the score stretched to
    [0, 1] over the passages; ``alike`` gives 0 to 1 for two texts. With weight 1 nothing changes.
    """
    if weight >= 1 or len(passages) < 2:
        return tuple(passages)
    low, high = min(p.score for p in passages), max(p.score for p in passages)
    relevance = [(p.score - low) / (high - low) if high > low else 1.0 for p in passages]
    likeness = [0.0] * len(passages)
    waiting = list(range(len(passages)))
    taken: list[int] = []
    while waiting and len(taken) < count:
        best = max(waiting, key=lambda i: (weight * relevance[i] - (1 - weight) * likeness[i], -i))
        taken.append(best)
        waiting.remove(best)
        for i in waiting:
            likeness[i] = max(likeness[i], alike(passages[i].chunk.text, passages[best].chunk.text))
    return tuple(passages[i] for i in (*taken, *waiting))


def above_drop(passages: Sequence[Passage], share: float) -> tuple[Passage, ...]:
    """The passages up to the first whose score is below ``share`` of the best; all with 0. The best always stays."""
    for place, passage in enumerate(passages):
        if place and passage.score < share * passages[0].score:
            return tuple(passages[:place])
    return tuple(passages)
