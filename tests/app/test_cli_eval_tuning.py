"""`shujia eval ablate` and `shujia tune` on a small dataset whose dense leg knows nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from app.cli_eval_tuning import ablate, tune, write_tuned
from eval.errors import EvalInputError
from models.fakes import HashEmbedder

COMMENTED = "# 我的设置\ndense_weight = 0.9   # 太信语义检索\n# candidates = 100\n"


class Guessing(HashEmbedder):
    """Vectors that have nothing to do with what a text says."""

    def embed_passages(self, texts):
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
        vectors = np.stack([np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixty documents and questions that share a number, and an empty evaluation folder."""
    from app.wiring import Library

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUJIA_EVAL_FOLDER", str(tmp_path / "eval"))
    monkeypatch.setenv("SHUJIA_LANGUAGE", "en")
    monkeypatch.setattr(Library, "embedder", Guessing())
    made = tmp_path / "合同"
    made.mkdir()
    numbers = range(100, 160)
    corpus = [{"_id": f"d{n}", "title": "", "text": f"编号{n}的合同由法务部保管。"} for n in numbers]
    asked = [{"_id": f"q{n}", "text": f"编号{n}的合同在哪里？"} for n in numbers]
    for name, items in (("corpus.jsonl", corpus), ("queries.dev.jsonl", asked)):
        made.joinpath(name).write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items), "utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in numbers)
    made.joinpath("qrels.dev.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    return made


def call(*arguments: object, code: int = 0) -> str:
    program = typer.Typer()
    program.command()(ablate)
    program.command()(tune)
    result = CliRunner().invoke(program, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_wrong_weight_is_found_confirmed_and_written(folder, tmp_path):
    settings = tmp_path / "shujia.toml"
    settings.write_text(COMMENTED, encoding="utf-8")
    report = json.loads(call("tune", folder, "--out", tmp_path / "out", "--write", "--json"))
    assert report["real"]
    assert report["chosen"]["dense_weight"] < 0.9
    assert report["comparisons"][0]["low"] > 0
    assert report["written"] == "shujia.toml"
    lines = settings.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["# 我的设置", f"dense_weight = {report['chosen']['dense_weight']}   # 太信语义检索"]
    assert {one["question"] for one in rows(tmp_path / "out")}.isdisjoint(tuning_questions(report, folder))
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "per_query.jsonl").read_text("utf-8").splitlines()]


def tuning_questions(report: dict, folder: Path) -> set[str]:
    from eval.beir import read_dataset
    from eval.tuning.halves import halves

    tuning, confirming = halves(read_dataset(folder, "dev").questions, report["seed"])
    assert report["questions"] == {"tuning": len(tuning), "confirming": len(confirming)}
    return {question.id for question in tuning}


def test_without_the_option_nothing_is_written(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SHUJIA_DENSE_WEIGHT", "0.9")
    said = call("tune", folder)
    assert "a real gain" in said
    assert not (tmp_path / "shujia.toml").exists()


def test_settings_that_are_the_best_already_stay(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SHUJIA_DENSE_WEIGHT", "0")
    said = call("tune", folder, "--write")
    assert "nothing to change" in said
    assert not (tmp_path / "shujia.toml").exists()


@pytest.mark.parametrize("before", [None, COMMENTED])
def test_a_refused_gain_never_touches_the_file(tmp_path, monkeypatch, before):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shujia.toml"
    if before:
        path.write_text(before, encoding="utf-8")
    assert write_tuned({"real": False, "changes": {"dense_weight": 0.7, "candidates": 50}}) is None
    assert (path.read_text(encoding="utf-8") if path.exists() else None) == before


def test_held_out_questions_confirm_where_there_are_some(folder, monkeypatch):
    monkeypatch.setenv("SHUJIA_DENSE_WEIGHT", "0.9")
    held = ['{"_id": "h1", "text": "编号101的合同"}\n', '{"_id": "h2", "text": "编号102的合同"}\n']
    (folder / "queries.heldout.jsonl").write_text("".join(held), "utf-8")
    (folder / "qrels.heldout.tsv").write_text("query-id\tcorpus-id\tscore\nh1\td101\t1\nh2\td102\t1\n")
    report = json.loads(call("tune", folder, "--write", "--json"))
    assert report["confirmed_on"] == ["heldout"]
    assert report["questions"] == {"tuning": 60, "confirming": 2}
    assert (report["real"], report["written"]) == (False, None)  # two questions prove nothing
    assert not Path("shujia.toml").exists()


def test_ablate_reports_every_switch(folder, tmp_path):
    report = json.loads(call("ablate", folder, "--out", tmp_path / "out", "--sample", "40", "--rerank", "--json"))
    assert (report["kind"], report["queries"]) == ("ablation", 40)
    assert list(report["modes"])[:3] == ["default", "dense", "keyword"]
    assert "rerank-30" in report["modes"]
    found = {one["b"]: one["verdict"] for one in report["comparisons"]}
    assert found["dense"] == "worse"
    assert {row["mode"] for row in rows(tmp_path / "out")} == set(report["modes"])
    printed = call(
        "ablate", folder, "--out", tmp_path / "out", "--sample", "40", "--rerank"
    )  # the finished run is read
    assert "The configuration beats the dense leg alone by" in printed


def test_the_threshold_of_abstention_is_tuned_on_questions_with_answers(folder, tmp_path):
    lines = []
    for n in range(80):
        text = f"编号{n}的仓库在第{n}街，面积{n + 20}平方米。"
        asked = f"编号{n}的仓库面积是多少？" if n % 2 else f"去年哪家航空公司的第{n}次航班晚点最久？"
        kind = (
            {"answers": [[f"{n + 20}平方米"]]} if n % 2 else {"answers": [["不知道"]], "answerability": "UNANSWERABLE"}
        )
        lines.append({"_id": f"题{n}", "lang": "zh", "query": asked, "positive": [text], **kind})
    answers = tmp_path / "rag.dev.jsonl"
    answers.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    report = json.loads(call("tune", folder, "--answers", answers, "--out", tmp_path / "out", "--json"))
    found = report["abstain"]
    assert found["configured"] == 0.28
    assert found["questions"]["tuning"] + found["questions"]["confirming"] == 80
    assert {one["abstain"] for one in found["trials"]} >= {0.0, 0.28, 0.8}
    assert "abstain" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_questions_that_can_all_be_answered_tune_no_threshold(folder, tmp_path):
    answers = tmp_path / "rag.dev.jsonl"
    lines = [
        {"_id": str(n), "lang": "zh", "query": "哪条街？", "answers": [["街"]], "positive": ["街"]} for n in range(9)
    ]
    answers.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    with pytest.raises(EvalInputError, match=r"rag\.dev\.jsonl: half of the questions has none"):
        call("tune", folder, "--answers", answers)
