from __future__ import annotations

import re

import numpy as np
import pytest

from eval.comparing.compare import Comparison, compare_rows, comparison_page
from eval.report.page import render
from eval.report.sections import Cases, Differences, Intervals, Table
from eval.types import Ranked, Row

DIRECTIONS = ("zh→zh", "zh→en")


def run(values, *, failed: int = 0, name: str = "x") -> list[Row]:
    return [
        Row(
            f"q{i}",
            "hybrid",
            f"第{i}問：<年假>有幾天？",
            DIRECTIONS[i % 2],
            {"ndcg@10": float(value), "mrr@10": float(value) / 2},
            (Ranked(f"{name}-{i}", 1.0),),
            failed="模型超时" if i < failed else "",
        )
        for i, value in enumerate(values)
    ]


def compared(gain: float, n: int = 120, **options) -> Comparison:
    rng = np.random.default_rng(4)
    a = rng.random(n) * 0.6
    b = a + rng.normal(gain, 0.1, n)
    return compare_rows(run(a, name="a"), run(b, name="b", **options), names=("dense", "hybrid"))


def verdicts(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [(one.text.zh, one.text.en, one.tone) for one in comparison_page(comparison).verdicts]


def test_a_gain_is_told_first_in_both_languages_with_its_interval() -> None:
    zh, en, tone = verdicts(compared(0.06))[0]
    number = r"0\.\d{3}"
    assert re.fullmatch(rf"hybrid beats dense by {number} nDCG@10, 95 % CI {number}–{number}, n = 120\.", en)
    assert re.fullmatch(rf"hybrid 的 nDCG@10 比 dense 高 {number}（95% 置信区间 {number}–{number}，n = 120）。", zh)
    assert tone == "good"


def test_a_loss_names_the_winner_and_turns_the_interval_around() -> None:
    (_, en, tone), *others = verdicts(compared(-0.06))
    assert en.startswith("dense beats hybrid by 0.0")
    assert "−" not in en
    assert tone == "bad"
    assert any("By other measures hybrid is worse: MRR@10 −0.0" in one for _, one, _ in others)
    assert any("按语言方向看（nDCG@10），hybrid 更差：zh→en −0.0" in one for one, _, _ in others)


def test_an_open_question_says_how_many_questions_would_decide_it() -> None:
    comparison = compared(-0.01)
    needed = comparison.measures["ndcg@10"].needed
    zh, en, tone = verdicts(comparison)[0]
    told = int(re.search(r"about ([\d,]+) questions would be needed", en)[1].replace(",", ""))
    assert needed <= told <= needed * 1.1  # two digits, rounded up
    assert f"约需 {told} 个问题才能分辨" in zh
    assert re.search(r"95 % CI −0\.0\d\d to 0\.0\d\d, n = 120; about", en)
    assert tone == "open"


def test_an_interval_without_zero_that_decides_nothing_is_explained() -> None:
    comparison = compared(0.006)
    found = comparison.measures["ndcg@10"]
    assert found.low > 0
    assert found.adjusted > 0.05
    zh, en, _ = verdicts(comparison)[0]
    assert f"p = {found.adjusted:.3f} after correction for 2 tests" in en
    assert f"按 2 项检验校正后 p = {found.adjusted:.3f}" in zh


def test_equal_runs_are_told_to_be_equal() -> None:
    rows = run([0.5, 0.25, 1.0])
    zh, en, _ = verdicts(compare_rows(rows, rows))[0]
    assert "have the same nDCG@10 on every question, n = 3" in en
    assert "逐题完全相同" in zh
    turned = compare_rows(run([0.5, 0.25]), run([0.25, 0.5]))
    assert "the means are equal" in verdicts(turned)[0][1]


def test_failures_and_left_out_questions_are_told() -> None:
    comparison = compare_rows(run([0.5] * 4), run([0.5] * 6, failed=2), allow_partial=True)
    told = "".join(en for _, en, _ in verdicts(comparison))
    assert "Failed questions count 0: 0 in A, 2 in B." in told
    assert "0 stand only in A, 2 only in B." in told


def test_the_page_holds_tables_intervals_bars_and_cases() -> None:
    comparison = compared(0.06)
    sections = comparison_page(comparison).sections
    assert [type(one) for one in sections] == [Table, Intervals, Table, Intervals, Differences, Cases, Cases]
    measures, whiskers, directions, _, bars, won, lost = sections
    assert [row[0].en for row in measures.rows] == ["nDCG@10", "MRR@10"]
    assert all(len(row) == len(measures.columns) for row in measures.rows)
    assert all(len(row) == len(directions.columns) for row in directions.rows)
    assert len(directions.rows) == 4  # two directions, two measures
    assert whiskers.zero
    assert len(bars.values) == 120
    assert len(won.cases) == 10
    best = comparison.wins[0]
    assert won.cases[0].heading == best.text
    assert [text for _, text in won.cases[0].fields] == [
        best.question,
        f"{best.a:.3f} · {best.top_a}",
        f"{best.b:.3f} · {best.top_b}",
    ]
    assert lost.cases[0].marks[0].en.startswith("−")


def test_one_direction_needs_no_table_of_directions() -> None:
    rows = [row for row in run([0.5, 0.1, 0.7, 0.3]) if row.direction == "zh→zh"]
    assert [type(one) for one in comparison_page(compare_rows(rows, rows)).sections] == [Table, Intervals, Differences]


def test_a_failed_question_shows_its_reason_in_its_case() -> None:
    page = comparison_page(compare_rows(run([0.5, 0.5]), run([0.5, 0.5], failed=1)))
    (case,) = page.sections[-1].cases
    assert case.fields[-1][1] == "0.000 · 模型超时"
    assert "B failed" in [mark.en for mark in case.marks]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_can_be_drawn(language) -> None:
    html = render(comparison_page(compared(0.06)), language=language)
    assert "&lt;年假&gt;" in html
    assert "<年假>" not in html
