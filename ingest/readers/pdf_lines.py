"""The lines of a PDF page with their boxes, through pdfium's C interface.

Asking pdfium for the box of every character costs 7 ms a page on the 512 pages of the Debian reference; a line needs
only a few. So a line's box is the union of a sample of its characters' boxes, both ends included: 0.5 ms a page.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.clean import clean_line

SAMPLES = 4  # characters of a line whose boxes are asked for, besides the first and the last
_GRID = 1_000_000  # device units a page is mapped on, so that pdfium's integer coordinates are exact enough
_HYPHENS = "\x02\ufffe\u00ad"  # pdfium's marks for a hyphen that only divides a word
_LEADERS = re.compile(r"(?:[.·…] {0,2}){6,}")  # the dots of a table of contents
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of clean text; sides are fractions of the page as shown, ``size`` its height in points.

    ``hyphen`` says that its last word goes on in the next line (the hyphen itself is not in the text).
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    hyphen: bool = False


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page as read: ``width`` and ``height`` in points as shown; ``objects`` counts what is drawn on it."""

    lines: tuple[Line, ...]
    width: float
    height: float
    objects: int


def page_lines(document: Any, index: int) -> PageLines | None:
    """The lines of page ``index`` (from 0) in the order of the file; None when pdfium cannot load the page."""
    import pypdfium2.raw as pdfium

    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        objects = pdfium.FPDFPage_CountObjects(page)
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            return PageLines((), width, height, objects)
        try:
            lines = _whole_rows(_lines(pdfium, text_page, _Placement(pdfium, page, width, height)), width, height)
        finally:
            pdfium.FPDFText_ClosePage(text_page)
        return PageLines(lines, width, height, objects)
    finally:
        pdfium.FPDF_ClosePage(page)


class _Placement:
    """Page coordinates (origin bottom left, unrotated, uncropped) → fractions of the page as a reader sees it."""

    def __init__(self, pdfium: Any, page: Any, width: float, height: float) -> None:
        self.width, self.height = width, height
        x, y = ctypes.c_int(), ctypes.c_int()

        def device(page_x: float, page_y: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, page_x, page_y, ctypes.byref(x), ctypes.byref(y))
            return x.value / _GRID, y.value / _GRID

        (self._x0, self._y0), (ax, ay), (bx, by) = device(0, 0), device(100, 0), device(0, 100)
        self._xx, self._yx = (ax - self._x0) / 100, (ay - self._y0) / 100
        self._xy, self._yy = (bx - self._x0) / 100, (by - self._y0) / 100

    def place(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the box as shown, cut at the page's edges."""
        x1, y1 = self._point(left, bottom)
        x2, y2 = self._point(right, top)
        return _clip(min(x1, x2)), _clip(min(y1, y2)), _clip(max(x1, x2)), _clip(max(y1, y2))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return self._x0 + self._xx * x + self._xy * y, self._y0 + self._yx * x + self._yy * y


def _clip(value: float) -> float:
    return 0.0 if value < 0 else 1.0 if value > 1 else round(value, 5)


def _lines(pdfium: Any, text_page: Any, placement: _Placement) -> Iterator[Line]:
    count = pdfium.FPDFText_CountChars(text_page)
    if count <= 0:
        return
    buffer = (ctypes.c_ushort * (2 * count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    raw = bytes(memoryview(buffer)[: max(written - 1, 0)]).decode("utf-16-le", "replace")
    exact = len(raw) == count  # else some characters have no Unicode value, and the two indices drift apart
    start = 0
    for part in re.split("(\r\n|\r|\n|[\x02\ufffe](?:\r\n)?)", raw):
        hyphen = part[:1] in ("\x02", "\ufffe")
        if not hyphen and part.strip():
            following = raw[start + len(part) : start + len(part) + 1]
            text = clean_line(_tidy(part))
            if text:
                divided = (following in _HYPHENS and following != "") or part[-1] == "\u00ad"
                yield _line(
                    pdfium, text_page, placement, text, _samples(pdfium, text_page, part, start, exact), divided
                )
        start += len(part)


def _tidy(part: str) -> str:
    """Ligatures as letters (they are the typesetter's, not the author's), leaders as one ellipsis."""
    if ". ." in part or "..." in part or "…" in part or "·" in part:
        part = _LEADERS.sub(" … ", part)
    return part.translate(_LIGATURES) if not part.isascii() and _LIGATURE.search(part) else part


def _whole_rows(fragments: Iterator[Line], width: float, height: float) -> tuple[Line, ...]:
    """Lines that pdfium broke at a raised number or a change of font, put together again."""
    rows: list[Line] = []
    for line in fragments:
        before = rows[-1] if rows else None
        blank = None if before is None else _same_row(before, line, width, height)
        if before is None or blank is None:
            rows.append(line)
            continue
        top, bottom = min(before.top, line.top), max(before.bottom, line.bottom)
        text, size = before.text + blank + line.text, max(before.size, line.size)
        rows[-1] = Line(text, before.left, top, max(before.right, line.right), bottom, size, line.hyphen)
    return tuple(rows)


def _same_row(before: Line, line: Line, width: float, height: float) -> str | None:
    """What stands between two fragments of one row; None when they are not."""
    overlap = (min(before.bottom, line.bottom) - max(before.top, line.top)) * height
    gap = (line.left - before.right) * width
    size = max(before.size, line.size)
    if overlap < 0.4 * min(before.size, line.size) or size <= 0 or not -0.3 * size <= gap <= 2 * size or before.hyphen:
        return None
    return "" if gap < 0.15 * size else " "


def _samples(pdfium: Any, text_page: Any, part: str, start: int, exact: bool) -> list[int]:
    """Character indices of a line: its first, its last and some in between that are not blank."""
    first = len(part) - len(part.lstrip())
    last = len(part.rstrip()) - 1
    step = max((last - first) // (SAMPLES + 1), 1)
    places = [at for at in range(first, last, step) if part[at] != " "]
    indices = [start + at for at in (*places, last)]
    if exact:
        return indices
    return [pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, index) for index in indices]


def _line(pdfium: Any, text_page: Any, placement: _Placement, text: str, indices: list[int], hyphen: bool) -> Line:
    box = pdfium.FS_RECTF()
    place = ctypes.byref(box)
    ask = pdfium.FPDFText_GetLooseCharBox
    sides: list[tuple[float, float, float, float]] = []
    heights: list[float] = []
    for index in indices:
        if index >= 0 and ask(text_page, index, place):
            left, bottom, right, top = box.left, box.bottom, box.right, box.top
            if right > left or top > bottom:
                sides.append((left, bottom, right, top))
                heights.append(abs(top - bottom))
    if not sides:
        return Line(text, 0.0, 0.0, 0.0, 0.0, 0.0, hyphen)
    lefts, bottoms, rights, tops = zip(*sides, strict=True)
    shown = placement.place(min(lefts), min(bottoms), max(rights), max(tops))
    return Line(text, *shown, round(sorted(heights)[len(heights) // 2], 1), hyphen)
