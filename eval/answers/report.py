"""Rows of answers → the numbers of report.json. Every one of them can be computed again from per_query.jsonl."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.answers.harm import harm_table, is_asked
from eval.answers.measures import accepted, answered_text, has_text
from eval.answers.types import AnswerCase, Expect
from eval.measures.risk_coverage import risk_coverage
from eval.measures.significance import interval
from eval.measures.text import corpus_bleu
from eval.rows import DIGITS
from eval.types import Row

ORDER = (
    "correct", "exact_match", "contains", "f1", "bleu", "rouge1", "rouge2", "rougeL", "bertscore", "keypoints",
    "citation_precision", "citation_recall", "faithfulness", "abstention_right", "asks_back", "noticed", "corrected",
    "fake_avoided", "harm_withheld", "safe_not_refused", "judge_correct", "judge_supported",
)  # fmt: skip
"""Measures in the order of a table."""
_POINTS = 101
"""Points of a risk-coverage curve in the report, so that it stays small for any number of questions."""


def answers_report(
    cases: Sequence[AnswerCase], rows: Sequence[Row], config: Mapping[str, Any], *, started_over: bool = False
) -> dict[str, Any]:
    """The report as plain JSON values.

    Args:
        cases: all cases of the files, also those that were not asked.
        rows: those that were, in order.
        config: models, settings, files with hashes, and seed: ``models``, ``config``, ``program``, ``files``, ``seed``.
        started_over: whether the rows of an interrupted run of another configuration were dropped.
    """
    seed = int(config["seed"])
    of = {case.id: case for case in cases}
    by_language, by_set, by_task = (_grouped(rows, key) for key in (_language, _set, _task))
    return {
        "version": 1,
        "kind": "answers",
        "model": rows[0].mode if rows else "",
        "n": {
            "asked": len(rows),
            "cases": len(cases),
            "statements_not_asked": sum(not is_asked(case) for case in cases),
            "with_history": sum(bool(of[row.question].history) for row in rows),
            "by_language": {key: len(group) for key, group in by_language.items()},
            "by_task": {key: len(group) for key, group in by_task.items()},
        },
        "failed": sum(bool(row.failed) for row in rows),
        "measures": estimates(rows, seed),
        "by_language": {key: estimates(group, seed) for key, group in by_language.items()},
        "by_set": {key: estimates(group, seed) for key, group in by_set.items()},
        "by_task": {key: estimates(group, seed) for key, group in by_task.items()},
        "corpus_bleu": {key: value for key, group in by_set.items() if (value := _corpus_bleu(group, of)) is not None},
        "abstention": {key: _abstention(group) for key, group in {"all": rows, **by_language}.items()},
        "risk_coverage": {key: _risk(group) for key, group in {"all": rows, **by_language}.items()},
        "lost": dict(sorted(Counter(row.lost for row in rows if row.lost).items())),
        "harm": harm_table(rows),
        "harm_with_passages": sum("outcome" in row.detail and bool(row.ranking) for row in rows),
        "gold_kept": _mean(float(row.detail["gold_kept"]) for row in rows if "gold_kept" in row.detail),
        "tokens": {key: _sum(rows, key) for key in ("context_tokens", "answer_tokens")},
        "seconds": _seconds(rows),
        "judge_unclear": sum("judge_unclear" in row.detail for row in rows),
        "started_over": started_over,
        **config,
    }


def estimates(rows: Sequence[Row], seed: int) -> dict[str, dict[str, float]]:
    """Each measure's mean over the rows that have it: value, 95 % bootstrap interval low and high, and n."""
    found: dict[str, dict[str, float]] = {}
    for name in ORDER:
        values = [row.measures[name] for row in rows if name in row.measures]
        if values:
            rounded = {key: round(value, DIGITS) for key, value in asdict(interval(values, seed=seed)).items()}
            found[name] = rounded | {"n": len(values)}
    return found


def _language(row: Row) -> str:
    return row.detail["language"]


def _set(row: Row) -> str:
    return f"{row.detail['set']} {row.detail['language']}"


