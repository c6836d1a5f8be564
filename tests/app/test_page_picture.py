"""The picture of a page with frames around the cited lines."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.page_picture import WHOLE, Cut, PictureError, cited_boxes, cut_around, cut_out, drawn, framed
from store.types import LineBox, Span

BOXES = (
    LineBox(0, 10, 1, 0.1, 0.80, 0.9, 0.82),
    LineBox(10, 20, 1, 0.1, 0.84, 0.7, 0.86),
    LineBox(20, 30, 2, 0.2, 0.10, 0.8, 0.12),
)


def one_page_pdf() -> bytes:
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument.new()
    document.new_page(200, 400)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def size(picture: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(picture)).size


def test_the_lines_that_hold_a_part_of_the_span_are_framed() -> None:
    assert cited_boxes(BOXES, [Span(9, 11)], 1) == (1, BOXES[:2])


def test_a_span_that_only_touches_a_line_does_not_frame_it() -> None:
    assert cited_boxes(BOXES, [Span(10, 20)], 1) == (1, BOXES[1:2])


def test_a_passage_that_begins_on_the_page_before_shows_the_page_of_the_quote() -> None:
    assert cited_boxes(BOXES, [Span(22, 25)], 1) == (2, BOXES[2:])


def test_without_boxes_the_page_of_the_chunk_is_shown_whole() -> None:
    assert cited_boxes((), [Span(0, 5)], 7) == (7, ())
    assert cut_around((), BOXES) == WHOLE


def test_the_cut_is_as_wide_as_the_text_and_stays_on_the_page() -> None:
    """Lines .1 to .9 wide plus .02 each side; .84 - .09 = .75 above, .86 + .09 = .95 below."""
    cut = cut_around(BOXES[1:2], BOXES)
    assert cut == Cut(pytest.approx(0.08), pytest.approx(0.75), pytest.approx(0.92), pytest.approx(0.95))
    assert cut_around((LineBox(0, 9, 1, 0.0, 0.99, 1.0, 1.0),), (LineBox(0, 9, 1, 0.0, 0.99, 1.0, 1.0),)).bottom == 1.0


def test_a_page_is_drawn_with_a_yellow_frame_where_the_line_stands() -> None:
    picture = drawn(one_page_pdf(), 1)
    width, height = size(picture)
    assert (width, height) == (1100, 2200)
    image = Image.open(io.BytesIO(framed(picture, [LineBox(0, 5, 1, 0.25, 0.5, 0.75, 0.55)])))
    assert image.getpixel((width // 2, int(height * 0.525))) != (255, 255, 255)
    assert image.getpixel((width // 2, int(height * 0.7))) == (255, 255, 255)
    assert size(cut_out(picture, Cut(0.0, 0.25, 0.5, 0.5))) == (550, 550)


def test_a_page_that_is_not_there_is_told_by_its_reason() -> None:
    with pytest.raises(PictureError, match="1 pages"):
        drawn(one_page_pdf(), 2)


def test_bytes_that_are_no_pdf_end_in_an_error_and_not_in_a_crash() -> None:
    with pytest.raises(PictureError):
        drawn(b"no pdf at all", 1)


def test_a_renderer_that_takes_too_long_is_killed() -> None:
    with pytest.raises(PictureError, match="seconds"):
        drawn(one_page_pdf(), 1, seconds=0.001)
