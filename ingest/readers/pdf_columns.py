"""Columns of a page: a gutter that text stands on both sides of, over a band of the page that nothing crosses.

A recursive X-Y cut (Nagy and Seth, ICPR 1984), cut vertically first: cutting at white rows first would read the
paragraphs of two columns in turns. Only running text makes a column; cells of a table are short, or fill one side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.readers.pdf_lines import Line
from ingest.readers.pdf_rules import Rules
from ingest.readers.text import columns as characters

STEP = 0.01  # of the page: how finely gutters are looked for
SLACK = 0.004  # of the page: an italic letter may lean so far into the gutter
ROWS = 3  # lines on either side of a gutter
FULL = 0.7  # of its column's width: a line of running text is longer, but for the last of a paragraph
RUNNING = 0.5  # share of such lines
SHORTEST = 14  # characters (Chinese counts two) of the middle line of a column
WHITE = 1.0  # line heights: white across both columns where one thing may end and another begin
DEPTH = 4
TALL = 3.0  # a line this many times higher than its letters is turned: a stamp in the margin


@dataclass(frozen=True, slots=True)
class _Cut:
    """A gutter at ``x`` through the lines ``band`` (indices), which are ``left`` and ``right`` of it."""

    x: float
    left: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def worth(self) -> int:
        return min(len(self.left), len(self.right)) * 2 + len(self.left) + len(self.right)


def columns(lines: Sequence[Line], height: float, rules: Rules) -> list[list[Line]]:
    """The lines region by region; inside a region in the order of the file. One region where there are no columns."""
    upright = [line for line in lines if not _turned(line, height)]
    turned = [line for line in lines if _turned(line, height)]
    regions = list(_regions(upright, rules, 0))
    if len(regions) < 2:
        return [list(lines)]
    return [*regions, turned] if turned else regions


def _turned(line: Line, height: float) -> bool:
    tall = (line.bottom - line.top) * height
    return tall > TALL and tall > TALL * line.size and len(line.text) > 3


def _regions(lines: Sequence[Line], rules: Rules, depth: int) -> Iterator[list[Line]]:
    """Reading order: what stands above a band of columns, its columns from left to right, what stands below it."""
    cut = _best(lines, rules) if depth < DEPTH and len(lines) >= 2 * ROWS else None
    if cut is None:
        if lines:
            yield list(lines)
        return
    left, right = [lines[n] for n in cut.left], [lines[n] for n in cut.right]
    top, bottom = min(one.top for one in (*left, *right)), max(one.bottom for one in (*left, *right))
    chosen = {*cut.left, *cut.right}
    others = [line for n, line in enumerate(lines) if n not in chosen]
    middle = (top + bottom) / 2
    yield from _regions([one for one in others if _mid(one) < middle], rules, depth + 1)
    yield from _regions(left, rules, depth + 1)
    yield from _regions(right, rules, depth + 1)
    yield from _regions([one for one in others if _mid(one) >= middle], rules, depth + 1)


def _best(lines: Sequence[Line], rules: Rules) -> _Cut | None:
    """The gutter with the most text beside it."""
    order = sorted(range(len(lines)), key=lambda n: lines[n].top + lines[n].bottom)
    spans = [(n, lines[n].left, lines[n].right) for n in order]
    found = [cut for x in _gutters(lines) for cut in _bands(spans, x)]
    cuts = list({(*cut.left, -1, *cut.right): cut for cut in found}.values())  # gutters side by side divide alike
    cuts.sort(key=lambda cut: cut.worth, reverse=True)
    for cut in cuts:
        if _are_columns(lines, cut, rules):
            return cut
    parts = [part for cut in cuts for part in _parts(lines, cut, rules)]
    return max(parts, key=lambda cut: cut.worth, default=None)


def _parts(lines: Sequence[Line], cut: _Cut, rules: Rules) -> Iterator[_Cut]:
    """Columns in a part of the band, as where a table follows: it is divided at white rows through both sides."""
    left = set(cut.left)
    pieces: list[_Cut] = []
    piece: list[int] = []
    bottom = 2.0
    for n in [*sorted((*cut.left, *cut.right), key=lambda n: lines[n].top), -1]:
        if piece and (n < 0 or lines[n].top - bottom > WHITE * (lines[n].bottom - lines[n].top)):
            sides = tuple(n for n in piece if n in left), tuple(n for n in piece if n not in left)
            pieces.append(_Cut(cut.x, *sides))
            piece, bottom = [], 0.0
        if n >= 0:
            piece.append(n)
            bottom = lines[n].bottom if len(piece) == 1 or lines[n].bottom > bottom else bottom
    for number, one in enumerate(pieces):  # from each piece as far as it goes on in columns
        joined = None
        for more in pieces[number:]:
            wider = more if joined is None else _Cut(cut.x, joined.left + more.left, joined.right + more.right)
            if not (wider.left and wider.right and _are_columns(lines, wider, rules)):
                break
            joined = wider
        if joined and len(pieces) > 1:
            yield joined
        if joined and one is pieces[-1]:
            break


def _gutters(lines: Sequence[Line]) -> list[float]:
    """Places a little before where several lines begin: a column's left edge is straight, its right one need not be."""
    starts = Counter(round(line.left / STEP) for line in lines)
    first = min(starts)
    shared = (at for at in sorted(starts) if at > first + 10 and starts[at - 1] + starts[at] + starts[at + 1] >= ROWS)
    return [at * STEP - 0.7 * STEP for at in shared]


