from __future__ import annotations

import contextlib
import ctypes
import io

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import EmptyDocument, IngestError, TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.pdf import read
from ingest.readers.pdf_lines import Line, PageLines
from ingest.readers.pdf_paragraphs import page_blocks
from ingest.types import BlockKind

Placed = tuple[str, float, float, float]  # text, x, y, size


def pdf(*pages: list[Placed], rotation: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """A PDF of 600 x 800 points a page, its texts set in Helvetica with the baseline at (x, y) from the bottom left."""
    document = pdfium.PdfDocument.new()
    for texts in pages:
        page = document.new_page(600, 800)
        for text, x, y, size in texts:
            shape = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", size)
            units = (ctypes.c_ushort * (len(text) + 1))(*map(ord, text), 0)
            raw.FPDFText_SetText(shape, units)
            raw.FPDFPageObj_Transform(shape, 1, 0, 0, 1, x, y)
            raw.FPDFPage_InsertObject(page.raw, shape)
        raw.FPDFPage_GenerateContent(page.raw)
        if crop:
            page.set_cropbox(*crop)
        page.set_rotation(rotation)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def wrapped(*lines: str, top: float = 700) -> list[Placed]:
    return [(line, 50, top - 14 * n, 12) for n, line in enumerate(lines)]


def test_lines_become_a_paragraph_and_boxes_keep_their_spans() -> None:
    parsed = read(
        pdf(wrapped("The quick brown fox jumps over", "the lazy dog and runs far away", "home.")), "a.pdf", Limits()
    )
    (block,) = parsed.blocks
    assert block.text == "The quick brown fox jumps over the lazy dog and runs far away home."
    assert [block.text[box.start : box.end] for box in block.boxes] == [
        "The quick brown fox jumps over",
        "the lazy dog and runs far away",
        "home.",
    ]
    assert block.page == 1
    assert parsed.page_count == 1


def test_a_box_is_where_the_reader_sees_the_line() -> None:
    """Baseline 600 of 800 points: about (800 - 600) / 800 = 0.25 from the top; x = 60 of 600: 0.1 from the left."""
    box = read(pdf([("Hello there", 60, 600, 12)]), "a.pdf", Limits()).blocks[0].boxes[0]
    assert box.left == pytest.approx(0.1, abs=0.01)
    assert box.top < 0.25 < box.bottom
    assert box.bottom - box.top < 0.03


def test_a_turned_page_turns_its_boxes() -> None:
    """Turned by 90 degrees clockwise, what was 0.25 from the top is 0.25 from the right edge."""
    box = read(pdf([("Hello there", 60, 600, 12)], rotation=90), "a.pdf", Limits()).blocks[0].boxes[0]
    assert box.left < 0.75 < box.right
    assert box.top == pytest.approx(0.1, abs=0.01)


def test_a_crop_box_moves_the_origin() -> None:
    """Cropped to x 50..350 and y 500..700: x 60 is 10/300 from the left, y 600 is 100/200 from the top."""
    box = read(pdf([("Hello there", 60, 600, 12)], crop=(50, 500, 350, 700)), "a.pdf", Limits()).blocks[0].boxes[0]
    assert box.left == pytest.approx(10 / 300, abs=0.01)
    assert box.top < 0.5 < box.bottom


def test_clearly_larger_type_is_a_heading() -> None:
    body = wrapped(*["A line of ordinary text that goes on to the end of it"] * 12, top=640)
    parsed = read(pdf([("Storage layers", 50, 700, 22), *body]), "a.pdf", Limits())
    assert (parsed.blocks[0].kind, parsed.blocks[0].level, parsed.blocks[0].text) == (
        BlockKind.HEADING,
        1,
        "Storage layers",
    )
    assert all(block.kind is BlockKind.PARAGRAPH for block in parsed.blocks[1:])


def test_running_headers_are_kept_once_and_page_numbers_not() -> None:
    pages = [
        [("Annual report", 50, 780, 9), *wrapped(f"Page text number {n}"), (f"{n}", 300, 20, 9)] for n in range(1, 7)
    ]
    text = "\n".join(block.text for block in read(pdf(*pages), "a.pdf", Limits()).blocks)
    assert text.count("Annual report") == 1
    assert "Page text number 6" in text
    assert "\n3\n" not in text


def test_pages_that_are_read_together_keep_their_own_lines_and_boxes() -> None:
    """Twenty pages are two groups; every third is blank, and line n of page n stands 10 n points further right."""
    pages = [[(f"Line of page {n}", 50.0 + 10 * n, 400.0, 12.0)] if n % 3 else [] for n in range(1, 21)]
    blocks = read(pdf(*pages), "a.pdf", Limits()).blocks
    assert [(block.page, block.text) for block in blocks] == [(n, f"Line of page {n}") for n in range(1, 21) if n % 3]
    for block in blocks:
        assert block.boxes[0].left == pytest.approx((50 + 10 * (block.page or 0)) / 600, abs=0.005)


def test_scans_blank_files_limits_and_damage_are_told_apart() -> None:
    with pytest.raises(EmptyDocument, match="blank"):
        read(pdf([]), "a.pdf", Limits())
    with pytest.raises(TooLarge, match="2 pages"):
        read(pdf(wrapped("x"), wrapped("y")), "a.pdf", Limits(pages=1))
    with pytest.raises(UnreadableFile):
        read(b"%PDF-1.7\nnothing more", "a.pdf", Limits())


@given(st.binary(max_size=300), st.integers(0, 900))
def test_a_damaged_pdf_ends_in_blocks_or_an_ingest_error(noise: bytes, at: int) -> None:
    data = bytearray(pdf(wrapped("some text")))
    data[at : at + len(noise)] = noise
    with contextlib.suppress(IngestError):
        assert read(bytes(data), "a.pdf", Limits()).blocks is not None


lines = st.builds(
    lambda *parts: Line(*parts),  # Line itself is a named tuple, for which hypothesis would invent rows too
    st.sampled_from(["短", "将会持", "续到。", "word", "• item", "The end.", "a b c", "1. first"]),
    st.floats(0, 0.5),
    st.floats(0, 0.9),
    st.floats(0.5, 1),
    st.floats(0, 1),
    st.sampled_from([0.0, 9.0, 12.0]),
    st.booleans(),
)


@given(st.lists(lines, max_size=12), st.sets(st.integers(0, 11), max_size=3))
def test_every_line_of_a_page_is_in_one_block_at_its_span(page: list[Line], heads: set[int]) -> None:
    headings = {index: (1, 2) for index in heads}
    blocks = list(page_blocks(PageLines(tuple(page), 600, 800, 1), 3, headings))
    shown = [block.text[box.start : box.end] for block in blocks for box in block.boxes]
    assert shown == [line.text for line in page]


def test_chinese_lines_join_without_a_blank_and_divided_words_without_their_hyphen() -> None:
    def page(*texts: tuple[str, bool]) -> PageLines:
        return PageLines(
            tuple(Line(t, 0.1, 0.1 + n * 0.02, 0.9, 0.115 + n * 0.02, 12, h) for n, (t, h) in enumerate(texts)),
            600,
            800,
            1,
        )

    (chinese,) = page_blocks(page(("这个过程将会持", False), ("续到二〇二六年", False)), 1, {})
    assert chinese.text == "这个过程将会持续到二〇二六年"
    (english,) = page_blocks(page(("a long exam", True), ("ple of it", False)), 1, {})
    assert english.text == "a long example of it"


def test_columns_that_the_file_writes_row_by_row_are_told_apart_by_their_gap() -> None:
    """Helvetica at 10 points: about 5 points a letter, so 40 letters end near 250 and the gap to 320 is wide."""
    left = [f"left column line {n} with running text to" for n in range(6)]
    right = [f"right column line {n} with running text to" for n in range(6)]
    page = [
        place
        for n in range(6)
        for place in ((left[n], 50.0, 700.0 - 14 * n, 10.0), (right[n], 320.0, 700.0 - 14 * n, 10.0))
    ]
    text = "\n".join(block.text for block in read(pdf(page), "a.pdf", Limits()).blocks)
    assert text.index("left column line 5") < text.index("right column line 0")
    assert " ".join(left) in text.replace("\n", " ")
