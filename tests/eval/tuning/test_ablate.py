from __future__ import annotations

import random
from pathlib import Path

import pytest

from eval.measures.ranking import MEASURES
from eval.report.page import render
from eval.tuning.ablate import DEFAULT, Measured, ablation_report, switches
from eval.tuning.ablation_page import ablation_page, sentences, switch_words
from eval.tuning.variants import Variant
from eval.types import Dataset, Question, Row

PROVENANCE = {"config": {}, "models": {"embedder": "hash-64"}, "program": {"version": "0"}, "seed": 0}


def measured(name: str, values: dict[str, list[float]], ways: tuple[str, ...] = ("zh→zh", "en→en")) -> Measured:
    count = len(next(iter(values.values())))
    asked = tuple(Question(f"{name}{n}", "问") for n in range(count))
    rows = tuple(
        Row(question.id, mode, "问", ways[n % len(ways)], dict.fromkeys(MEASURES, value))
        for mode, mine in values.items()
        for n, (question, value) in enumerate(zip(asked, mine, strict=True))
    )
    judgments = {question.id: {"d": 1} for question in asked}
    return Measured(Dataset(name, "dev", Path("c"), "c" * 64, name * 8, asked, judgments), 5, 9, rows)


def test_only_switches_that_change_something_are_tried():
    names = [one.name for one in switches(Variant("x", "weighted", 0.5, 100), rerank=False)]
    assert names == [
        DEFAULT, "dense", "keyword", "rrf", "minmax-0.5", "minmax-0.7", "weight-0.3", "weight-0.7", "candidates-50",
        "candidates-200",
    ]  # fmt: skip
    reranking = switches(Variant("x", "weighted", 0.3, 50, rerank_depth=30), rerank=True)
    added = {one.name for one in reranking} - set(names)
    assert added == {"weight-0.5", "candidates-100", "no-rerank"}  # reranking 30 deep is the default already
    assert all(one.rerank_depth == 30 for one in reranking if one.name != "no-rerank")
    assert "rerank-30" in [one.name for one in switches(Variant("x"), rerank=True)]


def test_a_switch_that_hurts_is_told_from_one_that_changes_nothing_much():
    draw = random.Random(5)
    base = [draw.random() for _ in range(120)]
    values = {
        DEFAULT: base,
        "keyword": [max(0.0, value - 0.2 * draw.random()) for value in base],
        "rrf": [min(1.0, max(0.0, value + draw.gauss(0, 0.05))) for value in base],
    }
    report = ablation_report([measured("a", values)], configuration=PROVENANCE)
    found = {one["b"]: one for one in report["comparisons"]}
    assert (found["keyword"]["verdict"], found["rrf"]["verdict"]) == ("worse", "cannot tell")
    assert found["keyword"]["high"] < 0
    assert found["keyword"]["adjusted"] == pytest.approx(2 * found["keyword"]["p"], abs=1e-6)  # Holm: two switches
    assert set(report["directions"]) == {"zh→zh", "en→en"}
    assert sum(part["queries"] for part in report["directions"].values()) == report["queries"] == 120
    assert [one.zh[:8] for one in sentences(report)] == ["当前配置优于只用", "分不出高下：倒数"]


def test_the_macro_difference_weighs_datasets_alike():
    """+.5 on 1 question and -.1 on 9: pooled (.5 - .9) / 10 = -.04, macro (.5 - .1) / 2 = .2."""
    parts = [
        measured("a", {DEFAULT: [0.5], "rrf": [1.0]}),
        measured("b", {DEFAULT: [0.5] * 9, "rrf": [0.4] * 9}),
    ]
    report = ablation_report(parts, configuration=PROVENANCE)
    (found,) = report["comparisons"]
    assert (found["mean"], found["macro_mean"]["value"]) == (-0.04, 0.2)
    assert report["modes"]["rrf"]["ndcg@10"]["value"] == 0.7
    assert list(report["datasets"]) == ["a", "b"]


def test_the_page_names_every_switch_in_both_languages():
    draw = random.Random(1)
    names = [one.name for one in switches(Variant("x"), rerank=True)]
    values = {name: [draw.random() for _ in range(12)] for name in names}
    report = ablation_report([measured("a", values), measured("b", values)], configuration=PROVENANCE)
    html = render(ablation_page(report), language="zh")
    assert all(switch_words(name).zh in html and switch_words(name).en in html for name in names)
    assert switch_words("rerank-30").en == "MaxSim reranks the best 30"
    assert switch_words("no-rerank").zh == "不重排"


def test_the_same_run_gives_the_same_report():
    values = {DEFAULT: [0.1, 0.9, 0.4], "dense": [0.2, 0.9, 0.1]}
    reports = [ablation_report([measured("a", values)], configuration=PROVENANCE) for _ in range(2)]
    assert reports[0] == reports[1]
