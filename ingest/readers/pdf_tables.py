"""Tables of a page: rows of cells that begin at the same places, with or without drawn rules between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.clean import joint
from ingest.readers.pdf_lines import Line
from ingest.readers.pdf_rules import Rules
from ingest.readers.text import columns as characters

ROWS = 2  # rows of several cells that make a table of three columns or more
PAIRS = 3  # and of two columns, where a wide gap may be an accident
FITTING = 0.75  # share of the rows that must lie in the table's columns
MOST = 40  # columns
NEAR = 2.2  # line heights: a wider gap without a rule ends the table
PROSE = 40  # characters (Chinese counts two) of a line of running text
LONG = 0.95  # of its column: a line that goes on in the next one

_MARKER = re.compile(r"(?:[•●○■◆▪·‣–*-]|\(?[0-9a-zA-Zivx]{1,4}[.)、]|[（(][\w]{1,3}[)）]|[①-⑳]|\d{1,3})")
_LEADER = re.compile(r"…\s*$|^\s*…")
_ENDED = re.compile(r"[.!?。！？：:；;][\"'”’」』)）]*$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as one line, and the indices of the lines in it."""

    line: Line
    members: tuple[int, ...]


Row = list[int]
Extent = tuple[float, float, float, float, float]


def find_tables(lines: Sequence[Line], height: float, rules: Rules) -> list[Table]:
    """The tables among the lines of a column; ``height`` is the page's in points."""
    rows = _rows(lines)
    if sum(len(row) > 1 and not _marked(lines, row) for row in rows) < ROWS:
        return []
    tables: list[Table] = []
    extents = [_extent(lines, row) for row in rows]
    start = 0
    while start < len(rows):
        if len(rows[start]) < 2:
            start += 1
            continue
        end = _run(lines, rows, extents, start, height, rules)
        table = _table(lines, rows[start:end], height, rules)
        if table:
            tables.append(table)
        start = end if table else start + 1
    return tables


def _marked(lines: Sequence[Line], row: Row) -> bool:
    """Whether a row is a list item: its sign, and its text."""
    return len(row) == 2 and _MARKER.fullmatch(lines[row[0]].text.strip()) is not None


def _rows(lines: Sequence[Line]) -> list[Row]:
    """Indices of lines that stand side by side, rows from top to bottom, each from left to right."""
    rows: list[Row] = []
    for n in sorted(range(len(lines)), key=lambda n: lines[n].top + lines[n].bottom):
        line = lines[n]
        middle = (line.top + line.bottom) / 2
        last = lines[rows[-1][0]] if rows else None
        if last is not None and last.top < middle < last.bottom and not _over(lines, rows[-1], line):
            rows[-1].append(n)
        else:
            rows.append([n])
    return [sorted(row, key=lambda n: lines[n].left) for row in rows]


def _over(lines: Sequence[Line], row: Row, line: Line) -> bool:
    return any([_shared((lines[n].left, lines[n].right), line.left, line.right) > 0.005 for n in row])


def _run(
    lines: Sequence[Line], rows: Sequence[Row], extents: Sequence[Extent], start: int, height: float, rules: Rules
) -> int:
    """The row after the last one that may belong to the table beginning at row ``start``."""
    left, _, right, bottom, _ = extents[start]
    end = start + 1
    while end < len(rows):
        begins, top, ends, low, size = extents[end]
        near = (top - bottom) * height <= NEAR * size
        if not near and not rules.between(bottom - 0.005, top + 0.005, left, right):
            break
        if len(rows[end]) == 1 and not _continues(lines, rows, start, end, rules):
            break
        left, right, bottom = min(left, begins), max(right, ends), low
        end += 1
    while len(rows[end - 1]) < 2 and not _wrapped(lines, rows, start, end - 1, rules):
        end -= 1
    return end


def _extent(lines: Sequence[Line], row: Row) -> Extent:
    """Left, top, right and bottom of a row's lines, and the size of the largest."""
    first = lines[row[0]]
    left, top, right, bottom, size = first.left, first.top, first.right, first.bottom, first.size
    for n in row[1:]:  # a loop, for a row has two or three: min() and max() over generators take four times as long
        line = lines[n]
        left = line.left if line.left < left else left
        top = line.top if line.top < top else top
        right = line.right if line.right > right else right
        bottom = line.bottom if line.bottom > bottom else bottom
        size = line.size if line.size > size else size
    return left, top, right, bottom, size


