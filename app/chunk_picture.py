"""The picture of a PDF page with every chunk's lines in a colour of their own, and its number beside the first."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import streamlit as st

from app.page_picture import PictureError, drawn
from store.types import Chunk, LineBox

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167), (0, 114, 178), (213, 94, 0))
"""Six colours that colour-blind readers tell apart (Okabe & Ito 2008, "Color Universal Design")."""
_FILL, _FRAME = 60, 255  # how opaque
_LABEL = 20  # pixels
_SAME_LINE = 0.001  # of the page's height


@dataclass(frozen=True, slots=True)
class Frame:
    """A chunk on a page: its ordinal and the boxes of its lines, or of the parts of lines that are its own."""

    ordinal: int
    boxes: tuple[LineBox, ...]


def frames_of(chunks: Sequence[Chunk], boxes: Sequence[LineBox], page: int, text: str) -> tuple[Frame, ...]:
    """The chunks with a line on this page, in reading order; ``text`` is the document's.

    Of a line that two chunks share each has a part as wide as its characters are: a box is of a whole line.
    """
    mine = [box for box in boxes if box.page == page]
    frames = (Frame(one.ordinal, tuple(_part(box, one, text) for box in mine if _meets(box, one))) for one in chunks)
    return tuple(frame for frame in frames if frame.boxes)


def _meets(box: LineBox, chunk: Chunk) -> bool:
    return box.start < chunk.end and chunk.start < box.end


def _part(box: LineBox, chunk: Chunk, text: str) -> LineBox:
    start, end = max(box.start, chunk.start), min(box.end, chunk.end)
    if (start, end) == (box.start, box.end):
        return box
    whole = max(1, _width(text[box.start : box.end]))
    left, right = (box.left + (box.right - box.left) * _width(text[box.start : at]) / whole for at in (start, end))
    return replace(box, left=left, right=right, start=start, end=end)


def _width(text: str) -> int:
    """About how wide a text is set: a Chinese character as wide as two Latin ones."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


@st.cache_data(max_entries=32, show_spinner=False)
def chunk_picture(
    document_id: str, page: int, frames: tuple[Frame, ...], _bytes: Callable[[str], bytes | None]
) -> bytes:
    """A PNG of a page (from 1) of a document with these frames. ``_bytes`` gives the file. Raises PictureError."""
    data = _bytes(document_id)
    if data is None:
        raise PictureError("the file is not kept")
    return coloured(drawn(data, page), frames)


def coloured(picture: bytes, frames: Sequence[Frame]) -> bytes:
    """The PNG with the frames drawn in, and in the margin of a line the numbers of the chunks that begin in it."""
    from PIL import Image, ImageDraw

    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    lines: dict[float, list[Frame]] = {}
    for frame in frames:
        for box in frame.boxes:
            _frame(pen, box, _colour(frame), image.size)
        lines.setdefault(round(frame.boxes[0].top, 3), []).append(frame)
    for beginning in lines.values():
        _numbers(pen, beginning, frames, image.size)
    out = io.BytesIO()
    Image.alpha_composite(image, layer).convert("RGB").save(out, "PNG")
    return out.getvalue()


def _colour(frame: Frame) -> tuple[int, int, int]:
    return COLOURS[frame.ordinal % len(COLOURS)]


def _frame(pen: ImageDraw, box: LineBox, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    width, height = size
    left, top, right, bottom = box.left * width, box.top * height, box.right * width, box.bottom * height
    pen.rectangle((left, top, max(left, right), max(top, bottom)), fill=(*colour, _FILL), outline=(*colour, _FRAME))


def _numbers(pen: ImageDraw, beginning: Sequence[Frame], frames: Sequence[Frame], size: tuple[int, int]) -> None:
    """The numbers of the chunks that begin in a line, left of it, in reading order."""
    width, height = size
    top = beginning[0].boxes[0].top
    line = [box.left for frame in frames for box in frame.boxes if abs(box.top - top) < _SAME_LINE]
    right = min(line) * width - 8
    for frame in reversed(beginning):
        label = str(frame.ordinal)
        pen.text((max(0.0, right), top * height), label, fill=(*_colour(frame), _FRAME), anchor="rt", font_size=_LABEL)
        right -= _LABEL * (0.6 * len(label) + 0.35)