def _task(row: Row) -> str:
    expected = "" if row.detail["expected"] == Expect.ANSWER or "outcome" in row.detail else row.detail["expected"]
    return " ".join(part for part in (_set(row), row.detail["task"], expected and f"({expected})") if part)


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return dict(sorted(groups.items()))


def _corpus_bleu(rows: Sequence[Row], of: Mapping[str, AnswerCase]) -> float | None:
    """BLEU over the whole set, 0 to 100, an abstention as an empty text; None without references."""
    pairs = [(answered_text(row), references) for row in rows if (references := _references(row, of))]
    if not pairs:
        return None
    texts, accepted_lists = zip(*pairs, strict=True)
    return round(corpus_bleu(texts, accepted_lists, "zh" if rows[0].detail["language"] == "zh" else "en"), DIGITS)


def _references(row: Row, of: Mapping[str, AnswerCase]) -> tuple[str, ...]:
    case = of[row.question]
    return accepted(case) if has_text(case) else ()


def _abstention(rows: Sequence[Row]) -> dict[str, Any]:
    """How often it answered and abstained where it should and should not; a failure is neither."""
    counts: Counter[str] = Counter()
    for row in rows:
        kind = {Expect.ANSWER: "answerable", Expect.PARTIAL: "answerable", Expect.ABSTAIN: "unanswerable"}.get(
            Expect(row.detail["expected"])
        )
        if kind and not row.failed:
            counts[f"{kind}_{'abstained' if row.detail['abstained'] == 'true' else 'answered'}"] += 1
    names = [f"{kind}_{did}" for kind in ("answerable", "unanswerable") for did in ("answered", "abstained")]
    answered = [row.measures["faithfulness"] for row in rows if row.detail.get("abstained") == "false"
                and "faithfulness" in row.measures]  # fmt: skip
    return {name: counts[name] for name in names} | {"faithfulness_when_answered": _mean(answered)}


def _risk(rows: Sequence[Row]) -> dict[str, Any]:
    """The risk-coverage curve of ``confidence`` against ``correct``, and two to compare it with.

    ``best`` is the AURC of an order that knows what is correct, ``random`` that of one that knows nothing (the mean
    error). Questions to ask back about, falsified passages and harm prompts are left out; a failure has confidence 0.
    """
    scored = [row for row in rows if row.detail["expected"] in (Expect.ANSWER, Expect.PARTIAL, Expect.ABSTAIN)]
    scored = [row for row in scored if "correct" in row.measures]
    if not scored:
        return {}
    # An abstention gives no answer: if it had to, it would be wrong, whatever was expected.
    correct = [0.0 if row.detail.get("abstained") != "false" else row.measures["correct"] for row in scored]
    curve = risk_coverage([float(row.detail.get("confidence", "0")) for row in scored], correct)
    best = risk_coverage(correct, correct)
    return {
        "n": len(scored),
        "aurc": round(curve.aurc, DIGITS),
        "best": round(best.aurc, DIGITS),
        "random": round(1 - float(np.mean(correct)), DIGITS),
        "points": [[round(float(x), DIGITS), round(float(y), DIGITS)] for x, y in _thinned(curve.points)],
    }


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= _POINTS:
        return list(points)
    chosen = sorted({round(index) for index in np.linspace(0, len(points) - 1, _POINTS)})
    return [points[index] for index in chosen]


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(sum(found) / len(found), DIGITS) if found else None


def _sum(rows: Sequence[Row], key: str) -> dict[str, float]:
    counts = [int(row.detail[key]) for row in rows if key in row.detail]
    return {"total": sum(counts), "mean": round(sum(counts) / len(counts), 1) if counts else 0.0}


def _seconds(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """p50 and p95 by stage over the questions that went through it."""
    stages = sorted({stage for row in rows for stage in row.seconds})
    found = {}
    for stage in stages:
        p50, p95 = np.percentile([row.seconds[stage] for row in rows if stage in row.seconds], [50, 95])
        found[stage] = {"p50": round(float(p50), DIGITS), "p95": round(float(p95), DIGITS)}
    return found
