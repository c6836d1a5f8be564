import json

import pytest
import typer
from typer.testing import CliRunner

from app.cli import run
from app.cli_eval_answers import answers
from app.console import Session

ITEM = {
    "_id": "zh-1",
    "lang": "zh",
    "query": "年假有几天？",
    "answers": [["十天"]],
    "positive": [["员工的年假有十天。"]],
    "negative": ["住宿标准为五百元。"],
}


@pytest.fixture
def evaluate(library_folder, tmp_path, monkeypatch, scripted):
    """`shujia eval answers` on an eval folder of its own, with the fake embedder."""
    scripted()
    monkeypatch.setenv("SHUJIA_EVAL_FOLDER", str(tmp_path / "eval"))
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = Session(None)

    app.command("answers")(answers)

    def call(*arguments, code=0):
        codes, results = [], []

        def command():
            results.append(CliRunner().invoke(app, ["answers", *map(str, arguments)]))
            if results[0].exception and not isinstance(results[0].exception, SystemExit):
                raise results[0].exception

        codes.append(run(command))
        assert (codes[0] or results[0].exit_code) == code, results[0].output
        return results[0].output

    return call


def write(path, *items):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), "utf-8")
    return path


def test_a_file_becomes_a_report_and_an_equal_run_is_read_again(evaluate, tmp_path):
    file = write(tmp_path / "set" / "rag.dev.jsonl", ITEM)
    report = json.loads(evaluate(file, "--out", tmp_path / "out", "--model", "extractive", "--json"))
    assert (report["version"], report["kind"], report["model"]) == (1, "answers", "extractive")
    assert report["files"][0]["name"] == "set/rag.dev.jsonl"
    assert report["measures"]["contains"]["value"] == 1.0
    assert "bertscore" in report["measures"]
    again = json.loads(evaluate(file, "--out", tmp_path / "out", "--model", "extractive", "--json"))
    assert again == report
    shown = evaluate(file, "--out", tmp_path / "out", "--model", "extractive")
    assert "set zh" in shown
    assert "report.html" in shown


def test_own_questions_are_searched_in_the_library(evaluate, fill, tmp_path):
    fill({"手册.txt": "员工的年假有十天。病假须有证明。"})
    own = {
        "id": "1",
        "question": "员工的年假有几天？",
        "answerable": True,
        "answers": ["十天", "10天"],
        "gold": [{"file": "手册.txt", "quote": "员工的年假有十天。"}],
    }
    file = write(tmp_path / "questions.jsonl", own)
    report = json.loads(
        evaluate(file, "--out", tmp_path / "out", "--model", "extractive", "--collection", "default", "--json")
    )
    assert report["measures"]["citation_recall"]["value"] == 1.0
    assert {"dense", "keyword", "fused"} <= set(report["seconds"])
    assert "change" in report["config"]["searched"]["questions"]


def test_a_corpus_beside_the_file_is_put_on_a_shelf_and_searched(evaluate, tmp_path):
    write(
        tmp_path / "ball" / "corpus.jsonl",
        {"_id": "44", "title": "公司", "text": "该公司在2021年1月任命了新的首席执行官。"},
    )
    item = {
        "_id": "1",
        "lang": "zh",
        "query": "公司何时任命首席执行官？",
        "answers": [["2021年1月"]],
        "doc_ids": ["44"],
        "evidence": ["该公司在2021年1月任命了新的首席执行官。"],
        "keypoints": ["1. 2021年1月任命"],
    }
    file = write(tmp_path / "ball" / "rag.dev.jsonl", item)
    report = json.loads(evaluate(file, "--out", tmp_path / "out", "--model", "extractive", "--json"))
    assert report["measures"]["contains"]["value"] == 1.0
    assert report["measures"]["citation_precision"]["value"] == 1.0


def test_a_question_without_passages_and_without_a_library_is_a_mistake_in_the_command(evaluate, tmp_path, capsys):
    file = write(tmp_path / "questions.jsonl", {"id": "1", "question": "谁？", "answerable": False, "answers": []})
    evaluate(file, "--out", tmp_path / "out", "--model", "extractive", code=2)
    assert "--collection" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "{no json", '{"_id": "1", "answers": []}', '{"_id": "1", "title": "", "text": "BEIR"}']
)
def test_bad_input_is_one_sentence_and_exit_code_2(evaluate, tmp_path, capsys, text):
    file = tmp_path / "rag.dev.jsonl"
    file.write_text(text, "utf-8")
    evaluate(file, "--out", tmp_path / "out", "--model", "extractive", code=2)
    told = capsys.readouterr().err
    assert str(file) in told
    assert len(told.strip().splitlines()) == 1
    evaluate(tmp_path / "missing.jsonl", "--out", tmp_path / "out", code=2)
