"""Chinese and English lines in the columns of a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.terminal_wrap import columns, wrapped

MIXED = st.text(st.sampled_from("书架，。（）“”《》、：abc-`/.[] 1"), max_size=80)


def test_chinese_takes_two_columns_and_english_one() -> None:
    assert (columns("书架"), columns("ask"), columns("问 ask。")) == (4, 3, 8)


def test_a_line_breaks_between_any_two_chinese_characters() -> None:
    assert wrapped("把文档放上书架再提问", 8) == ["把文档放", "上书架再", "提问"]


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    assert wrapped("先收录，再提问。", 6) == ["先收", "录，再", "提问。"]  # not: 先收录 / ，再提 / 问。
    assert wrapped("出处（见下方的原文）", 6) == ["出处", "（见下", "方的", "原文）"]  # not: 出处（ / 见下方


def test_no_single_character_is_left_for_the_last_line() -> None:
    assert wrapped("没有变化的不再读取。", 16) == ["没有变化的不再", "读取。"]  # 8 characters would fit, and leave 取。


def test_english_words_flags_and_paths_stay_whole() -> None:
    assert wrapped("先用 ingest 收录 ~/Documents", 11) == ["先用 ingest", "收录", "~/Documents"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]


def test_what_comes_last_stays_whole_where_it_fits() -> None:
    assert wrapped("段落数", 14, last="[默认：10]") == ["段落数", "[默认：10]"]  # 6 + 1 + 10 = 17 columns
    assert wrapped("段落数", 17, last="[默认：10]") == ["段落数 [默认：10]"]


@given(MIXED, st.integers(min_value=8, max_value=40))
def test_every_line_fits_and_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert max(map(columns, lines), default=0) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_an_empty_text_has_no_lines() -> None:
    assert wrapped(" ", 10) == []
