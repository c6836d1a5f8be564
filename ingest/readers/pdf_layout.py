"""The lines of a page in the order in which they are read: column after column, tables as tables.

file order → columns → within a column: tables, then fragments of one row joined again

A page without columns keeps the order of its file, which knows more than geometry does (side notes, captions).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.readers.pdf_columns import columns
from ingest.readers.pdf_lines import Line, PageLines, joined
from ingest.readers.pdf_rules import Rules
from ingest.readers.pdf_tables import find_tables


def arrange(page: PageLines) -> PageLines:
    """The page with its lines in reading order."""
    if not page.beside:
        if any(line.glued for line in page.lines):
            return replace(page, lines=tuple(rows_joined(page.lines)))
        return page
    ordered: list[Line] = []
    for column in columns(page.lines, page.height, page.rules):
        ordered.extend(_with_tables(column, page.height, page.rules))
    return replace(page, lines=tuple(ordered))


def _with_tables(lines: Sequence[Line], height: float, rules: Rules) -> Iterator[Line]:
    """One column: its tables where their first line stood, all else in order, rows joined."""
    tables = find_tables(lines, height, rules)
    inside = {index: table for table in tables for index in table.members}
    done: set[int] = set()
    rest: list[Line] = []
    for index, line in enumerate(lines):
        table = inside.get(index)
        if table is None:
            rest.append(line)
        elif id(table) not in done:
            done.add(id(table))
            yield from rows_joined(rest)
            rest = []
            yield table.line
    yield from rows_joined(rest)


def rows_joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Fragments that only a wide gap divides as one line again."""
    before: Line | None = None
    for line in lines:
        if before is not None and line.glued and not line.rows and _same_row(before, line):
            before = joined(before, line)
            continue
        if before is not None:
            yield before._replace(glued=False) if before.glued else before
        before = line
    if before is not None:
        yield before._replace(glued=False) if before.glued else before


def _same_row(before: Line, line: Line) -> bool:
    overlap = min(before.bottom, line.bottom) - max(before.top, line.top)
    return line.left >= before.left and overlap > 0.4 * min(before.bottom - before.top, line.bottom - line.top)
