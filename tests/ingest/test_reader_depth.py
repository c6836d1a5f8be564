"""What readers know beyond plain paragraphs: code, notes, spanned cells, headings by their looks."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE

from ingest.limits import Limits
from ingest.readers.choose import read
from ingest.types import BlockKind

H, P, L, T, C, N = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
    BlockKind.CODE,
    BlockKind.NOTE,
)
BODY = "正文写得很长，说明了许多事情，一直写到这一行的末尾才停下来。" * 2


def html(body: str) -> list[tuple[BlockKind, str]]:
    page = f"<html><body>{body}</body></html>".encode()
    return [(block.kind, block.text) for block in read(page, "a.html", Limits()).blocks]


def word(document: Any) -> list[tuple[BlockKind, str]]:
    buffer = io.BytesIO()
    document.save(buffer)
    return [(block.kind, block.text) for block in read(buffer.getvalue(), "a.docx", Limits()).blocks]


def bold(document: Any, text: str) -> None:
    document.add_paragraph().add_run(text).bold = True


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("<details><summary>摘要</summary>细节</details>", ["摘要", "细节"]),
        ("<figure><img src=x alt=图片><figcaption>图一 城市</figcaption></figure>", ["图片", "图一 城市"]),
        ("<article><p>第一篇</p></article><article><p>第二篇</p></article><p>外面</p>", ["第一篇", "第二篇", "外面"]),
        ("<p>若 <math><mi>x</mi><mo>=</mo><mn>1</mn></math> 则</p>", ["若 x=1 则"]),
        ("<p>前 <label>标签</label></p>", ["前 标签"]),
    ],
)
def test_no_words_of_a_page_are_lost_with_their_element(body: str, texts: list[str]) -> None:
    assert [text for _, text in html(body)] == texts


def test_the_frame_of_a_site_is_left_out_where_the_page_names_its_main_part() -> None:
    page = "<p>登录</p><main><h1>题目</h1><p>正文比四周的字多得多。</p></main><p>版权</p>"
    assert html(page) == [(H, "题目"), (P, "正文比四周的字多得多。")]
    assert (P, "外面的字比里面的多，所以都留下") in html("<p>外面的字比里面的多，所以都留下</p><main><p>短</p></main>")


def test_cells_that_span_columns_or_rows_leave_the_others_in_their_columns() -> None:
    table = (
        "<table><tr><th>城市</th><th colspan=2>人口</th></tr><tr><td rowspan=2>北京</td><td>2010</td><td>1961</td></tr>"
        "<tr><td>2020</td><td>2189</td></tr></table>"
    )
    assert html(table) == [(T, "城市 | 人口 |\n北京 | 2010 | 1961\n | 2020 | 2189")]


def test_footnotes_of_a_page_are_notes() -> None:
    page = (
        "<p>正文<a href='#n' epub:type='noteref'>1</a></p><aside epub:type='footnote'><p>脚注一</p></aside>"
        "<section class='footnotes'><ol><li><p>注释二</p></li></ol></section><p>后文</p>"
    )
    assert html(page) == [(P, "正文1"), (N, "脚注一"), (N, "注释二"), (P, "后文")]


def test_code_in_word_is_one_block_with_its_indentation() -> None:
    document = docx.Document()
    style = document.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph(BODY)
    for line in ("def f(x):", "    return x", "", "f(1)"):
        document.add_paragraph(line, style=style)
    document.add_paragraph(BODY)
    document.add_paragraph().add_run("  ls -l").font.name = "Courier New"
    assert word(document) == [(P, BODY), (C, "def f(x):\n    return x\n\nf(1)"), (P, BODY), (C, "  ls -l")]


def test_short_bold_lines_are_headings_where_no_style_names_any() -> None:
    document = docx.Document()
    bold(document, "第一章 概述")
    document.add_paragraph(BODY)
    bold(document, "Scope and terms")
    document.add_paragraph(BODY)
    bold(document, "这一句是强调，不是标题。")
    document.add_paragraph(BODY)
    kinds = [kind for kind, _ in word(document)]
    assert kinds == [H, P, H, P, P, P]


def test_bold_lines_stay_text_beside_styled_headings_or_in_a_bold_document() -> None:
    styled = docx.Document()
    styled.add_heading("真正的标题", 1)
    for name in ("强调一", "强调二"):
        bold(styled, name)
        styled.add_paragraph(BODY)
    assert [kind for kind, _ in word(styled)] == [H, P, P, P, P]
    form = docx.Document()
    for name in ("姓名", "地址", "电话"):
        bold(form, name)
        form.add_paragraph("某某")
    assert {kind for kind, _ in word(form)} == {P}
