"""OCR of a picture that was drawn for these tests: a heading, two columns (Chinese, English), a table."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ingest import ocr
from ingest.errors import EmptyDocument, TooLarge, UnsupportedType
from ingest.limits import Limits
from ingest.patience import listen
from ingest.readers.choose import read
from ingest.readers.seen_page import page_of, turned_back
from ingest.sandbox import ParserPool
from ingest.types import BlockBox, BlockKind, Parsed

SCAN = Path(__file__).parent / "scans" / "rivers.png"
LEFT = "河流把最细的泥沙带到平原，留在水流缓慢而岸边宽阔的地方，年复一年地堆积起来，成为肥沃的土地。"
RIGHT = "Mountains wear away more slowly than the valleys do, because the rock is harder at the top than it is below."

needs_ocr = pytest.mark.skipif(not ocr.available(), reason="the ocr extra is not installed")


def as_pdf(turned: int = 0) -> bytes:
    """The picture as the only thing on a PDF page, turned counter-clockwise by so many degrees."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(SCAN) as image:
        image.convert("L").rotate(turned, expand=True).save(buffer, "PDF", resolution=150)
    return buffer.getvalue()


def as_picture(form: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(SCAN) as image:
        image.convert("L").save(buffer, form)
    return buffer.getvalue()


def check(parsed: Parsed) -> None:
    words = [block.text for block in parsed.blocks]
    assert words.index(LEFT) < words.index(RIGHT)
    (table,) = (block for block in parsed.blocks if block.kind is BlockKind.TABLE)
    assert table.text == "河名 | 长度 | 流域\n长江 | 6397 | 180\n黄河 | 5464 | 75"
    for block in parsed.blocks:
        assert block.boxes, "every block of a page that was read by OCR has its boxes"
        assert block.page == 1


@needs_ocr
def test_a_scanned_page_is_read_column_by_column_with_its_table_and_boxes() -> None:
    parsed = read(as_pdf(), "扫描.pdf", Limits())
    check(parsed)
    assert parsed.warnings[0].startswith("page 1 was read by OCR (confidence ")
    assert parsed.notes["ocr_pages"] == [1]
    assert parsed.notes["ocr_confidence"] > 0.9
    box = next(block for block in parsed.blocks if block.text == LEFT).boxes[0]
    assert 0.03 < box.left < 0.07 < 0.4 < box.right < 0.5
    assert 0.2 < box.top < box.bottom < 0.35


@needs_ocr
def test_a_scan_on_its_side_is_set_upright_and_its_boxes_lie_where_they_are_seen() -> None:
    """Turned by 90 degrees counter-clockwise, the first line runs up the page near its left edge."""
    parsed = read(as_pdf(90), "a.pdf", Limits())
    check(parsed)
    box = next(block for block in parsed.blocks if block.text == LEFT).boxes[0]
    assert 0.2 < box.left < box.right < 0.35
    assert 0.5 < box.top < 0.6 < 0.9 < box.bottom


@needs_ocr
def test_a_picture_is_a_document() -> None:
    parsed = read(SCAN.read_bytes(), "图.bin", Limits())
    assert parsed.kind == "png"
    check(parsed)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_every_kind_of_picture_is_decoded_blue_first(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A red picture: its blue is near 0, its red near 255 (JPEG and WebP lose a little)."""
    from PIL import Image

    shown: list[ocr.Picture] = []

    def see(picture: ocr.Picture) -> ocr.Seen:
        shown.append(picture)
        return ocr.Seen((ocr.SeenLine("红", 10, 10, 60, 30, 0.9),), picture.shape[1], picture.shape[0])

    monkeypatch.setattr(ocr, "recognise", see)
    monkeypatch.setattr(ocr, "available", lambda: True)
    buffer = io.BytesIO()
    Image.new("RGB", (80, 40), "red").save(buffer, form)
    parsed = read(buffer.getvalue(), "a.bin", Limits())
    assert parsed.kind == {"JPEG": "jpg"}.get(form, form.lower())
    assert [block.text for block in parsed.blocks] == ["红"]
    assert shown[0].shape == (40, 80, 3)
    assert shown[0][5, 5, 0] < 10 < 245 < shown[0][5, 5, 2]


def test_without_ocr_the_extra_and_the_pages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EmptyDocument, match=r"none of the 1 pages .*ocr = off"):
        read(as_pdf(), "a.pdf", Limits(ocr="off"))
    monkeypatch.setattr(ocr, "available", lambda: False)
    with pytest.raises(EmptyDocument, match=r"install the ocr extra"):
        read(as_pdf(), "a.pdf", Limits())
    with pytest.raises(UnsupportedType, match=r"install the ocr extra"):
        read(SCAN.read_bytes(), "a.png", Limits())


@needs_ocr
def test_pictures_over_the_limit_and_without_words_say_so() -> None:
    from PIL import Image

    with pytest.raises(TooLarge, match="1000 x 520"):
        read(SCAN.read_bytes(), "a.png", Limits(pixels=1000))
    blank = io.BytesIO()
    Image.new("L", (200, 200), 255).save(blank, "PNG")
    with pytest.raises(EmptyDocument, match="no words"):
        read(blank.getvalue(), "a.png", Limits())


@needs_ocr
def test_each_page_by_ocr_asks_for_its_time() -> None:
    asked: list[float] = []
    listen(asked.append)
    try:
        read(as_pdf(), "a.pdf", Limits(ocr_page_seconds=7))
    finally:
        listen(lambda seconds: None)
    assert asked == [7]


@needs_ocr
def test_a_scan_is_read_in_a_child_that_has_no_network() -> None:
    with ParserPool(1, Limits()) as pool:
        check(pool.submit(as_pdf(), "a.pdf").result(timeout=200))


def test_quarter_turns_are_undone() -> None:
    """A box at the top left of a page set upright by one turn to the left came from the page's top right."""
    box = turned_back(BlockBox(0, 1, 0.0, 0.0, 0.2, 0.1), 1)
    assert (box.left, box.top, box.right, box.bottom) == (0.9, 0.0, 1.0, 0.2)
    back = turned_back(turned_back(box, 1), 2)
    assert (back.left, back.top) == pytest.approx((0.0, 0.0))


def test_a_page_that_leans_keeps_its_rows() -> None:
    """Two lines side by side on a page that falls by 2 in 100: 10 pixels over 500, half a line's height."""
    left = ocr.SeenLine("左边", 0, 100, 400, 120, 1.0, 0.02)
    right = ocr.SeenLine("右边", 500, 110, 900, 130, 1.0, 0.02)
    below = ocr.SeenLine("下面", 0, 130, 400, 150, 1.0, 0.02)
    page = page_of(ocr.Seen((below, right, left), 1000, 800), 480, 384)
    assert [(line.text, line.glued) for line in page.lines] == [("左边", False), ("右边", True), ("下面", False)]
