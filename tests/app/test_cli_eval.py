from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ingest.pipeline import Ingestion

RECORDS = [
    {"_id": "d1", "title": "长江", "text": "长江的源头在唐古拉山脉，全长六千多公里。"},
    {"_id": "d2", "title": "黄河", "text": "黄河的源头在巴颜喀拉山，流经九个省区。"},
    {"_id": "d3", "title": "Harbour", "text": "The harbour freezes in winter and opens in spring."},
    {"_id": "d4", "title": "", "text": "A ferry leaves the harbour every day at noon."},
]
QUESTIONS = [
    {"_id": "1", "text": "长江的源头在哪里？"},
    {"_id": "2", "text": "哪条河流经九个省区？"},
    {"_id": "3", "text": "When does the harbour freeze?"},
    {"_id": "4", "text": "When does the ferry leave?"},
]


def write(folder: Path, records=RECORDS, questions=QUESTIONS, split: str = "dev") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (("corpus.jsonl", records), (f"queries.{split}.jsonl", questions)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    judged = "".join(f"{question['_id']}\td{question['_id']}\t1\n" for question in questions)
    (folder / f"qrels.{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, encoding="utf-8")
    return folder


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SHUJIA_EVAL_FOLDER", str(tmp_path / "评测"))
    return tmp_path / "评测"


def test_retrieval_writes_the_three_files_and_prints_the_contract(cli, shelf, tmp_path):
    report = cli.json("eval", "retrieval", write(tmp_path / "江河"), "--out", tmp_path / "报告")
    assert report == json.loads((tmp_path / "报告" / "report.json").read_text(encoding="utf-8"))
    assert (report["dataset"], report["split"], report["documents"], report["queries"], report["failed"]) == (
        "江河",
        "dev",
        4,
        4,
        0,
    )
    assert list(report["modes"]) == ["dense", "keyword", "hybrid"]
    assert report["modes"]["keyword"]["recall@5"]["value"] == 1
    assert report["models"]["embedder"].startswith("hash")
    rows = (tmp_path / "报告" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4 * 3
    assert "<title>" in (tmp_path / "报告" / "report.html").read_text(encoding="utf-8")


def without_times(folder: Path) -> list[object]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    report.pop("latency")
    rows = [json.loads(line) for line in (folder / "per_query.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row.pop("seconds")
    return [report, rows]


def test_a_second_run_gives_the_same_but_for_the_times_and_embeds_nothing(cli, shelf, tmp_path, monkeypatch):
    folder = write(tmp_path / "江河")
    cli("eval", "retrieval", folder, "--out", tmp_path / "a")

    def refuse(*_: object) -> None:
        raise AssertionError("a document was ingested again")

    monkeypatch.setattr(Ingestion, "run", refuse)
    cli("eval", "retrieval", folder, "--out", tmp_path / "b")
    assert without_times(tmp_path / "a") == without_times(tmp_path / "b")


def test_several_datasets_get_a_folder_each_and_an_overview(cli, shelf, tmp_path):
    write(tmp_path / "sets" / "zh", RECORDS, QUESTIONS[:2])
    write(tmp_path / "sets" / "en", RECORDS, QUESTIONS[2:])
    report = cli.json(
        "eval", "retrieval", tmp_path / "sets", "--out", tmp_path / "out", "--modes", "dense,keyword,hybrid"
    )
    assert list(report["datasets"]) == ["en", "zh"]
    means = [report["datasets"][name]["modes"]["hybrid"]["ndcg@10"]["value"] for name in ("en", "zh")]
    assert report["modes"]["hybrid"]["ndcg@10"]["value"] == pytest.approx(sum(means) / 2, abs=1e-6)
    assert (tmp_path / "out" / "zh" / "report.html").is_file()
    rows = (tmp_path / "out" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(row)["question"] for row in rows} == {"zh/1", "zh/2", "en/3", "en/4"}


def test_what_an_interrupted_run_had_measured_is_not_measured_again(cli, shelf, tmp_path):
    folder = write(tmp_path / "江河")
    cli("eval", "retrieval", folder, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "report.json").stat().st_mtime_ns
    cli("eval", "retrieval", folder, "--out", tmp_path / "out")
    assert (tmp_path / "out" / "report.json").stat().st_mtime_ns == before
    cli("eval", "retrieval", folder, "--out", tmp_path / "out", "--modes", "dense")
    assert (tmp_path / "out" / "report.json").stat().st_mtime_ns > before
    before = (tmp_path / "out" / "report.json").stat().st_mtime_ns
    cli("eval", "retrieval", folder, "--out", tmp_path / "out", "--modes", "dense", "--fresh")
    assert (tmp_path / "out" / "report.json").stat().st_mtime_ns > before


def test_every_chunker_is_scored_on_the_same_labels(cli, shelf, tmp_path):
    files = tmp_path / "文件"
    files.mkdir()
    (files / "江河.txt").write_text("长江的源头在唐古拉山脉。\n\n黄河的源头在巴颜喀拉山。", encoding="utf-8")
    quote = "黄河的源头在巴颜喀拉山。"
    case = {"id": "a", "question": "黄河的源头在哪里？"}
    gold = [{"file": "江河.txt", "start": 0, "end": 12, "quote": quote}]
    lost = [{"file": "江河.txt", "start": 0, "end": 12, "quote": "这句话从来不在任何一个文件里面出现。"}]
    lines = [case | {"gold": gold}, {"id": "b", "question": "别的问题？", "gold": lost}]
    (tmp_path / "题.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    report = cli.json("eval", "chunkers", tmp_path / "题.jsonl", files, "--out", tmp_path / "out")
    names = ["recursive-1", "section-1", "sentence-2", "window-1", "parent-1", "fixed-1"]
    assert list(report["modes"]) == [f"{name}:220" for name in names]
    assert min(each["context_coverage"]["value"] for each in report["modes"].values()) > 0.9  # fixed drops the last 。
    assert {each["recall@100"]["value"] for each in report["modes"].values()} == {1.0}
    assert report["queries"] == 1
    assert report["labels_lost"] == ["b: 这句话从来不在任何一个文件里面出现。"]
    assert report["passages"]["sentence-2:220"]["passages"] == 2


def test_compare_takes_two_modes_of_a_run_and_two_runs(cli, shelf, tmp_path):
    folder = write(tmp_path / "江河")
    cli("eval", "retrieval", folder, "--out", tmp_path / "a")
    report = cli.json("eval", "compare", tmp_path / "a", tmp_path / "a", "--mode", "dense:keyword")
    assert (report["a"], report["b"], report["measures"]["ndcg@10"]["n"]) == ("dense", "keyword", 4)
    cli("eval", "compare", tmp_path / "a", tmp_path / "a", "--out", tmp_path / "c")
    assert (tmp_path / "c" / "report.html").is_file()
    said = cli("eval", "compare", tmp_path / "a", tmp_path / "a").stdout
    assert re.search(r"a hybrid and .*a hybrid have the same nDCG@10 on every question", said), said


def test_the_verdict_names_the_mode_where_a_run_has_several(cli, shelf, tmp_path):
    """Two folders tell the runs apart, but not what is compared of them: hybrid, which nobody chose."""
    folder = write(tmp_path / "江河")
    for name, modes in (("a", "dense,hybrid"), ("b", "keyword,hybrid"), ("c", "hybrid"), ("d", "hybrid")):
        cli("eval", "retrieval", folder, "--out", tmp_path / name, "--modes", modes)
    assert "b hybrid and a hybrid have the same" in cli("eval", "compare", tmp_path / "a", tmp_path / "b").stdout
    assert "d and c have the same" in cli("eval", "compare", tmp_path / "c", tmp_path / "d").stdout
    report = cli.json("eval", "compare", tmp_path / "a", tmp_path / "b", "--mode", "dense:keyword")
    assert (report["a"], report["b"]) == ("a dense", "b keyword")


def test_a_bar_knows_from_the_start_how_many_there_are(cli, shelf):
    from app.eval_library import open_eval_library
    from app.settings import load
    from eval.beir import read_dataset

    told: list[tuple[int, int]] = []
    dataset = read_dataset(write(shelf.parent / "江河"))
    mine = open_eval_library(load())
    with mine.library:
        mine.corpus(dataset, watch=lambda *at: told.append(at))
        assert (told[0], told[-1]) == ((0, 4), (4, 4))
        told.clear()
        mine.corpus(dataset, watch=lambda *at: told.append(at))  # all are there
        assert told[-1] == (4, 4)
        for _ in range(2):  # the second time they are kept
            told.clear()
            mine.question_vectors(dataset.questions, watch=lambda *at: told.append(at))
            assert told[-1] == (4, 4)


def test_a_page_follows_its_readers_browser_unless_the_language_was_chosen(cli, shelf, tmp_path, monkeypatch):
    folder = write(tmp_path / "江河")
    for language, follows in (("en", False), ("auto", True)):
        monkeypatch.setenv("SHUJIA_LANGUAGE", language)
        run, compared = tmp_path / language, tmp_path / f"{language}-c"
        cli("eval", "retrieval", folder, "--out", run, "--modes", "dense,keyword")
        cli("eval", "compare", run, run, "--mode", "dense:keyword", "--out", compared)
        for page in (run, compared):
            assert ("data-follow>" in (page / "report.html").read_text(encoding="utf-8")) is follows


def test_compare_finds_chunkers_by_names_that_hold_a_colon(cli, shelf, tmp_path):
    (tmp_path / "a.txt").write_text("长江的源头在唐古拉山脉，那里终年积雪。", encoding="utf-8")
    case = {
        "question": "长江的源头在哪里？",
        "gold": [{"file": "a.txt", "start": 0, "end": 11, "quote": "长江的源头在唐古拉山脉"}],
    }
    (tmp_path / "c.jsonl").write_text(json.dumps(case), encoding="utf-8")
    chunkers = ["--chunkers", "recursive:220,fixed:48"]
    cli("eval", "chunkers", tmp_path / "c.jsonl", tmp_path / "a.txt", "--out", tmp_path / "o", *chunkers)
    report = cli.json("eval", "compare", tmp_path / "o", tmp_path / "o", "--mode", "recursive-1:220:fixed-1:48")
    assert (report["a"], report["b"]) == ("recursive-1:220", "fixed-1:48")
    rows = [json.loads(line) for line in (tmp_path / "o" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {name for row in rows for name, _ in row["ranking"]} == {"a.txt"}  # no path of this machine


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval", "retrieval", "nowhere", "--out", "o"], "nowhere is no folder"),
        (["eval", "retrieval", "空", "--out", "o"], "corpus.jsonl is missing"),
        (
            ["eval", "retrieval", "江河", "--out", "o", "--modes", "dense,magic"],
            "no mode 'magic'; there is dense, keyword",
        ),
        (["eval", "retrieval", "江河", "--out", "o", "--split", "test"], "queries.test.jsonl is missing"),
        (["eval", "retrieval", "江河", "--out", "o", "--chunker", "magic"], "no chunker named 'magic'"),
        (
            ["eval", "retrieval", "江河", "--out", "o", "--chunker", "fixed:5"],
            "a whole number of tokens from 16 to 480",
        ),
        (["eval", "retrieval", "江河", "江河", "--out", "o"], "two datasets are named 江河"),
        (["eval", "chunkers", "none.jsonl", "江河", "--out", "o"], "none.jsonl is missing"),
        (["eval", "compare", "江河", "江河"], "per_query.jsonl cannot be read"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_exit_code_2(cli, shelf, tmp_path, capsys, arguments, message):
    write(tmp_path / "江河")
    (tmp_path / "空").mkdir()
    cli(*arguments, code=2)
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
