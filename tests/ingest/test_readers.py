from __future__ import annotations

import io
import json
import zipfile
from email.message import EmailMessage

import pytest

from ingest.archives import check_archive
from ingest.errors import EmptyDocument, PasswordNeeded, TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.choose import read
from ingest.types import BlockKind, Parsed

H, P, L, T, C, N = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
    BlockKind.CODE,
    BlockKind.NOTE,
)


def shape(parsed: Parsed) -> list[tuple[BlockKind, int, str]]:
    return [(block.kind, block.level, block.text) for block in parsed.blocks]


def test_markdown_structure_and_front_matter() -> None:
    source = (
        "---\ntitle: 大模型笔记\n---\n# 一级 #\n\n第一行\n第二行\n\n小节\n----\n\n- 甲\n- 乙\n  续\n\n"
        "| 名 | 值 |\n|---|---|\n| a | 1 |\n\n```python\nif x:\n    y()\n```\n\n###标题\n\n**粗** [链接](u)\n"
    )
    parsed = read(source.encode(), "notes.txt", Limits())
    assert (parsed.kind, parsed.title) == ("md", "大模型笔记")
    assert shape(parsed) == [
        (H, 1, "一级"),
        (P, 0, "第一行第二行"),
        (H, 2, "小节"),
        (L, 0, "- 甲"),
        (L, 0, "- 乙续"),
        (T, 0, "名 | 值\na | 1"),
        (C, 0, "if x:\n    y()"),
        (H, 3, "标题"),
        (P, 0, "**粗** [链接](u)"),
    ]


def test_plain_text_joins_what_a_margin_cut() -> None:
    wrapped = "\n".join(["这是一个按照固定宽度换行的中文段落每一行都差不多一样长直到"] * 5 + ["结束。"])
    assert read(wrapped.encode(), "a.txt", Limits()).blocks[0].text.count("\n") == 0
    assert shape(read("诗\n第一行\n第二行\n\n1. 项".encode(), "a.txt", Limits())) == [
        (P, 0, "诗\n第一行\n第二行"),
        (L, 0, "1. 项"),
    ]


def test_csv_delimiters_encodings_and_open_quotes() -> None:
    assert shape(read("姓名;年龄\n张三;30\n".encode("gbk"), "a.csv", Limits())) == [(T, 0, "姓名 | 年龄\n张三 | 30")]
    assert shape(read(b'a,b\n"x, y",2\n', "a.csv", Limits())) == [(T, 0, "a | b\nx, y | 2")]
    parsed = read(b'a,b\n"open,1\n' + b"x,2\n" * 100, "a.csv", Limits())
    assert parsed.blocks[0].text.count("\n") == 101
    assert "never closed" in parsed.warnings[0]
    with pytest.raises(TooLarge, match="cells"):
        read(b"a,b\n" * 10, "a.csv", Limits(cells=10))


def test_html_headings_are_tags_and_hidden_parts_are_dropped() -> None:
    page = (
        "<html><head><title>页面</title><script>evil()</script></head><body><nav>menu</nav><h2>标题</h2>"
        "<p>SHORT PROSE LOOKS LIKE A TITLE</p><ul><li>项目</li></ul><pre>a\n  b</pre><p style='display:none'>hidden</p>"
        "<table><tr><th>名</th><th>值</th></tr><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td>2</td></tr></table>"
        "<table><tr><td><h3>在布局表中</h3>文字</td></tr></table></body></html>"
    )
    parsed = read(page.encode("gbk").replace(b"<head>", b"<head><meta charset=gbk>"), "a.html", Limits())
    assert parsed.title == "页面"
    assert (H, 2, "标题") in shape(parsed)
    assert (H, 3, "在布局表中") in shape(parsed)
    assert (C, 0, "a\n  b") in shape(parsed)
    assert (L, 0, "项目") in shape(parsed)
    assert next(b.text for b in parsed.blocks if b.kind is T).startswith("名 | 值\n甲 | 1")
    assert [block.text for block in parsed.blocks if block.kind is H] == ["标题", "在布局表中"]
    whole = "".join(block.text for block in parsed.blocks)
    assert not any(word in whole for word in ("evil", "menu", "hidden"))


