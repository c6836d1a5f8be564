"""A picture that was read by OCR → the lines of a page, as if it had a text layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.ocr import Seen, SeenLine
from ingest.readers.pdf_lines import Line, PageLines
from ingest.types import BlockBox

BODY = 1.35  # times the usual height: below, a line is of the body's size, because boxes jitter with their letters
ROW = 0.5  # line heights: middles this near are one row
GAP = 0.6  # line heights: pieces of a row this near are one line


def page_of(seen: Seen, width: float, height: float) -> PageLines:
    """The lines in rows from top to bottom; ``width`` and ``height`` are the page's points as it is shown."""
    if seen.turns % 2:
        width, height = height, width
    lines = seen.lines
    usual = float(np.median([line.bottom - line.top for line in lines])) if lines else 1.0
    slope = float(np.median([line.slope for line in lines])) if lines else 0.0
    scale = height / seen.height
    rows = [
        _line(piece, seen, usual, scale, number > 0)
        for row in _rows(lines, usual, slope, seen.width)
        for number, piece in enumerate(_pieces(row))
    ]
    return PageLines(tuple(rows), width, height, 1, 0, round(seen.score, 3), seen.turns)


def _rows(lines: Sequence[SeenLine], usual: float, slope: float, width: int) -> list[list[SeenLine]]:
    """Lines side by side, the page's lean taken out."""

    def level(line: SeenLine) -> float:
        return (line.top + line.bottom) / 2 - slope * ((line.left + line.right - width) / 2)

    rows: list[list[SeenLine]] = []
    for line in sorted(lines, key=level):
        if rows and abs(level(line) - level(rows[-1][0])) < ROW * usual and not _over(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _over(row: Sequence[SeenLine], line: SeenLine) -> bool:
    """Whether the line stands above or below one of the row; detected boxes may overlap a little."""
    return any(
        min(one.right, line.right) - max(one.left, line.left) > 0.5 * min(one.right - one.left, line.right - line.left)
        for one in row
    )


def _pieces(row: Sequence[SeenLine]) -> list[SeenLine]:
    """Words of a row that the detector took apart put together; wide gaps stay."""
    pieces: list[SeenLine] = []
    for line in row:
        before = pieces[-1] if pieces else None
        if before is not None and line.left - before.right < GAP * min(
            before.bottom - before.top, line.bottom - line.top
        ):
            wide = line.left - before.right > 0.2 * (line.bottom - line.top)
            text = before.text + (" " if wide and (before.text[-1].isascii() or line.text[0].isascii()) else "")
            top, bottom = min(before.top, line.top), max(before.bottom, line.bottom)
            score = min(before.score, line.score)
            pieces[-1] = SeenLine(text + line.text, before.left, top, line.right, bottom, score, line.slope)
        else:
            pieces.append(line)
    return pieces


def _line(line: SeenLine, seen: Seen, usual: float, scale: float, glued: bool) -> Line:
    ratio = (line.bottom - line.top) / usual
    size = usual if ratio < BODY else round(ratio * 4) / 4 * usual
    sides = (line.left / seen.width, line.top / seen.height, line.right / seen.width, line.bottom / seen.height)
    left, top, right, bottom = (min(max(round(side, 5), 0.0), 1.0) for side in sides)
    return Line(line.text, left, top, right, bottom, round(size * scale, 1), glued=glued)


def turned_back(box: BlockBox, turns: int) -> BlockBox:
    """A box on a page that was set upright by ``turns`` quarter turns to the left, as it lies on the page as shown."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    for _ in range(turns % 4):
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return BlockBox(box.start, box.end, round(left, 5), round(top, 5), round(right, 5), round(bottom, 5))
