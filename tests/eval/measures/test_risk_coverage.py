from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.risk_coverage import risk_coverage

ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=6
)


def test_the_curve_and_its_area_are_those_of_the_formula() -> None:
    # surest first: right, wrong, right, wrong: risks 0, 1/2, 1/3, 2/4; best order: 0, 0, 1/3, 2/4
    found = risk_coverage([0.9, 0.7, 0.5, 0.2], [1, 0, 1, 0])
    assert found.points == ((0.25, 0.0), (0.5, 0.5), (0.75, pytest.approx(1 / 3)), (1.0, 0.5))
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.excess == pytest.approx(1 / 2 / 4)


def test_a_perfect_order_has_no_excess_and_the_worst_has_the_most() -> None:
    correct = [1, 1, 1, 0, 0]
    areas = {order: risk_coverage([5 - i for i in range(5)], order) for order in set(itertools.permutations(correct))}
    assert areas[1, 1, 1, 0, 0].excess == 0.0
    assert max(areas.values(), key=lambda one: one.aurc) == areas[0, 0, 1, 1, 1]


@given(ANSWERS)
def test_ties_are_averaged_over_all_their_orders(answers) -> None:
    orders = [
        order for order in itertools.permutations(answers) if [-c for c, _ in order] == sorted(-c for c, _ in order)
    ]
    areas = []
    for order in orders:
        errors = list(itertools.accumulate(1 - right for _, right in order))
        areas.append(sum(error / k for k, error in enumerate(errors, 1)) / len(order))
    found = risk_coverage([c for c, _ in answers], [r for _, r in answers])
    assert found.aurc == pytest.approx(sum(areas) / len(areas))
    assert found.points[-1] == (1.0, pytest.approx(sum(1 - right for _, right in answers) / len(answers)))


@given(ANSWERS)
def test_the_order_of_the_input_does_not_count(answers) -> None:
    turned = random.Random(1).sample(answers, len(answers))
    one, other = (risk_coverage(*zip(*order, strict=True)) for order in (answers, turned))
    assert one.points == tuple(pytest.approx(point) for point in other.points)
    assert (one.aurc, one.excess) == (pytest.approx(other.aurc), pytest.approx(other.excess))


def test_confidence_that_says_nothing_gives_one_point() -> None:
    found = risk_coverage([0.5] * 4, [1, 0, 0, 1])
    assert found.points == ((1.0, 0.5),)
    assert found.aurc == 0.5


@pytest.mark.parametrize(
    ("confidence", "correct"),
    [([], []), ([0.5], [1, 0]), ([float("nan")], [1]), ([0.5], [1.5]), ([0.5], [float("nan")])],
)
def test_input_without_a_meaning_is_refused(confidence, correct) -> None:
    with pytest.raises(ValueError, match=r"one of each|not finite"):
        risk_coverage(confidence, correct)
