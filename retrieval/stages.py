"""The stages that can lose a passage, by name, and the rule that says which one did: one for ``why-not`` and reports.

**The cut** is how many passages a context can hold at most (``most``, 8): a passage that a stage ranks within the cut
would have gone into the context had that stage had the last word, the token budget aside. All stages are held to the
same cut, whatever number of candidates they hand on. ``eval.attribution`` defines every stage in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from retrieval.context import fit
from retrieval.types import Context

MOST = 8  # passages that retrieval.context.fit takes at most
LEGS = ("dense", "keyword")
LANGUAGES = "languages"


@dataclass(frozen=True, slots=True)
class Cut:
    """What the product puts into a context: ``budget`` tokens, ``most`` passages, from the ``deep`` best ones.

    ``fit`` makes the context, called with ``budget`` and ``most``; the product's own also joins neighbours.
    """

    budget: int = 640
    most: int = MOST
    deep: int = 100
    fit: Callable[..., Context] = fit


class Stage(StrEnum):
    """The stages that can lose an answer, in the order they run; the values are stable keys of reports."""

    PARSING = "parsing"
    CHUNKING = "chunking"
    FILTER = "filter"
    RECALL = "recall"
    RANKING = "ranking"
    FUSION = "fusion"
    RERANK = "rerank"
    CONTEXT = "context"
    UNUSED = "unused"
    CITATION = "citation"


def losing_stage(ranks: Mapping[str, int], *, most: int = MOST) -> Stage:
    """The stage that lost a passage which is in the library whole, and not in the context.

    Args:
        ranks: where each stage put it, in the order they ran (dense, keyword, fused, rerank); 0 where a stage does not
            have it; a leg has what it gives to the fusion. The places that ``languages`` keeps for the other language
            are a rule of the context: what loses its place to them was lost there.
        most: the cut.
    """
    high = {name: 0 < rank <= most for name, rank in ranks.items()}
    ordered = [name for name in high if name != LANGUAGES]
    if high.get(LANGUAGES) or (ordered and high[ordered[-1]]):
        return Stage.CONTEXT
    if high.get("fused"):
        return Stage.RERANK
    if any(high.get(leg) for leg in LEGS):
        return Stage.FUSION
    return Stage.RANKING if any(ranks.get(leg) for leg in LEGS) else Stage.RECALL