def test_docx_styles_lists_merged_cells_and_notes() -> None:
    import docx

    document = docx.Document()
    document.add_heading("报告", 0)
    document.add_heading("第一章", 1)
    document.add_paragraph("SHOUTING PROSE")
    document.add_paragraph("项目", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合并"
    table.cell(1, 0).text, table.cell(1, 1).text = "a", "b"
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.add_comment(document.paragraphs[2].runs, text="批注", author="x")
    buffer = io.BytesIO()
    document.save(buffer)
    parsed = read(buffer.getvalue(), "a.docx", Limits())
    assert shape(parsed) == [
        (H, 1, "报告"),
        (H, 1, "第一章"),
        (P, 0, "SHOUTING PROSE"),
        (L, 0, "项目"),
        (T, 0, "合并 |\na | b"),
        (N, 0, "批注"),
        (N, 0, "页眉"),
    ]


def test_pptx_slides_are_pages_with_titles_charts_and_notes() -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "封面"
    slide.placeholders[1].text = "要点"
    data = CategoryChartData()
    data.categories = ["2024", "2025"]
    data.add_series("收入", (1.5, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 4000000, 3000000, 2000000, data)
    group = slide.shapes.add_group_shape()
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(0, 6000000, 100, 100).text_frame.text = "组中的字"
    slide.notes_slide.notes_text_frame.text = "备注"
    buffer = io.BytesIO()
    deck.save(buffer)
    parsed = read(buffer.getvalue(), "a.pptx", Limits())
    assert parsed.page_count == 1
    assert shape(parsed)[0] == (H, 1, "封面")
    assert (L, 0, "要点") in shape(parsed)
    assert (T, 0, " | 收入\n2024 | 1.5\n2025 | 2") in shape(parsed)
    assert (P, 0, "组中的字") in shape(parsed)
    assert shape(parsed)[-1] == (N, 0, "备注")
    assert {block.page for block in parsed.blocks} == {1}


def test_xlsx_sheets_are_pages_and_far_corners_cost_nothing() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "预算"
    sheet.append(["部门", "比例"])
    sheet.append(["研发", 0.25])
    sheet["B2"].number_format = "0%"
    sheet["A3"] = "=SUM(A1:A2)"
    sheet["XFD1048576"] = "角落"
    buffer = io.BytesIO()
    book.save(buffer)
    parsed = read(buffer.getvalue(), "a.xlsx", Limits())
    assert shape(parsed) == [(H, 1, "预算"), (T, 0, "部门 | 比例\n研发 | 25%\n=SUM(A1:A2) |"), (P, 0, "角落")]
    with pytest.raises(TooLarge, match="cells"):
        read(buffer.getvalue(), "a.xlsx", Limits(cells=3))


def test_mail_reads_chinese_headers_bodies_and_attachments() -> None:
    message = EmailMessage()
    message["Subject"] = "关于通知"
    message["From"] = "张三 <z@example.com>"
    message.set_content("正文在此。")
    message.add_attachment(
        "附件内容，用国标编码。".encode("gbk"), maintype="text", subtype="plain", filename="附件.txt"
    )
    message.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(20), maintype="image", subtype="png", filename="图.png")
    parsed = read(bytes(message), "信.eml", Limits())
    assert parsed.title == "关于通知"
    assert shape(parsed) == [
        (H, 1, "关于通知"),
        (P, 0, "From: 张三 <z@example.com>"),
        (P, 0, "正文在此。"),
        (N, 0, "Attachment: 附件.txt"),
        (N, 0, "Attachment: 图.png"),
    ]
    assert [part.name for part in parsed.parts] == ["附件.txt", "图.png"]
    assert parsed.parts[0].data == "附件内容，用国标编码。".encode("gbk")


def test_encrypted_mail_needs_a_password() -> None:
    with pytest.raises(PasswordNeeded):
        read(b"From: a@b\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\ny\n--x--\n", "a.eml", Limits())


def test_notebooks_json_and_feeds() -> None:
    book = {
        "nbformat": 4,
        "cells": [{"cell_type": "markdown", "source": ["# 题\n", "文"]}, {"cell_type": "code", "source": "x = 1"}],
    }
    assert shape(read(json.dumps(book).encode(), "a.ipynb", Limits())) == [(H, 1, "题"), (P, 0, "文"), (C, 0, "x = 1")]
    assert shape(read('{"名": "张三", "年龄": 30}'.encode(), "a.json", Limits())) == [
        (P, 0, "名: 张三"),
        (P, 0, "年龄: 30"),
    ]
    entry = b"<item><title>E</title><description>&lt;p&gt;body&lt;/p&gt;</description></item>"
    feed = b"<rss><channel><title>F</title>" + entry + b"</channel></rss>"
    assert shape(read(feed, "a.xml", Limits())) == [(H, 1, "F"), (H, 2, "E"), (P, 0, "body")]


def test_external_entities_are_never_resolved() -> None:
    source = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
    with pytest.raises(UnreadableFile, match="entities"):
        read(source, "a.xml", Limits())


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def test_bombs_and_entity_expansion_are_refused_before_parsing() -> None:
    small = Limits(decompressed_bytes=1000, archive_entries=2, ratio=10, ratio_from_bytes=500)
    with pytest.raises(TooLarge, match="unpacks"):
        check_archive(archive(a=bytes(2000)), small)
    with pytest.raises(TooLarge, match="3 members"):
        check_archive(archive(a=b"", b=b"", c=b""), small)
    with pytest.raises(TooLarge, match="times its size"):
        check_archive(archive(a=bytes(900) * 1), Limits(ratio=1, ratio_from_bytes=500))
    with pytest.raises(UnreadableFile, match="entities"):
        check_archive(archive(word__document_xml=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), Limits())


def test_a_file_without_text_is_an_error_not_an_empty_document() -> None:
    with pytest.raises(EmptyDocument):
        read(b"<html><body><script>x</script></body></html>", "a.html", Limits())


def test_epub_chapters_follow_the_spine() -> None:
    chapters = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b"<container><rootfiles><rootfile full-path='O/p.opf'/></rootfiles></container>",
        "O/p.opf": (
            "<package xmlns:dc='d'><metadata><dc:title>书名</dc:title></metadata>"
            "<manifest><item id='b' href='2.xhtml'/><item id='a' href='1%20x.xhtml'/></manifest>"
            "<spine><itemref idref='a'/><itemref idref='b'/></spine></package>"
        ).encode(),
        "O/1 x.xhtml": "<?xml version='1.0'?><html><body><h1>第一章</h1><p>甲</p></body></html>".encode(),
        "O/2.xhtml": "<html><body><h1>第二章</h1></body></html>".encode(),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in chapters.items():
            opened.writestr(name, content)
    parsed = read(buffer.getvalue(), "书.epub", Limits())
    assert (parsed.kind, parsed.title) == ("epub", "书名")
    assert shape(parsed) == [(H, 1, "第一章"), (P, 0, "甲"), (H, 1, "第二章")]


def test_rich_text_keeps_its_chinese_code_page_and_tables() -> None:
    source = rb"{\rtf1\ansi\ansicpg936 \'d6\'d0\'ce\'c4\par{\trowd a\cell b\cell\row}}"
    assert shape(read(source, "a.rtf", Limits())) == [(P, 0, "中文"), (T, 0, "a | b")]
