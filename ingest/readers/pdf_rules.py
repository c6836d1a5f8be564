"""Where things stand on a PDF page, and the rules that are drawn on it: thin shapes long enough to divide cells."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

THIN = 3.0  # points
LONG = 12.0  # points
OBJECTS = 20_000  # a map or a drawing has more, and no table
_GRID = 1_000_000  # device units a page is mapped on, so that pdfium's integer coordinates are exact enough

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """Drawn lines in fractions of the page: ``across`` as (y, left, right), ``down`` as (x, top, bottom)."""

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
        return any(above <= y <= below and x0 < right and x1 > left for y, x0, x1 in self.across)


NO_RULES = Rules((), ())


class Placement:
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
        self._upright = self._xy == self._yx == 0.0

    def place(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Left, top, right and bottom of the box as shown, cut at the page's edges."""
        if self._upright:  # nearly every page, and the innermost step of reading one
            x1, x2 = self._x0 + self._xx * left, self._x0 + self._xx * right
            y1, y2 = self._y0 + self._yy * top, self._y0 + self._yy * bottom
            if 0.0 <= x1 <= x2 <= 1.0 and 0.0 <= y1 <= y2 <= 1.0:
                return round(x1, 5), round(y1, 5), round(x2, 5), round(y2, 5)
        x1, y1 = self._point(left, bottom)
        x2, y2 = self._point(right, top)
        return _clip(min(x1, x2)), _clip(min(y1, y2)), _clip(max(x1, x2)), _clip(max(y1, y2))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return self._x0 + self._xx * x + self._xy * y, self._y0 + self._yx * x + self._yy * y


def _clip(value: float) -> float:
    return 0.0 if value < 0 else 1.0 if value > 1 else round(value, 5)


def page_rules(pdfium: Any, page: Any, placement: Placement) -> Rules:
    """Rules of a loaded page as shown; a filled or framed box gives its sides. Empty on a drawing."""
    count = pdfium.FPDFPage_CountObjects(page)
    if count > OBJECTS:
        return NO_RULES
    sides = [ctypes.c_float() for _ in range(4)]
    places = [ctypes.byref(side) for side in sides]
    boxes: list[Box] = []
    for n in range(count):
        shape = pdfium.FPDFPage_GetObject(page, n)
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if pdfium.FPDFPageObj_GetBounds(shape, *places):
            left, bottom, right, top = (side.value for side in sides)
            if right - left >= LONG or top - bottom >= LONG:
                boxes.append(placement.place(left, bottom, right, top))
    return _rules(boxes, placement.width, placement.height)


def _rules(boxes: list[Box], width: float, height: float) -> Rules:
    across: set[tuple[float, float, float]] = set()
    down: set[tuple[float, float, float]] = set()
    for left, top, right, bottom in boxes:
        wide, tall = (right - left) * width, (bottom - top) * height
        if wide >= LONG and tall <= THIN:
            across.add((_round((top + bottom) / 2), left, right))
        elif tall >= LONG and wide <= THIN:
            down.add((_round((left + right) / 2), top, bottom))
        elif wide >= LONG and tall >= LONG and (wide < 0.98 * width or tall < 0.98 * height):
            across.update(((_round(top), left, right), (_round(bottom), left, right)))
            down.update(((_round(left), top, bottom), (_round(right), top, bottom)))
    return Rules(tuple(sorted(across)), tuple(sorted(down)))


def _round(value: float) -> float:
    return round(value, 3)