def _bands(spans: Sequence[tuple[int, float, float]], x: float) -> Iterator[_Cut]:
    """Runs of lines that stand beside ``x`` without a line across it between them.

    ``spans`` are the lines' numbers and sides, from top to bottom.
    """
    left: list[int] = []
    right: list[int] = []
    least, most = x - SLACK, x + SLACK
    for n, begin, end in spans:
        if end <= most:
            left.append(n)
        elif begin >= least:
            right.append(n)
        elif left or right:
            if len(left) >= ROWS and len(right) >= ROWS:
                yield _Cut(x, tuple(sorted(left)), tuple(sorted(right)))
            left, right = [], []
    if len(left) >= ROWS and len(right) >= ROWS:
        yield _Cut(x, tuple(sorted(left)), tuple(sorted(right)))


def _are_columns(lines: Sequence[Line], cut: _Cut, rules: Rules) -> bool:
    left, right = [lines[n] for n in cut.left], [lines[n] for n in cut.right]
    top = max(min([one.top for one in left]), min([one.top for one in right]))
    bottom = min(max([one.bottom for one in left]), max([one.bottom for one in right]))
    low, high = 2 * (top - 0.01), 2 * (bottom + 0.01)
    beside = [[one for one in side if low <= one.top + one.bottom <= high] for side in (left, right)]
    few, many = sorted(map(len, beside))
    if few < ROWS or few < 0.4 * many or bottom - top < 0.02:
        return False
    return all(map(_running, beside)) and not rules.grid_within(top, bottom)


def _running(side: Sequence[Line]) -> bool:
    """Whether a side is running text: most of its rows reach from one edge to the other, and are no mere words."""
    width = max(max([one.right for one in side]) - min([one.left for one in side]), 1e-6)
    rows: list[tuple[float, int]] = []
    bottom = -1.0
    for one in sorted(side, key=_mid):
        reach, length = (one.right - one.left) / width, characters(one.text)
        if rows and (one.top + one.bottom) / 2 < bottom:
            rows[-1] = (rows[-1][0] + reach, rows[-1][1] + length)
        else:
            rows.append((reach, length))
        bottom = one.bottom
    full = sum(reach >= FULL for reach, _ in rows)
    return full >= RUNNING * len(rows) and sorted(length for _, length in rows)[len(rows) // 2] >= SHORTEST


def _mid(line: Line) -> float:
    return (line.top + line.bottom) / 2
