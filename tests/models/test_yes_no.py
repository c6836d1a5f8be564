from __future__ import annotations

import math

import pytest

from models.yes_no import yes_probability


def first(**probabilities: float) -> list[tuple[str, float]]:
    return [(token, math.log(probability)) for token, probability in probabilities.items()]


def test_only_the_two_words_count() -> None:
    assert yes_probability(first(Yes=0.6, No=0.2, Maybe=0.2)) == pytest.approx(0.75)  # 0.6 / (0.6 + 0.2)


def test_case_blanks_and_language_do_not_matter() -> None:
    tokens = [(" Yes", math.log(0.3)), ("yes", math.log(0.2)), ("是", math.log(0.1)), ("否", math.log(0.4))]
    assert yes_probability(tokens) == pytest.approx(0.6)  # 0.6 / (0.6 + 0.4)


NEVER = [("Yes", -math.inf), ("No", -math.inf)]


@pytest.mark.parametrize("tokens", [[], [("The", -0.1)], [("Yesterday", -0.1)], NEVER])
def test_an_answer_that_is_neither_is_a_half(tokens) -> None:
    assert yes_probability(tokens) == 0.5
