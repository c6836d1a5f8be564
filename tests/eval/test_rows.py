from __future__ import annotations

import math

import pytest

from eval.errors import EvalInputError
from eval.rows import read_rows, row_line, write_rows
from eval.types import Ranked, Row

ROW = Row(
    question="q1",
    mode="hybrid",
    text="資料庫\u2028如何「檢索」？\n第二行",
    direction="zh→en",
    measures={"recall@5": 1.0, "ndcg@10": 0.123456789},
    ranking=(Ranked("文档 1", 0.5), Ranked("doc/2", -1.25)),
    seconds={"dense": 0.0012345678},
    failed="",
    lost="fusion",
    found={"dense": 3},
    detail={"answer": "答案［１］"},
)


def test_rows_come_back_as_they_were_written(tmp_path) -> None:
    path = tmp_path / "per_query.jsonl"
    write_rows(path, [ROW, Row("q2", "dense", "?", "en→en", {}, failed="模型没有回答")])
    first, second = read_rows(path)
    assert first.measures == {"recall@5": 1.0, "ndcg@10": 0.123457}  # six digits
    assert (first.text, first.ranking, first.found, first.detail) == (ROW.text, ROW.ranking, ROW.found, ROW.detail)
    assert second.failed == "模型没有回答"
    write_rows(path, [first, second])
    assert read_rows(path) == (first, second)


def test_the_bytes_do_not_depend_on_the_order_of_keys(tmp_path) -> None:
    turned = Row("q", "m", "t", "d", {"b": 1.0, "a": 0.0})
    assert row_line(turned) == row_line(Row("q", "m", "t", "d", {"a": 0, "b": 1}))
    assert row_line(ROW).count(b"\n") == 1
    assert "資料庫".encode() in row_line(ROW)


def test_a_lone_surrogate_survives(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [Row("q", "m", "坏\ud800字", "zh→zh", {})])
    assert read_rows(path)[0].text == "坏\ud800字"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_not_written(value, tmp_path) -> None:
    with pytest.raises(ValueError, match="'q7'"):
        write_rows(tmp_path / "rows.jsonl", [Row("q7", "m", "t", "d", {"map": value})])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"question": "q"', "not a JSON object"),
        ("[1, 2]", "object belongs here"),
        ('{"question": "q"}', "keys missing"),
        (row_line(ROW).decode().replace('"lost"', '"verloren"'), "verloren"),
        (row_line(ROW).decode().replace("1.0", '"1"'), r"measures\.recall@5 is '1'"),
        (row_line(ROW).decode().replace("1.0", "NaN"), "NaN"),
        (row_line(ROW).decode().replace('"q1"', "1"), "question is 1"),
        (row_line(ROW).decode().replace("0.5]", "[]]"), "ranking holds"),
        (row_line(ROW).decode().replace('[["文档 1", 0.5], ["doc/2", -1.25]]', '"x"'), "a list belongs here"),
        (row_line(ROW).decode().replace('{"dense": 3}', "3"), "found is 3"),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(line, told, tmp_path) -> None:
    path = tmp_path / "per_query.jsonl"
    path.write_bytes(row_line(ROW) + b"\n" + line.replace("\n", "").encode() + b"\n")
    with pytest.raises(EvalInputError, match=told) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}:3: ")  # line 2 is blank


def test_bytes_that_are_not_utf8_are_named(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes("检索".encode("gb18030") + b"\n")
    with pytest.raises(EvalInputError, match=":1: "):
        read_rows(path)
    path.write_bytes(b"[" + "检索".encode("gb18030") + b"]\n")
    with pytest.raises(EvalInputError, match=":1: "):
        read_rows(path)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(EvalInputError, match=r"nowhere\.jsonl"):
        read_rows(tmp_path / "nowhere.jsonl")
