"""Text of a document as HTML: cited words marked, rows of a table as a table, the passage within what stands around it.

The window scrolls to the first mark by style alone (``scroll-initial-target``; a browser that does not know it shows
the window's beginning, which the passage is near).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.page_text import marked_html
from store.types import Span

AROUND = 900  # characters before and after the passage
_CELLS = " | "  # between the cells of a row, as readers of tables write it


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a text: its characters without the break, and where it begins."""

    text: str
    start: int


def window_html(text: str, passage: Span, spans: Sequence[Span]) -> str:
    """The passage of a document with what stands around it; ``spans`` are the cited words.

    All positions are characters of ``text``.
    """
    start = min(_opened(text, max(0, passage.start - AROUND)), passage.start)
    end = max(_closed(text, min(len(text), passage.end + AROUND)), passage.end)
    above, inside, below = (start, passage.start), (passage.start, passage.end), (passage.end, end)
    parts = [
        _part(text, *above, (), "sj-around") if above[0] < above[1] else "",
        _part(text, *inside, spans, "sj-passage"),
        _part(text, *below, (), "sj-around") if below[0] < below[1] else "",
    ]
    return f'<div class="sj-window" tabindex="0">{"".join(parts)}</div>'


def passage_html(text: str, spans: Sequence[Span]) -> str:
    """A text with its cited words marked and its tables as tables; spans are characters of it."""
    return f'<div class="sj-passage">{_blocks(text, spans)}</div>'


def _part(text: str, start: int, end: int, spans: Sequence[Span], kind: str) -> str:
    inside = [Span(span.start - start, span.end - start) for span in spans if span.start < end and start < span.end]
    return f'<div class="{kind}">{_blocks(text[start:end], inside)}</div>'


def _blocks(text: str, spans: Sequence[Span]) -> str:
    """Text and tables in turn; a table is two rows or more."""
    html: list[str] = []
    rows: list[_Line] = []
    plain: list[_Line] = []
    for line in _lines(text):
        if _CELLS in line.text:
            rows.append(line)
            continue
        html += _flushed(plain, rows, spans)
        plain.append(line)
    html += _flushed(plain, rows, spans)
    html += [_text(plain, spans)] if plain else []
    return "".join(html)


def _flushed(plain: list[_Line], rows: list[_Line], spans: Sequence[Span]) -> list[str]:
    """The text and the table that end here, both emptied; a single row is no table and stays text."""
    if len(rows) < 2:
        plain += rows
        rows.clear()
        return []
    html = ([_text(plain, spans)] if any(line.text.strip() for line in plain) else []) + [_table(rows, spans)]
    plain.clear()
    rows.clear()
    return html


def _text(lines: Sequence[_Line], spans: Sequence[Span]) -> str:
    start = lines[0].start
    text = "\n".join(line.text for line in lines)
    inside = [Span(span.start - start, span.end - start) for span in spans]
    return f'<div class="sj-lines">{marked_html(text, inside)}</div>'


def _table(rows: Sequence[_Line], spans: Sequence[Span]) -> str:
    html = ""
    for number, row in enumerate(rows):
        cell = "td" if number else "th"
        at = row.start
        cells = ""
        for part in row.text.split(_CELLS):
            inside = [Span(span.start - at, span.end - at) for span in spans]
            cells += f"<{cell}>{marked_html(part, inside)}</{cell}>"
            at += len(part) + len(_CELLS)
        html += f"<tr>{cells}</tr>"
    return f'<div class="sj-wide"><table class="sj-table">{html}</table></div>'


def _lines(text: str) -> list[_Line]:
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append(_Line(line, at))
        at += len(line) + 1
    return lines


def _opened(text: str, at: int) -> int:
    """The beginning of the line after ``at``, so that no line begins in its middle."""
    return at if at == 0 else min(text.find("\n", at) + 1 or at, len(text))


def _closed(text: str, at: int) -> int:
    return at if at >= len(text) else max(text.rfind("\n", 0, at), 0) or at
