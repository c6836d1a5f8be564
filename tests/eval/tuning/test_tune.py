from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from eval.tuning.tune import as_settings, changes, choose, confirm, finding, fusions, macro_mean, rerankings, trials
from eval.tuning.variants import Variant

NOW = Variant("default", "weighted", 0.5, 100)
BETTER = Variant("default", "weighted", 0.7, 100)


def spread(seed: int, count: int, gain: float, noise: float) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    draw = random.Random(seed)
    now = {name: [draw.random() for _ in range(count)] for name in ("a", "b")}
    return now, {name: [value + gain + draw.gauss(0, noise) for value in mine] for name, mine in now.items()}


def test_a_planted_gain_is_found():
    found = confirm(*spread(3, 100, 0.05, 0.1))
    assert found.real
    assert found.pooled.low > 0
    assert finding({"dense_weight": 0.7}, found).en.startswith("dense_weight = 0.7: a real gain")


def test_a_gain_within_the_noise_is_refused_and_said_to_be():
    found = confirm(*spread(3, 100, 0.002, 0.1))
    assert not found.real
    said = finding({"dense_weight": 0.7}, found)
    assert "within the noise" in said.en
    assert "噪声之内" in said.zh
    assert f"{found.pooled.needed} questions" in said.en


def test_of_a_hundred_runs_without_any_difference_few_are_believed():
    """A one-sided finding of a two-sided 5 % test: 2.5 of 100 expected, 8 with a chance below 1 in 200."""
    assert sum(confirm(*spread(seed, 60, 0.0, 0.1)).real for seed in range(100)) <= 7


def test_a_gain_that_is_certain_and_tiny_is_refused_and_said_to_be():
    now = {"a": [0.5] * 400}
    found = confirm(now, {"a": [0.502, 0.504] * 200})
    assert (found.pooled.verdict, found.worse, found.real) == ("better", (), False)
    said = finding({"candidates": 200}, found)
    assert "not worth a change" in said.en
    assert "不值得改动" in said.zh


def test_a_gain_that_one_dataset_pays_for_is_refused():
    now = {"a": [0.5] * 80, "b": [0.5] * 20}
    then = {"a": [0.7, 0.8] * 40, "b": [0.3, 0.4] * 10}
    found = confirm(now, then)
    assert (found.pooled.verdict, found.worse, found.real) == ("better", ("b",), False)
    assert "significantly worse on b" in finding({"dense_weight": 0.7}, found).en


values = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=25)


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(values, values), min_size=1))
def test_what_is_called_real_has_an_interval_above_0_and_hurts_no_dataset(drawn):
    pairs = {name: list(zip(*both, strict=False)) for name, both in drawn.items()}
    now = {name: [x for x, _ in both] for name, both in pairs.items()}
    then = {name: [y for _, y in both] for name, both in pairs.items()}
    found = confirm(now, then)
    if found.real:
        assert found.pooled.low > 0
        assert found.pooled.p < 0.05
        assert all(one.verdict != "worse" for one in found.by_dataset.values())
    assert not confirm(now, now).real


def test_the_best_is_chosen_and_of_equals_the_nearest_to_what_is_set():
    far = Variant("default", "weighted", 1.0, 200)
    same = {"a": [0.5, 0.7]}
    assert choose(NOW, {far: same, BETTER: same, NOW: same}) == NOW
    assert choose(NOW, {far: same, BETTER: same, NOW: {"a": [0.5, 0.6]}}) == BETTER
    assert choose(NOW, {far: {"a": [0.9, 0.9]}, BETTER: same, NOW: same}) == far


def test_every_dataset_weighs_the_same_when_choosing():
    assert macro_mean({"a": [1.0], "b": [0.0, 0.0, 0.0]}) == 0.5


def test_what_is_tried():
    assert fusions(NOW)[0] == NOW
    assert len(fusions(NOW)) == 3 * 11  # the configured one is one of them
    assert len(fusions(Variant("default", "weighted", 0.45, 130))) == 34
    assert len(rerankings(NOW)) == 1 + 2 * 3


def test_settings_are_named_as_in_the_file_and_only_changes_are_given():
    assert changes(NOW, BETTER) == {"dense_weight": 0.7}
    reranking = Variant("default", "weighted", 0.5, 100, rerank_depth=30, rerank_weight=0.25)
    assert changes(NOW, reranking) == {"reranker": "maxsim", "rerank_depth": 30, "rerank_weight": 0.25}
    assert changes(reranking, NOW) == {"reranker": "none"}
    assert changes(NOW, NOW) == {}
    assert as_settings(NOW) == {"candidates": 100, "dense_weight": NOW.dense_weight, "reranker": "none"}


def test_trials_are_listed_best_first():
    listed = trials({NOW: {"a": [0.2, 0.4]}, BETTER: {"a": [0.8, 0.4]}})
    assert [(one["dense_weight"], one["macro"], one["datasets"]) for one in listed] == [
        (0.7, 0.6, {"a": 0.6}),
        (0.5, 0.3, {"a": 0.3}),
    ]
