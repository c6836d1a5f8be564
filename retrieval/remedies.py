"""What would have brought a passage into the context: every lever is tried, none is guessed.

A lever is a setting or the question's wording. Each is moved from where it stands, the smallest step first, and the
whole search runs again until the passage is in the context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from retrieval.rerank import Reranker
from retrieval.search import Retriever
from retrieval.stages import Cut
from retrieval.types import Context, Passage, Query
from retrieval.wanted import Located
from store.filters import NO_FILTERS, Filters

MOST_CANDIDATES = 1000  # the largest value of the setting
MOST_DEPTH = 100  # passages a reranker is tried on; each costs it as much as the question itself
WIDEST = 5120  # tokens of a context; with more a small model on a CPU reads for more than a minute
Change = str | int | float


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change under which the passage is the context's ``place``-th.

    ``changes`` are settings by name (candidates, dense_weight, reranker, rerank_depth, rerank_weight, context_tokens),
    ``passages`` for how many the context may hold, ``filters`` for one that is left out (or all), or ``question`` for
    another wording. ``size`` orders remedies: the relative change of a number, the difference of a share, .5 for a
    filter or a stage switched on or off, .25 a word.
    """

    changes: Mapping[str, Change]
    place: int
    size: float


@dataclass(slots=True)
class Trials:
    """Searches again under other settings; the same settings are searched once."""

    retriever: Retriever
    query: Query
    located: Located
    cut: Cut
    filters: Filters = NO_FILTERS
    _found: dict[tuple[Any, ...], Context] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """How many hits a leg gives to the fusion."""
        return max(self.cut.deep, self.retriever.candidates)

    def found(self, question: str = "", filters: Filters | None = None, **changes: Any) -> Context:
        """The deep result of the search with another question, other filters, other settings of the retriever."""
        filters = self.filters if filters is None else filters
        key = (question, filters, *sorted((name, repr(value)) for name, value in changes.items()))
        if key not in self._found:
            asked = Query(question) if question else self.query
            one = replace(self.retriever, **changes)
            self._found[key] = one.search(asked, k=self.cut.deep, filters=filters)
        return self._found[key]

    def context(self, found: Context, budget: int = 0, most: int = 0) -> Context:
        """What the context takes of it, within the cut or another."""
        return self.cut.fit(found, budget=budget or self.cut.budget, most=most or self.cut.most)

    def place(self, found: Context, budget: int = 0, most: int = 0) -> int:
        """The passage's place in the context; 0 when it is not there."""
        return place(self.located, self.context(found, budget, most).passages)


def place(located: Located, passages: Sequence[Passage]) -> int:
    """How many of the passages, best first, hold what was wanted; 0 when all together do not."""
    chunks = [passage.chunk for passage in passages]
    return next((count for count in range(1, len(chunks) + 1) if located.covered(chunks[:count])), 0)


def remedies(
    trials: Trials, ranks: Mapping[str, int], wordings: Sequence[str], spare: Reranker | None
) -> tuple[Remedy, ...]:
    """Of every lever the smallest change that works, the smallest of all first.

    Args:
        trials: the search that lost the passage.
        ranks: where the stages put it, of all that they could have ranked; 0 for nowhere.
        wordings: questions to try in its place, the one nearest to it first.
        spare: a reranker to try where none is set.
    """
    found = [
        *_first(_unfiltered(trials)),
        *_first(_candidates(trials, ranks)),
        *_first(_weights(trials, "dense_weight")),
        *_wider(trials),
    ]
    if trials.retriever.reranker is not None:
        found += [*_first(_unread(trials)), *_first(_weights(trials, "rerank_weight"))]
    if trials.retriever.reranker is None or not found:  # another question is all to be read again
        found += _first(_wordings(trials, wordings))
    found += _first(_read(trials, ranks, trials.retriever.reranker or spare, deeper=not found))
    return tuple(sorted(found, key=lambda one: (len(one.changes), one.size)))


def _first(tries: Iterator[Remedy]) -> list[Remedy]:
    return [found for found in (next((one for one in tries if one.place), None),) if found is not None]


