"""The quality card: what a reader should know of a document before asking it."""

from __future__ import annotations

import pytest

from ingest.assemble import assemble
from ingest.card import languages, mojibake, quality, quality_of_text
from ingest.types import Block, BlockKind, Parsed
from ingest.wire import decode_reply, encode_parsed


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(BlockKind.PARAGRAPH, text, page)


def made(parsed: Parsed):
    document, _ = assemble("d", parsed, "文件.pdf", 9)
    return quality(document, parsed).card, quality_of_text(document).card


GOOD = "检索增强生成把文档切成段落，再为每个段落计算向量。The reader sees where each sentence comes from, on one page."


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "資料庫備份與還原，臺北辦公室。" * 20,
        "naïve café, Ångström, “quotes” – 25 °C, São Paulo, Â la carte",
        "🎉👩‍👩‍👧 好",
    ],
)
def test_a_text_that_was_decoded_rightly_shows_no_mojibake(text):
    assert mojibake(text) == 0


@pytest.mark.parametrize(
    ("right", "written", "read"),
    [
        ("文件的内容是正确的，在这里可以找到。" * 3, "utf-8", "gb18030"),
        ("naïve café – “Ångström” is déjà vu, così è", "utf-8", "cp1252"),
        ("文件的内容是正确的", "utf-8", "latin-1"),
        ("编码错误的文件" * 3, "gb18030", "utf-8"),
    ],
)
def test_a_text_that_was_read_in_the_wrong_encoding_shows(right, written, read):
    assert mojibake(right.encode(written).decode(read, "replace")) >= 0.02


def test_the_share_is_of_the_characters_that_are_no_blanks():
    assert mojibake("好 好好\ufffd\n") == 0.25  # 1 of 4
    assert mojibake("") == 0.0


def test_the_card_of_a_pdf_names_thin_pages_tables_ocr_and_what_was_left_out():
    blocks = (paragraph(GOOD, 1), paragraph("3", 2), Block(BlockKind.TABLE, "甲 | 乙\n一 | 二", 4), paragraph(GOOD, 4))
    notes = {"ocr_pages": [4], "ocr_confidence": 0.912345, "repeated_lines": 6}
    card, later = made(Parsed("pdf", None, blocks, page_count=5, notes=notes))
    assert (card.pages, card.thin_pages, card.tables) == (5, (2, 3, 5), 1)
    assert (card.ocr_pages, card.ocr_confidence, card.repeated_lines) == ((4,), 0.9123, 6)
    # From the text alone: pages behind the last text, OCR and headers are not known any more.
    assert (later.pages, later.thin_pages, later.tables) == (4, (2, 3), 1)
    assert (later.ocr_pages, later.repeated_lines) == ((), None)
    assert later.languages == card.languages


def test_a_slide_may_be_a_title_but_not_empty():
    blocks = (Block(BlockKind.HEADING, "题", 1, 1), paragraph("一句。", 3))
    assert made(Parsed("pptx", None, blocks, page_count=3))[0].thin_pages == (2,)


def test_shares_of_languages_are_by_script_and_a_latin_word_weighs_two():
    assert languages("四个汉字 two words") == {"zh": 0.5, "en": 0.5, "other": 0.0}
    assert languages("привет 你好") == {"zh": 0.25, "en": 0.0, "other": 0.75}  # 6 letters and 2 Han
    assert languages("123 …") == {}


def test_notes_cross_the_border_to_the_child():
    parsed = Parsed("pdf", None, (paragraph("一句。", 1),), notes={"ocr_pages": [1], "ocr_confidence": 0.5})
    assert decode_reply(encode_parsed(parsed)) == parsed
