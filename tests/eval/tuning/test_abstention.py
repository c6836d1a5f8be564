from __future__ import annotations

import numpy as np
import pytest

from eval.tuning.abstention import Judged, tune_abstention, values


def drawn(count: int, seed: int = 1) -> list[Judged]:
    """Answerable questions around .7, the others around .4, two of the first for each of the second."""
    rng = np.random.default_rng(seed)
    return [
        Judged(f"题{n}", n % 3 != 0, float(np.clip(rng.normal(0.7 if n % 3 else 0.4, 0.1), 0, 1))) for n in range(count)
    ]


def test_both_kinds_weigh_the_same():
    cases = [Judged("a", True, 0.9), Judged("b", True, 0.2), Judged("c", True, 0.8), Judged("d", False, 0.1)]
    # answered: 2 of 3, withheld: 1 of 1; (2/3 + 1) / 2
    assert np.mean(values(cases, 0.5)) == pytest.approx(5 / 6)


def test_a_question_that_is_not_judged_is_answered_and_a_silent_one_is_not():
    assert Judged("a", True, None).right(0.8)
    assert not Judged("a", True, 0.9, silent=True).right(0.0)
    assert Judged("a", False, 0.9, silent=True).right(0.0)


def test_a_better_threshold_is_found_and_confirmed():
    report = tune_abstention(0.05, drawn(600))
    assert 0.5 <= report["chosen"] <= 0.6  # the middle of .4 and .7
    assert report["real"]
    assert report["questions"]["tuning"] + report["questions"]["confirming"] == 600
    assert report["comparison"]["verdict"] == "better"
    assert "a real gain" in report["finding"]["en"]


def test_the_configured_threshold_stays_where_it_is_best_or_the_rest_does_not_confirm():
    best = tune_abstention(0.55, drawn(600))
    assert not best["real"]
    few = tune_abstention(0.5, drawn(30, seed=5))
    assert not few["real"]
    assert few["trials"][0]["abstain"] == 0.5


def test_questions_of_one_kind_alone_are_refused():
    with pytest.raises(ValueError, match="none that is answerable"):
        tune_abstention(0.3, [Judged(str(n), True, 0.5) for n in range(40)])
