"""Where the characters of PDF pages stand, asked of pdfium for several pages at once.

A line's box is the union of a sample of its characters' boxes, both ends included. All samples of a group of pages are
asked for by one ``map`` over the C function and joined to lines by numpy: a third of the time of a loop over the lines.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.readers.pdf_calls import fast_call
from ingest.readers.pdf_rules import Placement, as_shown

SAMPLES = 3  # characters of a line whose boxes are asked for, besides the first and the last
WIDE = 0.75  # line heights; a gap this wide may divide two columns or two cells, words are set closer

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Piece = tuple[str, int]  # a stretch of text, never empty, and where it begins in the text of all pages
Place = Sequence[float]  # left, top, right and bottom as shown, and the height in points

_NOWHERE: Place = (0.0, 0.0, 0.0, 0.0, 0.0)
_BLANKS = re.compile(" +")


@dataclass(frozen=True, slots=True)
class Samples:
    """Sampled characters of some pieces: ``owner`` is the piece's number, ``at`` the place in the text of all pages.

    ``sides`` (samples x 4) are left, top, right and bottom in the page's own points, from the bottom left upwards.
    """

    owner: Whole
    at: Whole
    sides: Floats


@dataclass(frozen=True, slots=True)
class TextLayer:
    """A loaded text page; ``exact`` says that places in ``text`` are pdfium's indices of characters."""

    handle: Any
    text: str
    exact: bool
    placement: Placement


