"""Where things stand on a PDF page, and the rules that are drawn on it: thin shapes long enough to divide cells."""

from __future__ import annotations

import bisect
import ctypes
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.readers.pdf_calls import fast_call

THIN = 3.0  # points
LONG = 12.0  # points
OBJECTS = 20_000  # a map or a drawing has more, and no table
_GRID = 1_000_000  # device units a page is mapped on, so that pdfium's integer coordinates are exact enough

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rules:
    """Drawn lines in fractions of the page, sorted: ``across`` as (y, left, right), ``down`` as (x, top, bottom)."""

    across: tuple[tuple[float, float, float], ...]
    down: tuple[tuple[float, float, float], ...]

    def grid_within(self, top: float, bottom: float) -> bool:
        """Whether a grid is drawn over most of this height: rules both ways, at least three of each."""
        down = [one for one in self.down if one[1] < bottom and one[2] > top]
        across = [one for one in self.across if top - 0.01 <= one[0] <= bottom + 0.01]
        covered = sum(min(end, bottom) - max(begin, top) for _, begin, end in down)
        return len(down) >= 3 and len(across) >= 3 and covered >= 1.5 * (bottom - top)

    def between(self, above: float, below: float, left: float, right: float) -> bool:
        """Whether a rule runs between two heights over a part of the width."""
        first = bisect.bisect_left(self.across, (above, 0.0, 0.0))
        last = bisect.bisect_right(self.across, (below, 2.0, 2.0), first)
        return any(x0 < right and x1 > left for _, x0, x1 in self.across[first:last])


NO_RULES = Rules((), ())


class Placement:
    """Page coordinates (origin bottom left, unrotated, uncropped) → fractions of the page as a reader sees it.

    ``terms`` are six: the origin's x, what x and y add to it, and the same for y.
    """

    def __init__(self, pdfium: Any, page: Any, width: float, height: float) -> None:
        self.width, self.height = width, height
        number, real, address = ctypes.c_int, ctypes.c_double, ctypes.c_void_p
        ask = fast_call("FPDF_PageToDevice", number, address, *[number] * 5, real, real, address, address)
        handle, shown = ctypes.cast(page, address).value, (ctypes.c_int * 6)()
        base = ctypes.addressof(shown)
        for n, (x, y) in enumerate(((0, 0), (100, 0), (0, 100))):
            ask(handle, 0, 0, _GRID, _GRID, 0, x, y, base + 8 * n, base + 8 * n + 4)
        x0, y0, ax, ay, bx, by = [one / _GRID for one in shown]
        self.terms = (x0, (ax - x0) / 100, (bx - x0) / 100, y0, (ay - y0) / 100, (by - y0) / 100)


def as_shown(terms: Floats, boxes: Floats) -> Floats:
    """Left, top, right and bottom (n x 4) as shown, cut at the page's edges, of boxes (left, bottom, right, top).

    ``terms`` (n x 6, or 1 x 6 for boxes of one page) are the placements of their pages.
    """
    x, y = boxes[:, 0::2], boxes[:, 1::2]
    across = terms[:, 0:1] + terms[:, 1:2] * x + terms[:, 2:3] * y
    down = terms[:, 3:4] + terms[:, 4:5] * x + terms[:, 5:6] * y
    sides: Floats = np.empty((len(boxes), 4), dtype=np.float64)
    for column, ends in enumerate((across, down)):  # min() and max() along rows of two take several times as long
        np.minimum(ends[:, 0], ends[:, 1], out=sides[:, column])
        np.maximum(ends[:, 0], ends[:, 1], out=sides[:, column + 2])
    shown: Floats = np.clip(sides, 0.0, 1.0).round(5)
    return shown


def page_rules(pdfium: Any, page: Any, placement: Placement) -> Rules:
    """Rules of a loaded page as shown; a filled or framed box gives its sides. Empty on a drawing."""
    count = pdfium.FPDFPage_CountObjects(page)
    if not 0 < count <= OBJECTS:
        return NO_RULES
    address, number = ctypes.c_void_p, ctypes.c_int
    handle = ctypes.cast(page, address).value
    shapes = list(map(fast_call("FPDFPage_GetObject", address, address, number), repeat(handle), range(count)))
    kinds = map(fast_call("FPDFPageObj_GetType", number, address), shapes)
    paths = [shape for shape, kind in zip(shapes, kinds, strict=True) if kind == pdfium.FPDF_PAGEOBJ_PATH]
    buffer = np.zeros((len(paths), 4), dtype=np.float32)  # left, bottom, right, top
    base, end = buffer.ctypes.data, buffer.ctypes.data + buffer.nbytes
    places = (range(base + 4 * side, end, 16) for side in range(4))
    bounded = list(map(fast_call("FPDFPageObj_GetBounds", number, *[address] * 5), paths, *places))
    boxes = buffer[np.array(bounded, dtype=bool)].astype(np.float64)
    boxes = boxes[(boxes[:, 2] - boxes[:, 0] >= LONG) | (boxes[:, 3] - boxes[:, 1] >= LONG)]
    if not len(boxes):
        return NO_RULES
    shown = as_shown(np.array([placement.terms]), boxes)
    return _rules(shown, placement.width, placement.height)


def _rules(boxes: Floats, width: float, height: float) -> Rules:
    """The sides of boxes, thin ones as one rule; those as large as the page are its background."""
    left, top, right, bottom = boxes.T
    wide, tall = (right - left) * width, (bottom - top) * height
    flat, upright = (wide >= LONG) & (tall <= THIN), (tall >= LONG) & (wide <= THIN)
    frame = (wide >= LONG) & (tall >= LONG) & ~flat & ~upright & ((wide < 0.98 * width) | (tall < 0.98 * height))
    places = np.round(np.column_stack((left, top, right, bottom, (left + right) / 2, (top + bottom) / 2)), 3).tolist()
    kinds = (flat + 2 * upright + 3 * frame).tolist()  # each box is one of the three, or none
    across: set[tuple[float, float, float]] = set()
    down: set[tuple[float, float, float]] = set()
    for kind, (x0, y0, x1, y1, x, y), (begin, above, end, below) in zip(kinds, places, boxes.tolist(), strict=True):
        if kind == 1:
            across.add((y, begin, end))
        elif kind == 2:
            down.add((x, above, below))
        elif kind == 3:
            across |= {(y0, begin, end), (y1, begin, end)}
            down |= {(x0, above, below), (x1, above, below)}
    return Rules(tuple(sorted(across)), tuple(sorted(down)))