def _span(lines: Sequence[Line], row: Row) -> tuple[float, float]:
    if len(row) == 1:
        return lines[row[0]].left, lines[row[0]].right
    return min([lines[n].left for n in row]), max([lines[n].right for n in row])


def _continues(lines: Sequence[Line], rows: Sequence[Row], start: int, end: int, rules: Rules) -> bool:
    """Whether a row of one cell goes on in the table: wrapped text of one column, or a heading between its rows."""
    if _wrapped(lines, rows, start, end, rules):
        return True
    following = rows[end + 1 : end + 2]
    return bool(following) and len(following[0]) >= 2 and len(lines[rows[end][0]].text) <= 60 and end - start >= 2


def _wrapped(lines: Sequence[Line], rows: Sequence[Row], start: int, at: int, rules: Rules) -> bool:
    """Whether the single cell of row ``at`` lies within one column and not in the first, as wrapped text does."""
    line = lines[rows[at][0]]
    above = [row for row in rows[start:at] if len(row) > 1]
    if not above or line.rows:
        return False
    left, first = line.left, above[0]
    distance, place = min([(abs(lines[n].left - left), place) for row in above for place, n in enumerate(row)])
    inside = place == len(first) - 1 or line.right <= lines[first[min(place + 1, len(first) - 1)]].left + 0.005
    ruled = rules.grid_within(lines[first[0]].top, line.bottom)
    return distance < 0.02 and inside and (place > 0 or ruled)


