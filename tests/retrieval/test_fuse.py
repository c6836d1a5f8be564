from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import convex, fuse, ranking, reciprocal
from retrieval.types import Hit, Ranking


def hits(**scores: float) -> Ranking:
    return ranking({int(key[1:]): score for key, score in scores.items()})


def test_both_legs_are_weighed() -> None:
    """Dense .9, .8, .5 → 1, .75, 0; keyword 6 and 3 of a mass of 12 → .5, .25; weights .5 and .5.

    k1: .5·1 + .5·.25 = .625; k2: .5·.75 = .375; k3: .5·0 + .5·.5 = .25.
    """
    fused = fuse(hits(k1=0.9, k2=0.8, k3=0.5), hits(k3=6.0, k1=3.0), keyword_mass=12.0, dense_weight=0.5)
    assert [hit.key for hit in fused] == [1, 2, 3]
    assert [hit.score for hit in fused] == pytest.approx([0.625, 0.375, 0.25])


def test_the_weight_decides() -> None:
    """.2·1 = .2 against .8·(6 / 8) = .6."""
    fused = fuse(hits(k1=0.9, k2=0.8), hits(k2=6.0), keyword_mass=8.0, dense_weight=0.2)
    assert [(hit.key, hit.score) for hit in fused] == [(2, pytest.approx(0.6)), (1, pytest.approx(0.2))]
    assert [hit.key for hit in fuse(hits(k1=0.9, k2=0.8), hits(k2=6.0), keyword_mass=8.0, dense_weight=1.0)] == [1, 2]
    assert [hit.key for hit in fuse(hits(k1=0.9, k2=0.8), hits(k2=6.0), keyword_mass=8.0, dense_weight=0.0)] == [2, 1]


def test_a_missing_leg_leaves_the_other() -> None:
    assert [(h.key, h.score) for h in fuse(hits(k1=0.9, k2=0.5), (), keyword_mass=3.0, dense_weight=0.5)] == [
        (1, 0.5),
        (2, 0.0),
    ]
    assert [(h.key, h.score) for h in fuse((), hits(k1=2.0, k2=1.0), keyword_mass=4.0, dense_weight=0.5)] == [
        (1, 0.25),
        (2, 0.125),
    ]
    assert fuse((), (), keyword_mass=1.0, dense_weight=0.5) == ()


def test_a_question_without_mass_leaves_the_keyword_leg_without_weight() -> None:
    assert [(h.key, h.score) for h in fuse(hits(k1=0.9, k2=0.5), hits(k2=9.0), keyword_mass=0.0, dense_weight=0.5)] == [
        (1, 0.5),
        (2, 0.0),
    ]


def test_a_score_above_the_mass_counts_as_all_of_it() -> None:
    """A text that repeats a term scores up to k1 + 1 = 2.2 times its weight."""
    assert fuse((), hits(k1=22.0), keyword_mass=10.0, dense_weight=0.5) == (Hit(1, 0.5),)


def test_equal_scores_are_ordered_by_key() -> None:
    assert [hit.key for hit in fuse(hits(k3=0.7, k1=0.7, k2=0.7), (), keyword_mass=0.0, dense_weight=0.5)] == [1, 2, 3]
    assert [hit.score for hit in fuse(hits(k3=0.7, k1=0.7), (), keyword_mass=0.0, dense_weight=0.5)] == [0.5, 0.5]


legs = st.dictionaries(st.integers(1, 30), st.floats(-1, 1, width=32), max_size=20)


@given(legs, st.dictionaries(st.integers(1, 30), st.floats(0, 50), max_size=20), st.floats(0, 40), st.floats(0, 1))
def test_every_hit_of_either_leg_is_kept_once_between_0_and_1_in_order(dense, keyword, mass, weight) -> None:
    fused = fuse(ranking(dense), ranking(keyword), keyword_mass=mass, dense_weight=weight)
    assert {hit.key for hit in fused} == dense.keys() | keyword.keys()
    assert len(fused) == len(dense.keys() | keyword.keys())
    assert all(-1e-9 <= hit.score <= 1 + 1e-9 for hit in fused)
    assert list(fused) == sorted(fused, key=lambda hit: (-hit.score, hit.key))


def test_reciprocal_ranks_are_added() -> None:
    """k1: 1/61 + 1/62 = .03252; k2: 1/62 = .01613; k3: 1/61 = .01639."""
    fused = reciprocal(hits(k1=0.9, k2=0.8), hits(k3=6.0, k1=3.0))
    assert [hit.key for hit in fused] == [1, 3, 2]
    assert [hit.score for hit in fused] == pytest.approx([1 / 61 + 1 / 62, 1 / 61, 1 / 62])
    assert reciprocal(hits(k1=0.5), k=0) == (Hit(1, 1.0),)
    assert reciprocal((), ()) == ()


def test_both_legs_are_stretched_by_the_convex_combination() -> None:
    """Dense .9, .8, .5 → 1, .75, 0; keyword 6, 3 → 1, 0; weights .7 and .3: k1 .7 + 0, k2 .525, k3 0 + .3."""
    fused = convex(hits(k1=0.9, k2=0.8, k3=0.5), hits(k3=6.0, k1=3.0), dense_weight=0.7)
    assert [(hit.key, hit.score) for hit in fused] == [
        (1, pytest.approx(0.7)),
        (2, pytest.approx(0.525)),
        (3, pytest.approx(0.3)),
    ]
    assert convex(hits(k1=0.9), (), dense_weight=0.5) == (Hit(1, 0.5),)
