"""Rows → report.json of a retrieval run. Every number here can be computed again from per_query.jsonl."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.measures.ranking import MEASURES, recall_curve
from eval.measures.significance import compare_paired, interval, judged_together
from eval.run import Corpus, Evaluation
from eval.types import Dataset, Row

DEPTHS = (1, 2, 3, 5, 10, 20, 50, 100)  # of the recall curve
HEADLINE = "ndcg@10"  # the measure that verdicts are about


def summarize(
    dataset: Dataset,
    corpus: Corpus,
    evaluation: Evaluation,
    modes: Sequence[str],
    *,
    configuration: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """The report of one dataset as plain JSON values; measures with 95 % intervals, per mode and per direction.

    ``configuration`` holds ``config``, ``models`` and ``program`` as they are to be written.
    """
    rows = {mode: [row for row in evaluation.rows if row.mode == mode] for mode in modes}
    directions = sorted({row.direction for row in evaluation.rows})
    first = rows[modes[0]]
    return {
        "version": 1,
        "kind": "retrieval",
        "dataset": dataset.name,
        "split": dataset.split,
        "data_hash": dataset.hash,
        "documents": len(corpus.languages),
        "passages": len(corpus.places),
        "queries": len(dataset.questions),
        "failed": sum(1 for row in first if row.failed),
        "warnings": list(dataset.warnings),
        "modes": {mode: estimates(rows[mode], seed) for mode in modes},
        "directions": {
            way: {
                "queries": sum(1 for row in first if row.direction == way),
                "modes": {mode: estimates([r for r in rows[mode] if r.direction == way], seed) for mode in modes},
            }
            for way in directions
        },
        "latency": {mode: latency(rows[mode]) for mode in modes},
        "curves": {
            mode: [
                [depth, round(recall, 6)]
                for depth, recall in zip(
                    DEPTHS, recall_curve(dataset.judgments, evaluation.rankings[mode], DEPTHS), strict=True
                )
            ]
            for mode in modes
        },
        "comparisons": against_best(rows, HEADLINE, seed),
        "seed": seed,
        **configuration,
    }


def against_best(rows: Mapping[str, Sequence[Row]], measure: str, seed: int) -> list[dict[str, Any]]:
    """The mode with the highest mean of a measure (the first of equals) as B, against every other one as A.

    The tests are judged together (Holm). That the best was chosen on the same questions is not corrected for.
    """
    values = {mode: [row.measures[measure] for row in mine] for mode, mine in rows.items()}
    best = max(values, key=lambda mode: float(np.mean(values[mode])))
    others = [mode for mode in values if mode != best]
    found = judged_together([compare_paired(values[mode], values[best], seed=seed) for mode in others])
    return [
        {"a": mode, "b": best, "measure": measure, **rounded(asdict(one))}
        for mode, one in zip(others, found, strict=True)
    ]


def estimates(rows: Sequence[Row], seed: int, measures: Sequence[str] = MEASURES) -> dict[str, dict[str, float]]:
    """Each measure's mean over the rows with its 95 % bootstrap interval."""
    return {name: rounded(asdict(interval([row.measures[name] for row in rows], seed=seed))) for name in measures}


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Six digits behind the point: more than any report shows, fewer than two machines differ by."""
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}


def latency(rows: Iterable[Row]) -> dict[str, Any]:
    """p50 and p95 in seconds, in all and by stage, over the questions that were searched as a user's is."""
    timed = [row.seconds for row in rows if row.seconds]
    if not timed:
        return {"p50": None, "p95": None, "questions": 0, "stages": {}}
    stages = {name: _percentiles([seconds[name] for seconds in timed]) for name in timed[0]}
    total = stages.pop("total")
    return {**total, "questions": len(timed), "stages": stages}


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95])
    return {"p50": round(float(p50), 6), "p95": round(float(p95), 6)}
