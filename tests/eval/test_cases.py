from __future__ import annotations

import json

import pytest

from eval.cases import Anchored, Case, anchor, read_cases, write_cases
from eval.errors import EvalInputError
from eval.types import GoldSpan
from store.types import Document

TEXT = "开头一句。演练总共用了 38 分钟，比计划少。后面还有别的话。"
QUOTE = "演练总共用了 38 分钟，比计划少。"
START = TEXT.index(QUOTE)
GOLD = GoldSpan("old", START, START + len(QUOTE), QUOTE, "手册.md")


def document(text: str, identity: str = "new") -> Document:
    return Document(identity, "手册", "md", "zh", text, len(text))


def test_a_label_on_the_same_bytes_stands_where_it_stood():
    assert anchor(GOLD, [document(TEXT, "old")]) == Anchored("old", START, START + len(QUOTE), "exact")


def test_words_that_moved_are_found_with_other_blanks_and_the_nearest_copy_counts():
    moved = "新写的一段。" * 3 + TEXT.replace("38 分钟", "38\n分钟") + "尾" * 400 + QUOTE
    found = anchor(GOLD, [document(moved)])
    assert found is not None
    assert found.how == "moved"
    assert moved[found.start : found.end] == QUOTE.replace("38 分钟", "38\n分钟")


def test_an_edited_sentence_is_found_by_its_likeness():
    edited = TEXT.replace("演练总共用了 38 分钟", "演练一共用了 42 分钟")
    found = anchor(GOLD, [document("全然不同的文字。" * 9, "other"), document(edited)])
    assert found is not None
    assert (found.document, found.how) == ("new", "edited")
    assert "42 分钟" in edited[found.start : found.end]


@pytest.mark.parametrize(
    ("quote", "text", "how"),
    [
        ("頤和園的門票在旺季是三十元", "序言。颐和园的门票在旺季是三十元。后面。", "moved"),
        ("颐和园的门票在旺季是三十元", "序言。頤和園的門票\n在旺季是三十元。後面。", "moved"),
        ("頤和園的門票在旺季是三十元，淡季是二十元", "序言。颐和园的门票在旺季是三十五元，淡季是二十元。", "edited"),
        ("ＧＢ/T 5972 的規定", "见 gb/T 5972 的规定。", "moved"),
    ],
)
def test_a_quote_in_the_other_script_is_found_where_it_stands(quote, text, how):
    found = anchor(GoldSpan("old", 0, len(quote), quote, ""), [document(text)])
    assert found is not None
    assert found.how == how
    part = {"頤": "门票在旺季", "颐": "門票\n在旺季", "Ｇ": "gb/T 5972 的规定"}[quote[0]]
    assert part in text[found.start : found.end]


def test_words_that_are_gone_are_a_lost_label():
    assert anchor(GOLD, [document("这份文件已经改写，谈的是食堂的菜单和午休时间。" * 5)]) is None
    assert anchor(GOLD, []) is None


def test_a_short_quote_is_never_guessed():
    short = GoldSpan("old", 0, 2, "38", "")
    assert anchor(short, [document("39 与 37")]) is None


def test_the_first_candidate_wins_over_a_copy_elsewhere():
    found = anchor(GOLD, [document("x" + TEXT, "renamed"), document(TEXT, "copy")])
    assert found is not None
    assert found.document == "renamed"


def test_cases_are_read_back_as_they_were_written(tmp_path):
    cases = (
        Case("一", "用了多久？", "zh", (GOLD,), ("38 分钟",), source="feedback", history=("上一轮",)),
        Case("2", "Who wins?", "en", (), (), answerable=False, extra={"note": "twin"}),
    )
    write_cases(tmp_path / "案例.jsonl", cases)
    assert read_cases(tmp_path / "案例.jsonl") == cases


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("{", r"cases\.jsonl:2: Expecting"),
        ("[]", r"cases\.jsonl:2: expected a JSON object, found list"),
        ({"id": "x"}, r"cases\.jsonl:2: 'question' is missing"),
        ({"question": "  "}, r"cases\.jsonl:2: 'question' must be a text that is not empty"),
        ({"question": "q"}, r"cases\.jsonl:2: an answerable case needs 'gold' or 'answers'"),
        ({"id": "a", "question": "q", "answers": ["x"]}, r"cases\.jsonl:2: id 'a' is used a second time"),
        (
            {"question": "q", "gold": [{"document": "d", "start": 5, "end": 3, "quote": "x"}]},
            r"cases\.jsonl:2: a gold span needs 0 <= start < end and a quote, found 5, 3, 'x'",
        ),
        ({"question": "q", "gold": [{"start": 0, "end": 1, "quote": "x"}]}, r"cases\.jsonl:2: a gold span names its"),
    ],
)
def test_a_malformed_case_is_named_with_file_and_line(tmp_path, second, message):
    first = json.dumps({"id": "a", "question": "q", "answers": ["x"]})
    second = second if isinstance(second, str) else json.dumps(second)
    (tmp_path / "cases.jsonl").write_text(f"{first}\n{second}\n", encoding="utf-8")
    with pytest.raises(EvalInputError, match=message):
        read_cases(tmp_path / "cases.jsonl")


def test_an_empty_or_missing_file_is_an_error(tmp_path):
    (tmp_path / "cases.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(EvalInputError, match="holds no case"):
        read_cases(tmp_path / "cases.jsonl")
    with pytest.raises(EvalInputError, match="is missing"):
        read_cases(tmp_path / "none.jsonl")
