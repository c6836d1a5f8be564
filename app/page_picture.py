"""The picture of a PDF page with frames around cited lines. The page is drawn in a child process that can be killed.

A PDF is a stranger's program: what hangs or breaks the renderer must not take the page's server along. PDFium is not
made for several threads either, and every reader of the page has one.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from store.types import LineBox, Span

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SECONDS = 20.0  # a page takes a tenth of one; the rest is for busy machines and large pictures
_CHILD = Path(__file__).with_name("page_picture_child.py")
_FILL, _FRAME = (255, 196, 0, 70), (214, 120, 0, 255)
_MARGIN = 0.003  # of the page: air between the letters and the frame
_EDGE = 0.02  # of the page's width, beside the text
_AROUND = 0.09  # of the page's height, above and below the cited lines: about six lines


class PictureError(Exception):
    """A page that cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a page, its sides as fractions of the page."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Cut(0.0, 0.0, 1.0, 1.0)


def cited_boxes(boxes: Sequence[LineBox], spans: Sequence[Span], page: int) -> tuple[int, tuple[LineBox, ...]]:
    """The page to show and the boxes on it whose lines hold a part of the spans.

    That is the page of the first such line, as a passage may begin on the page before; ``page`` when there is none.
    """
    cited = [box for box in boxes if any(box.start < span.end and span.start < box.end for span in spans)]
    shown = cited[0].page if cited else page
    return shown, tuple(box for box in cited if box.page == shown)


def cut_around(cited: Sequence[LineBox], boxes: Sequence[LineBox]) -> Cut:
    """The cited lines with what stands around them, as wide as the page's text: readable in a narrow column."""
    if not cited:
        return WHOLE
    lines = [box for box in boxes if box.page == cited[0].page]
    return Cut(
        left=max(0.0, min(box.left for box in lines) - _EDGE),
        top=max(0.0, min(box.top for box in cited) - _AROUND),
        right=min(1.0, max(box.right for box in lines) + _EDGE),
        bottom=min(1.0, max(box.bottom for box in cited) + _AROUND),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def page_picture(
    document_id: str, page: int, boxes: tuple[LineBox, ...], _bytes: Callable[[str], bytes | None]
) -> bytes:
    """A PNG of a page (from 1) of a document, boxes drawn in. ``_bytes`` gives the file. Raises PictureError."""
    data = _bytes(document_id)
    if data is None:
        raise PictureError("the file is not kept")
    return framed(drawn(data, page), boxes)


def cut_out(picture: bytes, cut: Cut) -> bytes:
    """A part of a PNG as a PNG."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture))
    width, height = image.size
    part = image.crop((int(cut.left * width), int(cut.top * height), int(cut.right * width), int(cut.bottom * height)))
    return _png(part)


def drawn(data: bytes, page: int, seconds: float = SECONDS) -> bytes:
    """A PNG of page ``page`` (from 1) of a PDF. Raises PictureError."""
    command = [sys.executable, "-P", str(_CHILD), str(page)]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise PictureError(f"drawing it takes more than {seconds:.0f} seconds") from None
    if child.returncode != 0 or not child.stdout.startswith(b"\x89PNG"):
        told = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise PictureError(told or f"the renderer ended with code {child.returncode}")
    return child.stdout


def framed(picture: bytes, boxes: Sequence[LineBox]) -> bytes:
    """The PNG with a yellow frame around every box."""
    from PIL import Image, ImageDraw

    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    width, height = image.size
    for box in boxes:
        left, right = (box.left - _MARGIN) * width, (box.right + _MARGIN) * width
        top, bottom = (box.top - _MARGIN) * height, (box.bottom + _MARGIN) * height
        pen.rectangle((left, top, max(left, right), max(top, bottom)), fill=_FILL, outline=_FRAME, width=2)
    return _png(Image.alpha_composite(image, layer).convert("RGB"))


def _png(image: Picture) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