def _unfiltered(trials: Trials) -> Iterator[Remedy]:
    """Without one of the filters, then without all of them."""
    names = [one.name for one in fields(Filters) if getattr(trials.filters, one.name)]
    for name in names:
        less: Any = {name: getattr(NO_FILTERS, name)}
        found = trials.found(filters=replace(trials.filters, **less))
        yield Remedy({"filters": name}, trials.place(found), 0.5)
    if len(names) > 1:
        yield Remedy({"filters": "all"}, trials.place(trials.found(filters=NO_FILTERS)), 1.0)


def _candidates(trials: Trials, ranks: Mapping[str, int]) -> Iterator[Remedy]:
    """More hits a leg: just enough for each leg's own rank."""
    now = trials.width
    for rank in sorted({ranks.get("dense", 0), ranks.get("keyword", 0)}):
        if now < rank <= MOST_CANDIDATES:
            changes: dict[str, Any] = {"candidates": rank}
            yield Remedy(changes, trials.place(trials.found(**changes)), rank / now - 1)


def _weights(trials: Trials, name: str) -> Iterator[Remedy]:
    """Another share, 0 to 1 in tenths, the nearest to today's first."""
    now = float(getattr(trials.retriever, name))
    for weight in sorted((step / 10 for step in range(11)), key=lambda weight: abs(weight - now)):
        if weight != now:
            changes: dict[str, Any] = {name: weight}
            yield Remedy(changes, trials.place(trials.found(**changes)), abs(weight - now))


def _wordings(trials: Trials, wordings: Sequence[str]) -> Iterator[Remedy]:
    for count, wording in enumerate(wordings, start=1):
        yield Remedy({"question": wording}, trials.place(trials.found(wording)), count / 4)


def _unread(trials: Trials) -> Iterator[Remedy]:
    """Without the reranker."""
    yield Remedy({"reranker": "none"}, trials.place(trials.found(reranker=None)), 0.5)


def _read(trials: Trials, ranks: Mapping[str, int], reranker: Reranker | None, *, deeper: bool) -> Iterator[Remedy]:
    """With this reranker, where none is set; ``deeper`` allows as many passages read as it takes, which is slow."""
    one, rank = trials.retriever, ranks.get("fused", 0)
    new: dict[str, Change] = {"reranker": reranker.name} if reranker is not None and one.reranker is None else {}
    if new and 0 < rank <= one.rerank_depth:
        yield Remedy(new, trials.place(trials.found(reranker=reranker)), 0.5)
    if deeper and reranker is not None and one.rerank_depth < rank <= MOST_DEPTH:
        found = trials.found(reranker=reranker, rerank_depth=rank)
        yield Remedy(new | {"rerank_depth": rank}, trials.place(found), rank / one.rerank_depth - 1)


def _wider(trials: Trials) -> list[Remedy]:
    """A larger context: more tokens, more passages, or both where neither is enough alone."""
    found, cut = trials.found(), trials.cut
    widest = max(WIDEST, cut.budget)
    tokens = _smallest(cut.budget, widest, lambda budget: trials.place(found, budget))
    if tokens:
        return [Remedy({"context_tokens": tokens}, trials.place(found, tokens), tokens / cut.budget - 1)]
    most = _smallest(cut.most, cut.deep, lambda most: trials.place(found, 0, most))
    if most:
        return [Remedy({"passages": most}, trials.place(found, 0, most), most / cut.most - 1)]
    most = _smallest(cut.most, cut.deep, lambda most: trials.place(found, widest, most))
    tokens = _smallest(cut.budget, widest, lambda budget: trials.place(found, budget, most)) if most else 0
    if not tokens:
        return []
    size = tokens / cut.budget + most / cut.most - 2
    return [Remedy({"passages": most, "context_tokens": tokens}, trials.place(found, tokens, most), size)]


def _smallest(low: int, high: int, works: Callable[[int], int]) -> int:
    """The smallest number in (low, high] that works, where every larger one works too; 0 when none does."""
    if high <= low or not works(high):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
    return high
