from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.beir import read_dataset, records
from eval.errors import EvalInputError
from eval.types import Record

CORPUS = [
    {"_id": "d1", "title": "长江", "text": "长江发源于唐古拉山。"},
    {"_id": "d2", "title": "", "text": "The Rhine."},
]
QUERIES = [{"_id": "q1", "text": "长江发源于哪里？"}, {"_id": "q2", "text": "Which river?", "history": ["Hello", "Hi"]}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n"


def folder(at: Path, corpus=CORPUS, queries=QUERIES, qrels=QRELS, meta=None) -> Path:
    at.mkdir(exist_ok=True)
    for name, lines in (("corpus.jsonl", corpus), ("queries.dev.jsonl", queries)):
        text = lines if isinstance(lines, str) else "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
        (at / name).write_text(text, encoding="utf-8")
    (at / "qrels.dev.tsv").write_text(qrels, encoding="utf-8")
    if meta is not None:
        (at / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return at


def test_a_folder_is_read_whole(tmp_path):
    dataset = read_dataset(folder(tmp_path / "江河"))
    assert (dataset.name, dataset.split) == ("江河", "dev")
    assert [(q.id, q.text, q.history) for q in dataset.questions] == [
        ("q1", "长江发源于哪里？", ()),
        ("q2", "Which river?", ("Hello", "Hi")),
    ]
    assert dataset.judgments == {"q1": {"d1": 1}, "q2": {"d2": 2}}
    assert list(records(dataset.corpus)) == [
        Record("d1", "长江", "长江发源于唐古拉山。"),
        Record("d2", "", "The Rhine."),
    ]
    assert dataset.warnings == ()


def test_the_hash_changes_with_each_of_the_three_files(tmp_path):
    hashes = {
        read_dataset(folder(tmp_path / "a")).hash,
        read_dataset(folder(tmp_path / "b", corpus=CORPUS[::-1])).hash,
        read_dataset(folder(tmp_path / "c", queries=QUERIES[::-1])).hash,
        read_dataset(folder(tmp_path / "d", qrels=QRELS.replace("2\n", "1\n"))).hash,
    }
    assert len(hashes) == 4


def test_grades_below_the_collections_own_limit_are_not_relevant(tmp_path):
    dataset = read_dataset(folder(tmp_path / "a", meta={"min_rel": 2}))
    assert dataset.judgments == {"q1": {"d1": 0}, "q2": {"d2": 2}}
    assert dataset.warnings == ("1 questions have no relevant document and score 0: q1",)


def test_of_two_judgments_of_a_pair_the_higher_counts(tmp_path):
    dataset = read_dataset(folder(tmp_path / "a", qrels=QRELS + "q1\td1\t3\nq2\td2\t1\n"))
    assert dataset.judgments == {"q1": {"d1": 3}, "q2": {"d2": 2}}


def test_what_is_odd_but_usable_is_a_warning(tmp_path):
    more = QRELS + "q1\td9\t1\nq7\td1\t1\n"
    absent, unasked = read_dataset(folder(tmp_path / "a", qrels=more)).warnings
    assert absent == "1 judged documents are not in the corpus (the first on line 4): recall cannot reach 1"
    assert unasked == "1 judged questions are not asked in this split: q7"


def test_a_byte_order_mark_windows_line_ends_numbers_as_ids_and_trec_columns_are_fine(tmp_path):
    corpus = '\ufeff{"_id": 1, "text": "a"}\r\n\r\n{"_id": 2, "text": "b"}\r\n'
    dataset = read_dataset(folder(tmp_path / "a", corpus, [{"_id": 5, "text": "a?"}], "5\t0\t1\t1\r\n"))
    assert dataset.judgments == {"5": {"1": 1}}
    assert [record.id for record in records(dataset.corpus)] == ["1", "2"]


def line(*objects: object) -> str:
    return "".join(one + "\n" if isinstance(one, str) else json.dumps(one) + "\n" for one in objects)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"corpus": line(CORPUS[0], '{"_id": "d2", "text')}, r"corpus\.jsonl:2: not JSON"),
        ({"corpus": line(CORPUS[0], CORPUS[0])}, r"corpus\.jsonl:2: id 'd1' is used a second time"),
        ({"corpus": line([1, 2])}, r"corpus\.jsonl:1: expected a JSON object, found list"),
        ({"corpus": line({"_id": "d1"})}, r"corpus\.jsonl:1: 'text' must be a text, found NoneType"),
        ({"corpus": line({"text": "x"})}, r"corpus\.jsonl:1: '_id' must be a text that is not empty"),
        ({"corpus": ""}, r"corpus\.jsonl holds no document"),
        ({"queries": ""}, r"queries\.dev\.jsonl holds no question"),
        ({"queries": line(QUERIES[0], QUERIES[0])}, r"queries\.dev\.jsonl:2: id 'q1' is used a second time"),
        (
            {"queries": line({"_id": "q1", "text": "x", "history": "y"})},
            r"queries\.dev\.jsonl:1: history must be a list",
        ),
        (
            {"qrels": "query-id\tcorpus-id\tscore\nq1\td1\t1\n"},
            r"queries\.dev\.jsonl:2: question 'q2' has no judgment in qrels\.dev\.tsv",
        ),
        ({"qrels": "query-id\tcorpus-id\tscore\n"}, r"qrels\.dev\.tsv holds no judgment"),
        ({"qrels": QRELS + "q1\td2\t--1\n"}, r"qrels\.dev\.tsv:4: expected"),
        ({"qrels": QRELS + "q1\td2\t²\n"}, r"qrels\.dev\.tsv:4: expected"),
        ({"corpus": "[" * 100_000 + "\n"}, r"corpus\.jsonl:1: not JSON"),
        ({"corpus": '{"_id": "\\ud800", "text": "x"}\n'}, r"corpus\.jsonl:1: '_id' holds half a character"),
        ({"meta": {"min_rel": float("inf")}}, r"meta\.json: .*min_rel is a whole number"),
        ({"qrels": QRELS + "q1 d2 1\n"}, r"qrels\.dev\.tsv:4: expected query-id, corpus-id and a whole number"),
        ({"qrels": QRELS + "q1\td2\tyes\n"}, r"qrels\.dev\.tsv:4: expected"),
    ],
)
def test_a_malformed_line_is_named_with_file_and_line(tmp_path, broken, message):
    with pytest.raises(EvalInputError, match=message):
        read_dataset(folder(tmp_path / "a", **broken))


def test_bytes_that_are_not_utf8_are_named(tmp_path):
    at = folder(tmp_path / "a")
    (at / "corpus.jsonl").write_bytes(line(CORPUS[0]).encode() + '{"_id": "d2", "text": "长江"}'.encode("gbk"))
    with pytest.raises(EvalInputError, match=r"corpus\.jsonl:2: not UTF-8"):
        read_dataset(at)


def test_a_missing_file_says_what_a_folder_holds(tmp_path):
    at = folder(tmp_path / "a")
    with pytest.raises(EvalInputError, match=r"queries\.heldout\.jsonl is missing; a BEIR folder holds"):
        read_dataset(at, "heldout")
