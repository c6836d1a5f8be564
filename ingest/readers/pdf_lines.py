"""The lines of a PDF page with their boxes, through pdfium's C interface.

Asking pdfium for the box of every character costs 7 ms a page on the 512 pages of the Debian reference; a line needs
only a few. So a line's box is the union of a sample of its characters' boxes, both ends included: 0.5 ms a page.
"""

from __future__ import annotations

import ctypes
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import sub, truediv
from typing import Any, cast

from ingest.clean import clean_line
from ingest.readers.pdf_rules import NO_RULES, Placement, Rules, page_rules

SAMPLES = 3  # characters of a line whose boxes are asked for, besides the first and the last
LEAST = 3  # lines beside others that make columns or a table
WIDE = 0.75  # line heights; a gap this wide may divide two columns or two cells, words are set closer
_HYPHENS = "\x02\ufffe\u00ad"  # pdfium's marks for a hyphen that only divides a word
_DIVIDERS = ("\x02", "\ufffe")
_BREAKS = re.compile("(\r\n|\r|\n|[\x02\ufffe](?:\r\n)?)")
_LEADERS = re.compile(r"(?:[.·…] {0,2}){6,}")  # the dots of a table of contents
_Sides = tuple[float, float, float, float]
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of clean text; sides are fractions of the page as shown, ``size`` its height in points.

    ``hyphen`` says that its last word goes on in the next line (the hyphen itself is not in the text). ``glued`` says
    that it stands in one row with the line before it, a wide gap between them. A table is one line too: ``rows`` are
    its rows, each a tuple of cells, each a tuple of the lines in it.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    hyphen: bool = False
    glued: bool = False
    rows: tuple[tuple[tuple[Line, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page as read: ``width`` and ``height`` in points as shown; ``objects`` counts what is drawn on it.

    ``unknown`` counts characters that the file gives no Unicode value. ``score`` is the mean confidence where the page
    was read by OCR, and ``turns`` the quarter turns to the left that set it upright: its sides are those after them.
    ``rules`` are drawn on it; they are only looked for where lines stand beside one another.
    """

    @property
    def beside(self) -> bool:
        """Whether the page can have columns or tables: several lines beside one another, or a step back up."""
        return _beside(self.lines)

    lines: tuple[Line, ...]
    width: float
    height: float
    objects: int
    unknown: int = 0
    score: float | None = None
    turns: int = 0
    rules: Rules = NO_RULES


def page_lines(document: Any, index: int) -> PageLines | None:
    """The lines of page ``index`` (from 0) in the order of the file; None when pdfium cannot load the page."""
    import pypdfium2.raw as pdfium

    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        objects, placement = pdfium.FPDFPage_CountObjects(page), Placement(pdfium, page, width, height)
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            return PageLines((), width, height, objects)
        try:
            reader = _TextPage(pdfium, text_page, placement)
            lines = _whole_rows(reader.lines(), width, height)
        finally:
            pdfium.FPDFText_ClosePage(text_page)
        rules = page_rules(pdfium, page, placement) if _aligned(lines) else NO_RULES
        return PageLines(lines, width, height, objects, reader.unknown, rules=rules)
    finally:
        pdfium.FPDF_ClosePage(page)


def _tidy(part: str) -> str:
    """Ligatures as letters (they are the typesetter's, not the author's), leaders as one ellipsis."""
    if ". ." in part or "..." in part or "…" in part or "·" in part:
        part = _LEADERS.sub(" … ", part)
    return part.translate(_LIGATURES) if not part.isascii() and _LIGATURE.search(part) else part


def _whole_rows(fragments: Iterator[Line], width: float, height: float) -> tuple[Line, ...]:
    """Lines that pdfium broke at a raised number or a change of font, put together again; wide gaps stay."""
    rows: list[Line] = []
    for line in fragments:
        before = rows[-1] if rows else None
        gap = None if before is None or line.glued else _gap(before, line, width, height)
        if before is None or gap is None:
            rows.append(line)
        elif gap > WIDE:
            rows.append(replace(line, glued=True))
        else:
            rows[-1] = joined(before, line, "" if gap < 0.15 else " ")
    return tuple(rows)


def joined(before: Line, line: Line, blank: str = " ") -> Line:
    """Two fragments of one row as one line."""
    top, bottom = min(before.top, line.top), max(before.bottom, line.bottom)
    text, size = before.text + blank + line.text, max(before.size, line.size)
    return Line(text, before.left, top, max(before.right, line.right), bottom, size, line.hyphen, before.glued)


def _gap(before: Line, line: Line, width: float, height: float) -> float | None:
    """The gap between two fragments of one row in line heights, two at most; None when they are not of one row."""
    overlap = (min(before.bottom, line.bottom) - max(before.top, line.top)) * height
    gap = (line.left - before.right) * width
    size = max(before.size, line.size)
    if overlap < 0.4 * min(before.size, line.size) or size <= 0 or not -0.3 * size <= gap <= 2 * size or before.hyphen:
        return None
    return gap / size


def _beside(lines: Sequence[Line]) -> bool:
    beside = glued = 0
    for before, line in pairwise(lines):
        if line.glued:
            glued += 1
            beside += len(before.text) > 2  # a shorter one is the sign of a list item
        elif line.top < before.top - 0.03 and (line.left > before.right or line.right < before.left):
            return True
    return beside >= LEAST or glued >= 2 * LEAST


def _aligned(lines: Sequence[Line]) -> bool:
    """Whether two lines that stand beside others begin at one place, as the cells of a table's column do."""
    starts = Counter(round(line.left, 2) for line in lines if line.glued)
    return len(starts) > 0 and max(starts.values()) >= 2


@functools.cache
def _char_box() -> Callable[[int | None, int, int], int]:
    """The box of one character from pdfium, called with addresses: a third faster than with typed pointers."""
    import pypdfium2.raw as pdfium

    address = ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
    prototype = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    return cast(Callable[[int | None, int, int], int], prototype(address))


class _TextPage:
    """The characters of one page; ``unknown`` counts those without a Unicode value."""

    def __init__(self, pdfium: Any, text_page: Any, placement: Placement) -> None:
        self.unknown = 0
        self._handle, self._placement = text_page, placement
        self._box = pdfium.FS_RECTF()
        self._place, self._page = ctypes.addressof(self._box), ctypes.cast(text_page, ctypes.c_void_p).value
        self._pdfium, self._ask = pdfium, _char_box()
        self._exact = True

    def lines(self) -> Iterator[Line]:
        """Lines in the order of the file, divided at wide gaps."""
        count = self._pdfium.FPDFText_CountChars(self._handle)
        if count <= 0:
            return
        buffer = (ctypes.c_ushort * (2 * count + 1))()
        written = self._pdfium.FPDFText_GetText(self._handle, 0, count, buffer)
        raw = bytes(memoryview(buffer)[: max(written - 1, 0)]).decode("utf-16-le", "replace")
        # Else some characters have no Unicode value, or two units, and the two indices drift apart.
        self._exact = len(raw) == count
        self.unknown = max(count - len(raw), 0)
        start = 0
        for part in _BREAKS.split(raw):
            if part[:1] not in _DIVIDERS and part.strip():
                following = raw[start + len(part) : start + len(part) + 1]
                divided = (following in _HYPHENS and following != "") or part[-1] == "\u00ad"
                yield from self._divided(part, start, divided)
            start += len(part)

    def _divided(self, part: str, start: int, hyphen: bool) -> Iterator[Line]:
        """One line of the file as one Line, or as several where wide gaps are in it."""
        places, sides = self._sampled(part, start)
        cuts = self._cuts(part, start, places, sides) if len(sides) > 1 and " " in part else []
        if not cuts:
            if text := clean_line(_tidy(part)):
                yield self._line(text, sides, hyphen)
            return
        begin, glued = 0, False
        for cut in [*cuts, len(part)]:
            piece = part[begin:cut]
            if text := clean_line(_tidy(piece)):
                yield self._line(text, self._sampled(piece, start + begin)[1], hyphen and cut == len(part), glued)
                glued = True
            begin = cut

    def _sampled(self, part: str, start: int) -> tuple[list[int], list[_Sides]]:
        """Places in ``part`` and the boxes there: its first character, its last, and some between; none are blanks."""
        first = len(part) - len(part.lstrip())
        last = len(part.rstrip()) - 1
        step = max((last - first) // (SAMPLES + 1), 1)
        places: list[int] = []
        sides: list[_Sides] = []
        ask, page, place, box, exact = self._ask, self._page, self._place, self._box, self._exact
        for at in (*range(first, last, step), last):
            if part[at] == " ":
                continue
            if not exact:
                side = self._sides(start + at)
                if side is None:
                    continue
            elif ask(page, start + at, place):
                side = (box.left, box.bottom, box.right, box.top)
                if side[2] <= side[0] and side[3] <= side[1]:
                    continue
            else:
                continue
            places.append(at)
            sides.append(side)
        return places, sides

    def _sides(self, index: int) -> _Sides | None:
        """Left, bottom, right and top of a character on the page; None where it has no extent."""
        if not self._exact:
            index = self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._handle, index)
        if index < 0 or not self._ask(self._page, index, self._place):
            return None
        box = self._box
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        return (left, bottom, right, top) if right > left or top > bottom else None

    def _cuts(self, part: str, start: int, places: list[int], sides: list[_Sides]) -> list[int]:
        """Places of the blanks in a line that are wide gaps; asked only where a sample lies further on than usual."""
        size = sides[0][3] - sides[0][1]
        if size <= 0 or sides[-1][0] < sides[0][0]:
            return []
        steps = [b - a for a, b in pairwise(places)]
        runs = [y[0] - x[0] for x, y in pairwise(sides)]
        advances = sorted(map(truediv, runs, steps))
        usual = min((0.62 if part.isascii() else 1.05) * size, advances[len(advances) // 2])
        cuts: list[int] = []
        for n, (step, run) in enumerate(zip(steps, runs, strict=True)):
            if step < 2 or run < usual * step + WIDE * size:
                continue
            a, b = places[n], places[n + 1]
            at = part.find(" ", a, b)
            while at > 0:
                after = at + 1
                while after < b and part[after] == " ":
                    after += 1
                left, right = self._sides(start + at - 1), self._sides(start + after)
                if left and right and right[0] - left[2] > WIDE * size:
                    cuts.append(at)
                at = part.find(" ", after, b)
        return cuts

    def _line(self, text: str, sides: list[_Sides], hyphen: bool, glued: bool = False) -> Line:
        if not sides:
            return Line(text, 0.0, 0.0, 0.0, 0.0, 0.0, hyphen, glued)
        lefts, bottoms, rights, tops = zip(*sides, strict=True)
        heights = sorted(map(abs, map(sub, tops, bottoms)))
        shown = self._placement.place(min(lefts), min(bottoms), max(rights), max(tops))
        return Line(text, *shown, round(heights[len(heights) // 2], 1), hyphen, glued)
