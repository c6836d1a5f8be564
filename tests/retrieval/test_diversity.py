from __future__ import annotations

from retrieval.diversity import above_drop, marginal
from retrieval.types import Passage
from store.types import Chunk


def passages(**scores: float) -> list[Passage]:
    return [
        Passage(n, Chunk(name, "d", n, 0, 1, name, None, (), 1), "题", "a", score)
        for n, (name, score) in enumerate(scores.items(), start=1)
    ]


def names(found) -> str:
    return "".join(passage.chunk.text for passage in found)


ALIKE = {frozenset("ab"): 0.9, frozenset("ac"): 0.1, frozenset("bc"): 0.2}


def alike(one: str, other: str) -> float:
    return ALIKE[frozenset((one, other))]


def test_maximal_marginal_relevance_by_hand() -> None:
    """Scores 1, .8, .5 → relevance 1, .6, 0. a first.

    With .5: b .5·.6 - .5·.9 = -.15, c 0 - .5·.1 = -.05: c. With .8: b .48 - .18 = .3, c 0 - .02: b.
    """
    three = passages(a=1.0, b=0.8, c=0.5)
    assert names(marginal(three, alike, weight=0.5, count=3)) == "acb"
    assert names(marginal(three, alike, weight=0.8, count=3)) == "abc"
    assert names(marginal(three, alike, weight=1.0, count=3)) == "abc"
    assert names(marginal(three, alike, weight=0.5, count=1)) == "abc"  # the rest in order
    assert names(marginal(passages(a=1.0, b=1.0, c=1.0), alike, weight=0.5, count=3)) == "acb"


def test_the_context_ends_where_the_score_drops() -> None:
    """.5 of 1.0: .5 stays, .49 and all after it go."""
    four = passages(a=1.0, b=0.5, c=0.49, d=0.7)
    assert names(above_drop(four, 0.5)) == "ab"
    assert names(above_drop(four, 0.0)) == "abcd"
    assert names(above_drop(four, 1.0)) == "a"
    assert above_drop((), 0.5) == ()
