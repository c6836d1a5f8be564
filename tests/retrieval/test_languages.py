from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import ranking
from retrieval.languages import DEEP, PLACES, heard, mixed, stands_out
from retrieval.types import Hit, Ranking


def other(best: float, tenth: float) -> Ranking:
    return (Hit(1, best), *(Hit(key, tenth) for key in range(2, DEEP + 2)))


def test_the_best_stands_out_by_standard_deviations_less_what_the_words_say() -> None:
    """(.80 - .76) / .04 = 1 standard deviation; the words hold .6 of the question: 1 - .6 = .4 ≥ .3."""
    assert stands_out(other(0.80, 0.76), 0.04, 0.6)
    assert not stands_out(other(0.80, 0.76), 0.04, 0.8)  # 1 - .8 = .2
    assert not stands_out(other(0.80, 0.76), 0.2, 0.0)  # .2 standard deviations
    assert not stands_out(other(0.80, 0.76), 0.0, 0.0)


def test_few_passages_are_heard_without_comparison_and_none_are_not() -> None:
    assert stands_out(other(0.8, 0.8)[: DEEP - 1], 0.1, 1.0)
    assert not stands_out((), 0.1, 0.0)


def test_the_best_of_the_other_language_gets_the_third_and_the_fifth_place() -> None:
    found = ranking({1: 0.9, 2: 0.8, 3: 0.6, 4: 0.5, 5: 0.4, 91: 0.1})
    placed = heard(found, (Hit(90, 0.7), Hit(91, 0.6), Hit(92, 0.5)), {90, 91, 92})
    assert [hit.key for hit in placed] == [1, 2, 90, 3, 91, 4, 5]
    assert [hit.score for hit in placed] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4])


def test_places_that_are_filled_anyway_are_left_alone() -> None:
    found = ranking({90: 0.9, 2: 0.8, 3: 0.6, 4: 0.5, 91: 0.4, 6: 0.3})
    assert (
        heard(found, (Hit(92, 0.7), Hit(91, 0.6)), {90, 91, 92})
        == found[:4] + heard(found, (Hit(92, 0.7), Hit(91, 0.6)), {90, 91, 92})[4:]
    )
    assert [hit.key for hit in heard(found, (Hit(92, 0.7),), {90, 91, 92})] == [90, 2, 3, 4, 92, 91, 6]
    assert heard((), (), set()) == ()
    assert [hit.key for hit in heard((), (Hit(9, 0.5),), {9})] == []


def test_what_stands_at_its_place_anyway_keeps_its_score_and_nothing_falls_below_0() -> None:
    found = ranking({1: 0.7, 2: 0.02, 90: 0.01})
    assert heard(found, (Hit(90, 0.5),), {90}) == found
    placed = heard(ranking({1: 0.7, 2: 0.02}), (Hit(90, 0.5),), {90})
    assert placed[2] == Hit(90, pytest.approx(0.01))


@given(
    st.dictionaries(st.integers(1, 40), st.floats(0, 1), max_size=20),
    st.dictionaries(st.integers(30, 50), st.floats(0, 1), max_size=12),
)
def test_nothing_is_lost_and_scores_fall(found, foreign) -> None:
    before = ranking(found)
    placed = heard(before, ranking(foreign), foreign.keys())
    assert {hit.key for hit in before} <= {hit.key for hit in placed}
    assert len({hit.key for hit in placed}) == len(placed)
    assert all(a.score >= b.score for a, b in pairwise(placed))
    assert sum(hit.key not in found for hit in placed) <= len(PLACES)


@pytest.mark.parametrize(
    ("text", "so"),
    [
        (
            "The Chinese name of the province is 福建, and its capital is Fuzhou on the river Min in the east",
            True,
        ),
        ("select sysdate from dual where 时间格式转换 is not null", True),
        (" ".join(["word"] * 40) + " 福建", False),
        ("plain English", False),
        ("1234", False),
    ],
)
def test_mixed_passages(text, so) -> None:
    """2 Han characters beside 17 Latin words: 20 ≥ 17; beside 40: 20 < 40."""
    assert mixed(text) is so