def _table(lines: Sequence[Line], rows: Sequence[Row], height: float, rules: Rules) -> Table | None:
    several = [row for row in rows if len(row) > 1]
    bounds = _columns(lines, several)
    needed = ROWS if len(bounds) > 2 else PAIRS
    if not 2 <= len(bounds) <= MOST or len(several) < needed:
        return None
    if _is_list(lines, several) or (len(bounds) == 2 and len(several) == len(rows) and _is_prose(lines, rows, rules)):
        return None
    placed = [[(_column(bounds, lines[n]), n) for n in row] for row in rows]
    fitting = sum(len({column for column, _ in row}) == len(row) for row in placed)
    if fitting < FITTING * len(rows):
        return None
    grid = [_cells(row, len(bounds)) for row in placed]
    grid = _merged(lines, grid, height, rules)
    members = tuple(sorted(n for row in rows for n in row))
    cells = tuple(tuple(tuple(lines[n] for n in cell) for cell in row) for row in grid)
    inside = [lines[n] for n in members]
    text = " ".join(line.text for line in inside)
    sides = (min(one.left for one in inside), min(one.top for one in inside))
    ends = (max(one.right for one in inside), max(one.bottom for one in inside))
    return Table(Line(text, *sides, *ends, sorted(one.size for one in inside)[len(inside) // 2], rows=cells), members)


def _is_list(lines: Sequence[Line], rows: Sequence[Row]) -> bool:
    """Numbered items, and the entries of a table of contents: two cells that are one line."""
    pairs = [row for row in rows if len(row) == 2]
    if len(pairs) < 0.8 * len(rows):
        return False
    marks = sum(_marked(lines, row) for row in pairs)
    leaders = sum(_LEADER.search(lines[n].text) is not None for row in pairs for n in row[:1])
    return max(marks, leaders) >= 0.6 * len(pairs)


def _is_prose(lines: Sequence[Line], rows: Sequence[Row], rules: Rules) -> bool:
    """Running text beside a box or a margin note: lines of one length, none of which ends a sentence."""
    for side in (0, -1):
        text = [lines[row[side]] for row in rows]
        width = max(one.right for one in text) - min(one.left for one in text)
        full = all(one.right - one.left >= LONG * width and characters(one.text) >= PROSE for one in text)
        if full and not any(_ENDED.search(one.text) for one in text[:-1]):
            return not rules.grid_within(text[0].top, text[-1].bottom)
    return False


def _columns(lines: Sequence[Line], rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Left and right of the columns: cells that overlap share one, narrow ones first, so that a wide head divides."""
    bounds: list[tuple[float, float]] = []
    for n in sorted((n for row in rows for n in row), key=lambda n: lines[n].right - lines[n].left):
        left, right = lines[n].left, lines[n].right
        over = [one for one, width in zip(bounds, _widths(bounds, left, right), strict=True) if width > 0.002]
        if not over:
            bounds.append((left, right))
        elif len(over) == 1:
            bounds.remove(over[0])
            bounds.append((min(left, over[0][0]), max(right, over[0][1])))
    return sorted(bounds)


def _column(bounds: Sequence[tuple[float, float]], line: Line) -> int:
    """The column that a cell covers most of; the first of them for a cell that spans several."""
    shared = _widths(bounds, line.left, line.right)
    over = [n for n, width in enumerate(shared) if width > 0]
    if len(over) > 1:
        spanned = [n for n in over if shared[n] > 0.6 * (bounds[n][1] - bounds[n][0])]
        if len(spanned) > 1:
            return spanned[0]
    return shared.index(max(shared))


def _widths(bounds: Sequence[tuple[float, float]], left: float, right: float) -> list[float]:
    """``_shared`` for each of the columns."""
    return [(end if end < right else right) - (begin if begin > left else left) for begin, end in bounds]


def _shared(bound: tuple[float, float], left: float, right: float) -> float:
    """How wide the part is that both have; negative where they stand apart. Called too often for min() and max()."""
    return (bound[1] if bound[1] < right else right) - (bound[0] if bound[0] > left else left)


def _cells(row: Sequence[tuple[int, int]], count: int) -> list[Row]:
    cells: list[Row] = [[] for _ in range(count)]
    for column, n in row:
        cells[column].append(n)
    return cells


def _merged(lines: Sequence[Line], grid: list[list[Row]], height: float, rules: Rules) -> list[list[Row]]:
    """Rows that only go on with cells of the row above become part of it: no rule between, the first cell empty."""
    extents = [_extent(lines, [n for cell in row for n in cell]) for row in grid]
    gaps = sorted(gap for above, row in pairwise(extents) if (gap := row[1] - above[3]) > 0)
    usual = gaps[len(gaps) // 2] if gaps else 0.0
    ruled = _rules_inside(grid, extents, rules)
    merged: list[list[Row]] = []
    bottom = 0.0
    for row, extent in zip(grid, extents, strict=True):
        if merged and _goes_on(merged[-1], row, bottom, extent, usual, ruled, rules):
            merged[-1] = [above + cell for above, cell in zip(merged[-1], row, strict=True)]
            bottom = max(bottom, extent[3])
        else:
            merged.append(row)
            bottom = extent[3]
    return merged


def _rules_inside(grid: Sequence[Sequence[Row]], extents: Sequence[Extent], rules: Rules) -> bool:
    """Whether rules are drawn between most of the rows that begin with a cell."""
    tops = [extent[1] for row, extent in zip(grid, extents, strict=True) if row[0]]
    if len(tops) <= 2:
        return False
    between = sum(any(a < y < b for y, _, _ in rules.across) for a, b in pairwise(tops))
    return between >= 0.8 * (len(tops) - 1)


def _goes_on(
    above: Sequence[Row], row: Sequence[Row], bottom: float, extent: Extent, usual: float, ruled: bool, rules: Rules
) -> bool:
    """Whether ``row`` only goes on with cells of the row ``above`` it, whose lines reach down to ``bottom``."""
    left, top, right, _, _ = extent
    if rules.between(bottom - 0.004, top + 0.004, left, right):
        return False
    if ruled:
        return True
    filled = sum(bool(cell) for cell in row)
    gap = top - bottom
    return not row[0] and filled < sum(bool(cell) for cell in above) and gap <= max(0.6 * usual, usual - 0.002, 0.0)


def cells_text(rows: Sequence[Sequence[Sequence[Line]]]) -> tuple[str, list[tuple[int, int, Line]]]:
    """A table's text, rows a line and cells divided by " | ", and the span of every line in it."""
    used = [n for n in range(len(rows[0])) if any(row[n] for row in rows)]
    text = ""
    spans: list[tuple[int, int, Line]] = []
    for count, row in enumerate(rows):
        text = text.rstrip(" ") + "\n" if count else ""
        for place, column in enumerate(used):
            text += " | " if place else ""
            for position, line in enumerate(row[column]):
                shown = line.text.replace(" | ", " ¦ ").replace("\n", " ")
                text += _between(row[column][position - 1], shown) if position else ""
                spans.append((len(text), len(text) + len(shown), line))
                text += shown
    return text.rstrip(" "), spans


def _between(before: Line, shown: str) -> str:
    return "" if before.hyphen else joint(before.text, shown)


def lines_of(table: Line) -> Iterator[Line]:
    """The lines in a table's cells."""
    return (line for row in table.rows for cell in row for line in cell)