class CharBoxes:
    """The characters' boxes of several pages, whose texts are taken for one: each begins where the last one ends."""

    def __init__(self, pdfium: Any, layers: Sequence[TextLayer]) -> None:
        types = ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self._pdfium, self._ask, self._layers = pdfium, fast_call("FPDFText_GetLooseCharBox", *types), layers
        self._handles = np.array([ctypes.cast(one.handle, ctypes.c_void_p).value for one in layers], dtype=np.uint64)
        self._exact = np.array([one.exact for one in layers], dtype=bool)
        lengths = [len(one.text) for one in layers]
        self.begins = np.cumsum([0, *lengths[:-1]])
        self._codes = np.frombuffer("".join(one.text for one in layers).encode("utf-32-le"), dtype="<u4")
        self._placements = np.array([one.placement.terms for one in layers], dtype=np.float64)

    def sampled(self, pieces: Sequence[Piece]) -> Samples:
        """The first and the last character of each piece and some between; none are blanks or without extent."""
        starts = np.array([start for _, start in pieces], dtype=np.int64)
        first = np.array([len(text) - len(text.lstrip()) if text[0].isspace() else 0 for text, _ in pieces])
        last = np.array([len(text.rstrip() if text[-1].isspace() else text) - 1 for text, _ in pieces])
        step = np.maximum((last - first) // (SAMPLES + 1), 1)
        # With a step of a quarter of the length, rounded down, seven places at most come before the last.
        grid = first[:, None] + step[:, None] * np.arange(2 * SAMPLES + 1)
        grid = np.column_stack((np.where(grid < last[:, None], grid, -1), last))
        owner, column = np.nonzero((grid >= 0) & (last >= first)[:, None])
        at = grid[owner, column] + starts[owner]
        inked = self._codes[at] != ord(" ")
        sides, there = self.at(at[inked])
        return Samples(owner[inked][there], at[inked][there], sides[there])

    def at(self, places: Whole) -> tuple[Floats, NDArray[np.bool_]]:
        """Left, top, right and bottom of the characters at these places of the text; which of them have an extent."""
        layer = self._layer(places)
        indices = (places - self.begins[layer]).tolist()
        for n in np.flatnonzero(~self._exact[layer]).tolist():
            handle = self._layers[layer[n]].handle
            indices[n] = self._pdfium.FPDFText_GetCharIndexFromTextIndex(handle, indices[n])
        buffer = np.zeros((len(indices), 4), dtype=np.float32)
        base = buffer.ctypes.data
        handles = self._handles[layer].tolist()
        told = list(map(self._ask, handles, indices, range(base, base + 16 * len(indices), 16)))
        sides = buffer.astype(np.float64)
        extent = (sides[:, 2] > sides[:, 0]) | (sides[:, 1] > sides[:, 3])
        return sides, extent & (np.array(told) != 0) & (np.array(indices) >= 0)

    def _layer(self, places: Whole) -> Whole:
        return np.searchsorted(self.begins, places, side="right") - 1

    def cuts(self, pieces: Sequence[Piece], samples: Samples) -> dict[int, list[int]]:
        """For each piece with wide gaps, by number, the places in it of the blanks that are them."""
        owners: list[int] = []
        edges: list[tuple[int, int]] = []
        for number, begin, end in _stretched(pieces, samples):
            text, start = pieces[number]
            for blank in _BLANKS.finditer(text, begin - start, end - start):
                owners.append(number)
                edges.append((start + blank.start() - 1, start + blank.end()))
        if not owners:
            return {}
        sides, there = self.at(np.array(edges).ravel())
        gaps = sides[1::2, 0] - sides[0::2, 2]
        wide = there[0::2] & there[1::2] & (gaps > WIDE * _first_heights(samples, len(pieces))[owners])
        found: dict[int, list[int]] = {}
        for n in np.flatnonzero(wide).tolist():
            found.setdefault(owners[n], []).append(edges[n][0] + 1 - pieces[owners[n]][1])
        return found

    def placed(self, pieces: Sequence[Piece], samples: Samples) -> list[Place]:
        """The box of each piece as a reader sees it, and its characters' usual height; zeros where there is none."""
        owner, sides, count = samples.owner, samples.sides, len(pieces)
        if not len(owner):
            return [_NOWHERE] * count
        counts = np.bincount(owner, minlength=count)
        filled = np.flatnonzero(counts)
        begin = (np.cumsum(counts) - counts)[filled]
        heights = np.abs(sides[:, 1] - sides[:, 3])
        middle = heights[np.lexsort((heights, owner))][begin + counts[filled] // 2]
        low, high = np.minimum.reduceat(sides, begin), np.maximum.reduceat(sides, begin)
        terms = self._placements[self._layer(samples.at[begin])]
        shown = as_shown(terms, np.column_stack((low[:, 0], low[:, 3], high[:, 2], high[:, 1])))
        rows: list[Place] = np.column_stack((shown, np.round(middle, 1))).tolist()
        if len(filled) == count:
            return rows
        places = [_NOWHERE] * count
        for number, row in zip(filled.tolist(), rows, strict=True):
            places[number] = row
        return places


def _stretched(pieces: Sequence[Piece], samples: Samples) -> list[tuple[int, int, int]]:
    """Piece, begin and end of the stretches whose ends lie further apart than usual, so that a gap may be in them."""
    owner, at, sides = samples.owner, samples.at, samples.sides
    pair = np.flatnonzero(owner[1:] == owner[:-1])
    if not len(pair):
        return []
    mine = owner[pair]
    runs, steps = sides[pair + 1, 0] - sides[pair, 0], at[pair + 1] - at[pair]
    count = np.bincount(mine, minlength=len(pieces))
    begin = np.minimum(np.cumsum(count) - count, len(pair) - 1)
    end = np.minimum(np.cumsum(count), len(pair)) - 1
    advances = runs / steps
    ordered = advances[np.lexsort((advances, mine))]
    widths = np.array([0.62 if text.isascii() else 1.05 for text, _ in pieces])
    heights = _first_heights(samples, len(pieces))
    usual = np.minimum(widths * heights, ordered[np.minimum(begin + count // 2, len(pair) - 1)])
    forwards = sides[pair[end] + 1, 0] >= sides[pair[begin], 0]
    divisible = np.array([" " in text for text, _ in pieces]) & (heights > 0) & forwards
    far = (steps >= 2) & (runs >= usual[mine] * steps + WIDE * heights[mine]) & divisible[mine]
    chosen = pair[far]
    return list(zip(owner[chosen].tolist(), at[chosen].tolist(), at[chosen + 1].tolist(), strict=True))


def _first_heights(samples: Samples, count: int) -> Floats:
    """Height of the first sampled character of each piece, 0 where none was."""
    heights = np.zeros(count)
    owner, sides = samples.owner, samples.sides
    if len(owner):
        first = np.concatenate(([0], np.flatnonzero(owner[1:] != owner[:-1]) + 1))
        heights[owner[first]] = sides[first, 1] - sides[first, 3]
    return heights
