"""Excel (.xlsx) with openpyxl: a sheet is a page, its name a heading, each region of filled rows a table.

unstructured loses the sheet's name, splits one table into several and calls its cells "Title"; it also walks the whole
used range, which two cells at the far corners make 17 billion cells large. Here only cells that exist are looked at.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.archives import open_archive
from ingest.clean import clean_line, clean_text, table_text
from ingest.errors import TooLarge
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed

Cells = dict[tuple[int, int], str]

_CELL = re.compile(rb"<(?:\w+:)?c[ >/]")


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks sheet by sheet; formulas show their stored value, or themselves where none was stored."""
    import warnings

    import openpyxl

    _count_cells(data, limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions that hold no text
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
        formulas = any(cell.data_type == "f" for sheet in book.worksheets for cell in sheet._cells.values())
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True) if formulas else book
    blocks: list[Block] = []
    for page, sheet in enumerate(book.worksheets, 1):
        stored = values.worksheets[page - 1]
        cells = {place: text for place, cell in sheet._cells.items() if (text := _text(cell, stored._cells.get(place)))}
        notes = [cell.comment.text for _, cell in sorted(sheet._cells.items(), key=lambda one: one[0]) if cell.comment]
        blocks.extend(sheet_blocks(sheet.title, page, cells, notes))
    title = clean_line(book.properties.title or "") or None
    return Parsed("xlsx", title, tuple(blocks), page_count=len(book.worksheets))


def sheet_blocks(name: str, page: int, cells: Cells, notes: Iterable[str] = ()) -> Iterator[Block]:
    """A sheet's name as heading, its regions, its cell comments; nothing for an empty sheet. Keys are (row, column)."""
    bodies = list(_regions(cells, page))
    bodies.extend(Block(BlockKind.NOTE, text, page) for note in notes if (text := clean_text(note)))
    if bodies:
        yield Block(BlockKind.HEADING, clean_line(name) or f"{page}", page, level=1)
        yield from bodies


def show(value: Any, number_format: str = "") -> str:
    """A cell's value as a person reads it: dates in ISO form, percentages as such, no floating-point noise."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        percent = "%" in number_format
        text = f"{value * 100 if percent else value:.12g}"
        return f"{text}%" if percent else text
    if isinstance(value, datetime.datetime):
        plain = value.time() == datetime.time(0)
        return value.date().isoformat() if plain else value.isoformat(" ", timespec="minutes")
    return str(value)


def _count_cells(data: bytes, limits: Limits) -> None:
    """Count before openpyxl builds an object of about 1 kB for each cell."""
    total = 0
    with open_archive(data) as archive:
        for member in archive.namelist():
            if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                total += len(_CELL.findall(archive.read(member)))
    if total > limits.cells:
        raise TooLarge(
            f"the workbook has {total} cells, the limit is {limits.cells}: split it or export the sheets as .csv"
        )


def _text(cell: Any, stored: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        value = None if stored is None else stored.value
        if value is None:
            value = getattr(cell.value, "text", cell.value)  # array formulas are objects
    return clean_line(show(value, cell.number_format or ""))


def _regions(cells: Cells, page: int) -> Iterator[Block]:
    """Runs of rows without an empty row between them; a region one column wide is text, a wider one a table."""
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        rows.setdefault(row, {})[column] = text
    region: list[dict[int, str]] = []
    previous = 0
    for row in sorted(rows):
        if region and row != previous + 1:
            yield from _region(region, page)
            region = []
        region.append(rows[row])
        previous = row
    if region:
        yield from _region(region, page)


def _region(rows: list[dict[int, str]], page: int) -> Iterator[Block]:
    columns = sorted({column for row in rows for column in row})
    if len(columns) == 1:
        for row in rows:
            yield Block(BlockKind.PARAGRAPH, row[columns[0]], page)
        return
    yield Block(BlockKind.TABLE, table_text([[row.get(column, "") for column in columns] for row in rows]), page)
