from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.cli_eval_feedback import gate
from eval.errors import EvalInputError
from eval.flywheel.gate import parse_limit, read_baseline, read_report


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


def retrieval(**changed: Any) -> dict[str, Any]:
    modes = {
        "hybrid": {"ndcg@10": estimate(0.75), "recall@5": estimate(0.82)},
        "dense": {"ndcg@10": estimate(0.70), "recall@5": estimate(0.79)},
    }
    counts = {"documents": 120, "queries": 40, "failed": 0}
    return {"version": 1, "dataset": "集合", "split": "dev", **counts, "modes": modes, **changed}


class Gate:
    """The command on a report in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.baseline = folder / "base" / "基线.json"
        self.app = typer.Typer()
        self.app.command()(gate)

    def report(self, payload: Any) -> Path:
        path = self.folder / "report.json"
        path.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
        return path

    def __call__(self, *arguments: str, code: int = 0) -> list[str]:
        result = CliRunner().invoke(self.app, [str(self.folder / "report.json"), *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout.splitlines()

    def against(self, code: int = 0, *more: str) -> list[str]:
        return self("--baseline", str(self.baseline), *more, code=code)


@pytest.fixture
def run(tmp_path: Path) -> Gate:
    made = Gate(tmp_path)
    made.report(retrieval())
    return made


def test_a_report_that_reaches_its_limits_passes(run: Gate) -> None:
    assert run("--fail-under", "ndcg@10=0.70", "--fail-under", "hybrid:recall@5=0.8") == ["passed: 4 values"]


def test_a_missed_limit_is_one_line_with_value_limit_and_distance(run: Gate) -> None:
    assert run("--fail-under", "hybrid:recall@5=0.90", code=1) == [
        "hybrid:recall@5 = 0.8200: below the limit 0.9000 by 0.0800"
    ]


def test_a_limit_without_a_mode_holds_for_every_mode(run: Gate) -> None:
    lines = run("--fail-under", "ndcg@10=0.72", "--fail-under", "recall@5=0.95", code=1)
    assert [line.split(" =")[0] for line in lines] == ["dense:ndcg@10", "hybrid:recall@5", "dense:recall@5"]


def test_a_measure_that_is_not_there_names_those_that_are(run: Gate) -> None:
    for limit in ("ndgc@10=0.7", "sparse:ndcg@10=0.7"):
        with pytest.raises(EvalInputError, match="it has dense:ndcg@10, dense:recall@5, hybrid:ndcg@10, hybrid"):
            run("--fail-under", limit)


@pytest.mark.parametrize("limit", ["ndcg@10", "=0.7", "ndcg@10=hoch", "ndcg@10=nan", "ndcg@10=inf"])
def test_a_limit_that_cannot_be_read_says_how_to_write_one(limit: str) -> None:
    with pytest.raises(EvalInputError, match="MODE:MEASURE=VALUE"):
        parse_limit(limit)


def test_a_baseline_holds_within_the_tolerance_and_not_beyond_it(run: Gate) -> None:
    run.against(0, "--write-baseline")
    assert run.against() == ["passed: 4 values"]
    worse = retrieval()
    worse["modes"]["hybrid"]["ndcg@10"] = estimate(0.74)  # .75 - .01, the tolerance itself
    run.report(worse)
    run.against()
    worse["modes"]["hybrid"]["ndcg@10"] = estimate(0.735)
    run.report(worse)
    assert run.against(1) == ["hybrid:ndcg@10 = 0.7350: below the baseline 0.7400 by 0.0050"]
    run.against(0, "--tolerance", "0.02")


def test_a_better_report_and_a_new_measure_pass(run: Gate) -> None:
    run.against(0, "--write-baseline")
    better = retrieval()
    better["modes"]["hybrid"]["ndcg@10"] = estimate(0.9)
    better["modes"]["hybrid"]["map"] = estimate(0.1)
    run.report(better)
    run.against()


def test_a_measure_that_went_missing_fails(run: Gate) -> None:
    run.against(0, "--write-baseline")
    less = retrieval()
    del less["modes"]["dense"]
    run.report(less)
    assert [line.partition(":")[0] for line in run.against(1)] == ["dense", "dense"]


@pytest.mark.parametrize("changed", [{"queries": 41}, {"split": "heldout"}, {"data_hash": "sha256:ab"}])
def test_a_baseline_of_other_data_is_refused(run: Gate, changed: dict[str, Any]) -> None:
    run.against(0, "--write-baseline")
    run.report(retrieval(**changed))
    with pytest.raises(EvalInputError, match=r"other data .* cannot be compared"):
        run.against()


def test_the_hash_of_the_data_counts_where_there_is_one(run: Gate) -> None:
    run.report(retrieval(data_hash="sha256:ab"))
    run.against(0, "--write-baseline")
    run.report(retrieval(data_hash="sha256:ab", dataset="renamed"))
    run.against()


def test_no_baseline_is_written_over_a_missed_limit(run: Gate) -> None:
    run.against(1, "--write-baseline", "--fail-under", "ndcg@10=0.99")
    assert not run.baseline.exists()


def answers(aurc: float, **changed: Any) -> dict[str, Any]:
    risk = {"all": {"aurc": aurc, "points": []}, "zh": {"aurc": 0.9, "points": []}}
    measures = {"f1": estimate(0.6), "bleu": None}
    base = {"version": 1, "kind": "answers", "data": "ab12", "n": {"asked": 20}, "measures": measures}
    return {**base, "risk_coverage": risk, **changed}


def test_the_form_of_answers_is_read_too_and_less_is_better_where_it_is(run: Gate) -> None:
    run.report(answers(0.20))
    assert run("--fail-under", "f1=0.5", "--fail-under", "aurc=0.25") == ["passed: 2 values"]
    assert run("--fail-under", "aurc=0.15", code=1) == ["aurc = 0.2000: above the limit 0.1500 by 0.0500"]
    run.against(0, "--write-baseline")
    run.report(answers(0.10))
    run.against()
    run.report(answers(0.23))
    run.against(1)
    run.report(answers(0.20, n={"asked": 10}))
    with pytest.raises(EvalInputError, match="other data"):
        run.against()


def test_the_names_of_chunkers_may_hold_a_colon(run: Gate) -> None:
    run.report({"version": 1, "data_hash": "x", "modes": {"recursive:220": {"ndcg@10": estimate(0.6)}}})
    assert run("--fail-under", "recursive:220:ndcg@10=0.7", code=1) == [
        "recursive:220:ndcg@10 = 0.6000: below the limit 0.7000 by 0.1000"
    ]


@pytest.mark.parametrize("payload", ["{", "[]", "{}", '{"measures": {"f1": "hoch"}}', '{"modes": {}}'])
def test_what_is_no_report_is_named(run: Gate, payload: str) -> None:
    path = run.report(payload)
    with pytest.raises(EvalInputError, match=r"report\.json"):
        read_report(path)


def test_a_missing_report_and_a_foreign_baseline_are_named(run: Gate, tmp_path: Path) -> None:
    with pytest.raises(EvalInputError, match="cannot be read"):
        read_report(tmp_path / "nirgends.json")
    with pytest.raises(EvalInputError, match="--write-baseline"):
        read_baseline(run.report(retrieval()))


def test_nothing_to_check_and_nowhere_to_write_are_mistakes(run: Gate) -> None:
    with pytest.raises(EvalInputError, match="nothing to check"):
        run()
    with pytest.raises(EvalInputError, match="--baseline FILE"):
        run("--write-baseline", "--fail-under", "ndcg@10=0.1")


def test_the_same_report_writes_the_same_baseline(run: Gate) -> None:
    run.against(0, "--write-baseline")
    first = run.baseline.read_bytes()
    run.against(0, "--write-baseline")
    assert run.baseline.read_bytes() == first
