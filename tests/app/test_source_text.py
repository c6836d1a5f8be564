"""A source as HTML: words marked, tables as tables; and frames of exactly the cited words."""

from __future__ import annotations

import re

import pytest

from app.sentence_boxes import sentence_boxes
from app.source_text import passage_html, window_html
from store.types import LineBox, Span

TABLE = "用时如下：\n日期 | 分钟\n三月 | 52\n六月 | 38\n以上。"


def spans(text: str, *words: str) -> list[Span]:
    return [Span(text.index(word), text.index(word) + len(word)) for word in words]


def test_rows_become_a_table_with_its_first_row_as_head_and_the_cited_cell_marked() -> None:
    html = passage_html(TABLE, spans(TABLE, "38"))
    assert "<th>日期</th><th>分钟</th>" in html
    assert "<td>六月</td><td><mark>38</mark></td>" in html
    assert html.index("用时如下") < html.index("<table") < html.index("以上。")


def test_a_mark_over_a_whole_row_is_in_each_of_its_cells() -> None:
    assert "<td><mark>六月</mark></td><td><mark>38</mark></td>" in passage_html(TABLE, spans(TABLE, "六月 | 38"))


def test_a_single_line_with_a_bar_is_no_table() -> None:
    assert "<table" not in passage_html("a | b\nc", [])


def test_hostile_text_stays_text() -> None:
    html = passage_html("<b>x</b> | <script>\n<img src=x> | y", [Span(0, 3)])
    assert set(re.findall(r"</?(\w+)", html)) <= {"div", "table", "tr", "th", "td", "mark"}


def test_the_window_holds_the_passage_between_what_stands_around_it() -> None:
    text = "\n".join(f"第 {n} 行。" for n in range(500))
    start = text.index("第 250 行")
    html = window_html(text, Span(start, start + 8), [Span(start, start + 7)])
    assert "<mark>第 250 行</mark>" in html.replace("。</mark>", "</mark>。")
    assert "第 240 行" in html
    assert "第 260 行" in html
    assert "第 1 行" not in html
    assert "第 499 行" not in html
    assert html.count("sj-around") == 2


@pytest.mark.parametrize("passage", [Span(0, 3), Span(3, 6), Span(0, 6)])
def test_the_window_at_the_ends_of_a_document(passage) -> None:
    html = window_html("一二三四五六", passage, [passage])
    assert re.sub(r"<[^>]+>", "", html) == "一二三四五六"


@pytest.mark.parametrize("at", range(0, 2000, 190))
def test_the_window_shows_whole_lines_and_every_character_of_the_passage(at) -> None:
    text = "\n".join("行" * (n % 37) + f"{n}" for n in range(120))
    passage = Span(min(at, len(text) - 5), min(at + 40, len(text)))
    shown = re.sub(r"<[^>]+>", "", window_html(text, passage, []))
    assert text[passage.start : passage.end].replace("\n", "") in shown.replace("\n", "")


def test_a_frame_ends_where_the_sentence_ends() -> None:
    """Ten Han characters over .8 of the page: characters 4 to 8 stand from .1 + 4 · .08 = .42 to .1 + 8 · .08 = .74."""
    box = LineBox(100, 110, 1, 0.1, 0.5, 0.9, 0.52)
    text = " " * 100 + "一二三四五六七八九十"
    (cut,) = sentence_boxes([box], [Span(104, 108)], text)
    assert (cut.left, cut.right) == (pytest.approx(0.42), pytest.approx(0.74))
    assert (cut.top, cut.bottom, cut.start, cut.end) == (0.5, 0.52, 104, 108)


def test_a_frame_over_whole_lines_is_the_lines() -> None:
    boxes = [LineBox(0, 4, 1, 0.1, 0.1, 0.9, 0.12), LineBox(4, 8, 1, 0.1, 0.13, 0.5, 0.15)]
    assert sentence_boxes(boxes, [Span(0, 8)], "一二三四五六七八") == tuple(boxes)


def test_latin_letters_are_half_as_wide_as_han() -> None:
    """ "ab" is 1.1, "一" is 1: the cut after two of three characters stands at 1.1 / 2.1 of the line."""
    (cut,) = sentence_boxes([LineBox(0, 3, 1, 0.0, 0.0, 1.0, 0.1)], [Span(2, 3)], "ab一")
    assert cut.left == pytest.approx(1.1 / 2.1)


def test_two_sentences_of_a_line_have_a_frame_each() -> None:
    box = LineBox(0, 12, 1, 0.0, 0.0, 1.0, 0.1)
    assert len(sentence_boxes([box], [Span(0, 4), Span(8, 12)], "一二三四五六七八九十零百")) == 2
