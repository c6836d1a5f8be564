from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean_code, clean_line, clean_text, joint, table_text, unwrap


def test_invisible_characters_go_and_words_stay() -> None:
    assert clean_line("safe \u202egnp.exe\u202c \x07\x1b[31mred\x1b[0m \ufeff\u200b零宽") == "safe gnp.exe red 零宽"
    assert clean_line("hi\U000e0069\U000e0067\U000e006eore") == "hiore"  # Unicode tags: invisible ASCII


def test_full_width_and_traditional_forms_are_kept() -> None:
    assert clean_line("ＡＢＣ，１２３　繁體") == "ＡＢＣ，１２３ 繁體"


def test_composed_form_and_surrogates() -> None:
    assert clean_line("e\u0301") == "é"
    assert clean_line("a\ud800b") == "a\ufffdb"


def test_joiners_stay_in_emoji_and_persian_only() -> None:
    assert clean_line("👩\u200d💻") == "👩\u200d💻"
    assert clean_line("pass\u200dword") == "password"


def test_wrapped_chinese_joins_without_a_blank_and_english_with_one() -> None:
    assert unwrap(["将会持", "续到", "2024 年", "in the", "end，", "完"]) == "将会持续到 2024 年 in the end，完"
    assert joint("说", "“好”") == ""
    assert joint("said", "“yes”") == " "


def test_code_keeps_its_indentation() -> None:
    assert clean_code("\n\tif x:\n\t\treturn\u200b 1  \n\n") == "\tif x:\n\t\treturn 1"


def test_a_table_is_rows_of_cells_without_empty_columns() -> None:
    assert table_text([["姓名", "", "年龄"], ["张\n三", "", "30"], ["", "", ""]]) == "姓名 | 年龄\n张 三 | 30"
    assert table_text([["a | b", "c"]]) == "a ¦ b | c"


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
