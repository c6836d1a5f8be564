"""The lines of a PDF page with their boxes, through pdfium's C interface.

Asking pdfium for the box of every character costs 7 ms a page on the 512 pages of the Debian reference; a line needs
only a few, and they are asked for together (``pdf_boxes``).
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from ingest.clean import clean_line
from ingest.readers.pdf_boxes import WIDE, CharBoxes, Piece, TextLayer
from ingest.readers.pdf_rules import NO_RULES, Placement, Rules, page_rules

GROUP = 16  # pages that are loaded and read together
OBJECTS = 20_000  # drawn on the pages of a group, the last one aside: maps take megabytes each
LEAST = 3  # lines beside others that make columns or a table
_DIVIDING = ("\x02", "\ufffe", "\u00ad")  # pdfium's marks for a hyphen that only divides a word
_DIVIDERS = ("\x02", "\ufffe")
_BREAKS = re.compile("(\r\n|\r|\n|[\x02\ufffe](?:\r\n)?)")
_LEADERS = re.compile(r"(?:[.·…] {0,2}){6,}")  # the dots of a table of contents
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


class Line(NamedTuple):  # a quarter of the time that a frozen dataclass takes to make
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


@dataclass(frozen=True, slots=True)
class _Open:
    """A loaded page and its text layer, None where pdfium finds none."""

    page: Any
    width: float
    height: float
    objects: int
    layer: TextLayer | None
    unknown: int


def some_pages(document: Any, first: int, count: int) -> list[PageLines | None]:
    """The lines of the pages from ``first`` (from 0) on, in the order of the file; None where one cannot be loaded.

    At least one page of the ``count`` there are in all, GROUP at most, fewer where much is drawn on them.
    """
    import pypdfium2.raw as pdfium

    opened: list[_Open | None] = []
    try:
        while first + len(opened) < count and len(opened) < GROUP:
            opened.append(_open(pdfium, document, first + len(opened)))
            if sum(one.objects for one in opened if one) > OBJECTS:
                break
        fragments = iter(_fragments(pdfium, [one.layer for one in opened if one and one.layer]))
        return [_page(pdfium, one, next(fragments) if one.layer else []) if one else None for one in opened]
    finally:
        for one in opened:
            if one:
                if one.layer:
                    pdfium.FPDFText_ClosePage(one.layer.handle)
                pdfium.FPDF_ClosePage(one.page)


def _open(pdfium: Any, document: Any, index: int) -> _Open | None:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    objects = pdfium.FPDFPage_CountObjects(page)
    handle = pdfium.FPDFText_LoadPage(page)
    if not handle:
        return _Open(page, width, height, objects, None, 0)
    count = max(pdfium.FPDFText_CountChars(handle), 0)
    buffer = (ctypes.c_ushort * (2 * count + 1))()
    written = pdfium.FPDFText_GetText(handle, 0, count, buffer) if count else 0
    text = bytes(memoryview(buffer)[: max(written - 1, 0)]).decode("utf-16-le", "replace")
    # Where some characters have no Unicode value, or two units, the places drift apart from pdfium's indices.
    layer = TextLayer(handle, text, len(text) == count, Placement(pdfium, page, width, height))
    return _Open(page, width, height, objects, layer, max(count - len(text), 0))


def _page(pdfium: Any, one: _Open, fragments: Iterable[Line]) -> PageLines:
    lines = _whole_rows(fragments, one.width, one.height)
    rules = page_rules(pdfium, one.page, one.layer.placement) if one.layer and _aligned(lines) else NO_RULES
    return PageLines(lines, one.width, one.height, one.objects, one.unknown, rules=rules)


def _fragments(pdfium: Any, layers: Sequence[TextLayer]) -> list[list[Line]]:
    """The lines of each text page in the order of the file, divided at wide gaps."""
    pages: list[list[Line]] = [[] for _ in layers]
    boxes = CharBoxes(pdfium, layers)
    found = [(n, *part) for n, layer in enumerate(layers) for part in _parts(layer.text, boxes.begins[n])]
    if not found:
        return pages
    parts: list[Piece] = [(text, start) for _, text, start, _ in found]
    samples = boxes.sampled(parts)
    cuts = boxes.cuts(parts, samples)
    places = boxes.placed(parts, samples)
    divided = [piece for n, blanks in cuts.items() for piece in _pieces(parts[n], blanks)]
    others = iter(boxes.placed(divided, boxes.sampled(divided)) if divided else ())
    for n, (page, part, start, hyphen) in enumerate(found):
        if n not in cuts:
            if text := clean_line(_tidy(part)):
                left, top, right, bottom, size = places[n]
                pages[page].append(Line(text, left, top, right, bottom, size, hyphen))
            continue
        glued, pieces = False, _pieces((part, start), cuts[n])
        for piece, begin in pieces:
            left, top, right, bottom, size = next(others)
            if text := clean_line(_tidy(piece)):
                last = hyphen and begin == pieces[-1][1]
                pages[page].append(Line(text, left, top, right, bottom, size, last, glued))
                glued = True
    return pages


def _parts(text: str, begin: int) -> Iterator[tuple[str, int, bool]]:
    """The lines of a page's text that begins at ``begin``: where each begins, and whether its last word goes on."""
    start = 0
    for part in _BREAKS.split(text):
        end = start + len(part)
        if part[:1] not in _DIVIDERS and part.strip():
            yield part, begin + start, text[end : end + 1] in _DIVIDING or part[-1] == "\u00ad"
        start = end


def _pieces(part: Piece, cuts: Sequence[int]) -> list[Piece]:
    text, start = part
    return [(text[begin:end], start + begin) for begin, end in pairwise((0, *cuts, len(text)))]


def _tidy(part: str) -> str:
    """Ligatures as letters (they are the typesetter's, not the author's), leaders as one ellipsis."""
    if ". ." in part or "..." in part or "…" in part or "·" in part:
        part = _LEADERS.sub(" … ", part)
    return part.translate(_LIGATURES) if not part.isascii() and _LIGATURE.search(part) else part


def _whole_rows(fragments: Iterable[Line], width: float, height: float) -> tuple[Line, ...]:
    """Lines that pdfium broke at a raised number or a change of font, put together again; wide gaps stay."""
    rows: list[Line] = []
    for line in fragments:
        before = rows[-1] if rows else None
        gap = None if before is None or line.glued else _gap(before, line, width, height)
        if before is None or gap is None:
            rows.append(line)
        elif gap > WIDE:
            rows.append(line._replace(glued=True))
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
