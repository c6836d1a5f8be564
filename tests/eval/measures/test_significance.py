from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.significance import Difference, compare_paired, holm, interval, judged_together, questions_needed

GRID = st.integers(0, 8).map(lambda x: x / 8)


def test_the_interval_of_equal_values_has_no_width() -> None:
    found = interval([0.25] * 40)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_the_interval_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(5).random(400)  # standard deviation .289, standard error .0144
    found = interval(values)
    assert found.low < found.value < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_the_interval_covers_the_true_mean_95_times_of_100() -> None:
    rng = np.random.default_rng(0)
    covered = [interval(rng.beta(2, 3, 60), seed=i) for i in range(200)]  # the mean of beta(2, 3) is .4
    share = sum(one.low <= 0.4 <= one.high for one in covered) / 200
    assert 0.91 <= share <= 0.98  # .95 ± 2 · √(.95 · .05 / 200) = .92 … .98, and bootstrap intervals run slightly short


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf]])
def test_values_without_a_mean_are_refused(values) -> None:
    with pytest.raises(ValueError, match=r"no values|not a finite number"):
        interval(values)


@given(st.lists(st.tuples(GRID, GRID), min_size=1, max_size=9))
def test_the_exact_p_is_the_share_of_all_sign_patterns(pairs) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    differences = [y - x for x, y in pairs]
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(pairs))
    ]
    assert compare_paired(a, b).p == pytest.approx(sum(one >= abs(sum(differences)) for one in sums) / len(sums))


def test_six_wins_of_six_are_significant_and_five_of_five_are_not() -> None:
    assert compare_paired([0] * 6, [1] * 6).p == 2 / 2**6
    assert compare_paired([0] * 5, [1] * 5).p == 2 / 2**5
    assert compare_paired([0] * 6, [1] * 6).verdict == "better"
    assert compare_paired([1] * 6, [0] * 6).verdict == "worse"
    assert compare_paired([0] * 5, [1] * 5).verdict == "cannot tell"


def test_the_sampled_p_agrees_with_the_exact_binomial_one() -> None:
    # 20 differing questions of equal size, 15 won: P(15 or more of 20) twice = 2 · 21,700 / 2^20 = .0414
    a, b = [0.0] * 20, [1.0] * 15 + [-1.0] * 5
    assert compare_paired(a, b).p == pytest.approx(0.0414, abs=0.006)


def test_questions_without_a_difference_change_the_mean_and_not_p() -> None:
    few, many = compare_paired([0] * 8, [1] * 8), compare_paired([0] * 100, [1] * 8 + [0] * 92)
    assert few.p == many.p == 2 / 2**8
    assert (few.mean, many.mean) == (1.0, 0.08)


@given(st.lists(st.tuples(GRID, GRID), min_size=1, max_size=40))
def test_the_roles_can_be_turned_around(pairs) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    there, back = compare_paired(a, b), compare_paired(b, a)
    assert there.mean == -back.mean
    assert there.p == back.p
    assert there.needed == back.needed
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


def test_a_run_against_itself_is_equal() -> None:
    values = np.random.default_rng(1).random(50).tolist()
    found = compare_paired(values, values)
    assert found == Difference(50, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, None, "cannot tell")


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(80), rng.random(80)
    assert compare_paired(a, b, seed=3) == compare_paired(a, b, seed=3)
    assert compare_paired(a, b, seed=3) != compare_paired(a, b, seed=4)


def test_unequal_numbers_of_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="A has 2 values and B 3"):
        compare_paired([0, 1], [0, 1, 1])


def test_the_effect_is_mean_over_standard_deviation_of_the_differences() -> None:
    # differences .2 0 .4 -.2: mean .1, squared deviations .01 .01 .09 .09, sd √(.2 / 3) = .2582, d = .3873
    found = compare_paired([0.0, 0.5, 0.1, 0.6], [0.2, 0.5, 0.5, 0.4])
    assert found.effect == pytest.approx(0.1 / math.sqrt(0.2 / 3))
    assert compare_paired([0.0, 0.1], [0.5, 0.6]).effect is None  # every question by the same amount: undefined


def test_the_number_of_questions_needed_is_that_of_the_textbook() -> None:
    # d = .2: (1.95996 + .84162)² / .04 + 1.92 = 196.2 + 1.9; G*Power gives 199 for the t test
    assert questions_needed(0.2, 0.1) == 199
    assert questions_needed(0.5, 0.1) == 34  # G*Power: 34
    assert questions_needed(-0.2, -0.1) == 199
    assert questions_needed(0.0, 0.0) is None
    assert questions_needed(1e-9, 1e-9) == 1_000_000
    assert questions_needed(None, 0.3) == questions_needed(9.0, 0.3) == 6
    assert questions_needed(0.2, 0.1, alpha=0.01) > 199


def test_the_number_needed_finds_the_effect_four_times_of_five() -> None:
    rng = np.random.default_rng(7)
    needed = questions_needed(0.25, 0.05)  # differences N(.05, .2)
    assert needed == 128
    found = [compare_paired(np.zeros(needed), rng.normal(0.05, 0.2, needed), seed=i).p < 0.05 for i in range(150)]
    assert 0.72 <= sum(found) / 150 <= 0.88  # .8 ± 2.5 · √(.8 · .2 / 150)


def test_holm_is_that_of_the_worked_example() -> None:
    # sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04, never falling: .02 .03 .06 .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])


def test_tests_that_are_read_together_are_judged_more_strictly() -> None:
    # 20 differing questions of 60, 15 won: p = .041; six other measures do not differ at all
    weak = compare_paired([0.0] * 60, [0.2] * 15 + [-0.2] * 5 + [0.0] * 40)
    none = [compare_paired([0.5] * 60, [0.5] * 60) for _ in range(6)]
    assert 0.03 < weak.p < 0.05
    assert weak.verdict == "better"
    judged = judged_together([*none, weak])[-1]
    assert judged.p == weak.p
    assert judged.adjusted == pytest.approx(7 * weak.p)
    assert judged.verdict == "cannot tell"
    assert judged.needed > weak.needed > 60  # and more questions are asked for
