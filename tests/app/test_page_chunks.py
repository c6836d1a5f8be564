"""The view of chunks on the library page: every format, frames on PDF pages, cards beside documents."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from app.chunk_picture import COLOURS, coloured, frames_of
from store.types import Chunk, LineBox

MANUAL = Path(__file__).parents[2] / "examples" / "library" / "禾问部署手册.pdf"
POLICY = "# 数据政策\n\n审计日志保留三年，备份每天凌晨两点进行。恢复演练每季度一次，<b>最近一次</b>用了三十八分钟。\n"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


@pytest.fixture
def shelf(page, scripted, monkeypatch):
    import app.ask_page
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    return page


def opened(shown):
    (button,) = [each for each in shown.button if each.key.startswith("chunks-")]
    button.click().run()
    assert not shown.exception
    return shown


def test_the_chunks_of_a_text_are_set_off_with_their_numbers_and_shown_as_text(shelf, fill):
    fill({"政策.md": POLICY})
    shown = opened(shelf().run())
    assert "#0 · " in html(shown)
    assert "sj-chunk-0" in html(shown)
    assert "&lt;b&gt;最近一次&lt;/b&gt;" in html(shown)
    assert "乱码字符" in html(shown)  # the card


def test_the_pages_of_a_pdf_are_drawn_with_frames_and_reached_by_a_field(shelf, settled):
    shown = shelf().run()
    shown.file_uploader[0].upload(MANUAL.name, MANUAL.read_bytes()).run()
    opened(settled(shown.button(key="put").click().run()))
    assert [picture.captions for picture in shown.get("image")] == [["第 1 页，每个段落一种颜色"]]
    first = html(shown)
    (field,) = shown.number_input
    # A test reruns the whole page where a browser reruns the dialog, so the second page is chosen before it is opened.
    shown.session_state[field.key] = 2
    opened(shown)
    assert [picture.captions for picture in shown.get("image")] == [["第 2 页，每个段落一种颜色"]]
    assert html(shown) != first


def test_documents_nearly_the_same_are_said_where_they_are_listed(shelf, fill):
    fill({"政策.md": POLICY * 3, "副本.md": POLICY * 3 + "附一句。\n"})
    shown = shelf().run()
    assert "与《数据政策》几乎相同（副本.md" in html(shown)
    assert "与《数据政策》几乎相同（政策.md" in html(shown)


def chunk(ordinal: int, start: int, end: int) -> Chunk:
    return Chunk(f"c{ordinal}", "d", ordinal, start, end, "x" * (end - start), 1, (), end - start)


def test_a_line_that_two_chunks_share_is_divided_by_its_characters():
    boxes = [
        LineBox(0, 10, 1, 0.1, 0.1, 0.5, 0.12),
        LineBox(10, 20, 1, 0.1, 0.13, 0.5, 0.15),
        LineBox(20, 30, 2, 0, 0, 1, 1),
    ]
    frames = frames_of([chunk(0, 0, 15), chunk(1, 15, 30)], boxes, 1, "x" * 30)
    assert [frame.ordinal for frame in frames] == [0, 1]
    assert [(box.left, round(box.right, 3)) for box in frames[0].boxes] == [(0.1, 0.5), (0.1, 0.3)]
    assert [(round(box.left, 3), box.right) for box in frames[1].boxes] == [(0.3, 0.5)]
    assert frames_of([chunk(0, 0, 15)], boxes, 2, "x" * 30) == ()
    # Of ten characters, five Latin and five Chinese ones: a third of the width is Latin.
    (first, _) = frames_of([chunk(0, 0, 15), chunk(1, 15, 20)], boxes, 1, "x" * 15 + "字" * 5)
    assert first.boxes[1].right == pytest.approx(0.1 + 0.4 / 3)


def test_every_chunk_has_its_colour_on_the_picture():
    from PIL import Image

    blank = io.BytesIO()
    Image.new("RGB", (400, 400), "white").save(blank, "PNG")
    boxes = [LineBox(n * 10, n * 10 + 9, 1, 0.2, 0.2 * n + 0.1, 0.8, 0.2 * n + 0.2) for n in range(4)]
    drawn = coloured(blank.getvalue(), frames_of([chunk(n, n * 10, n * 10 + 9) for n in range(4)], boxes, 1, "x" * 40))
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    for n in range(4):
        assert picture.getpixel((200, int(400 * (0.2 * n + 0.1)))) == COLOURS[n]  # the upper side of its frame
