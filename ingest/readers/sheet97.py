"""Excel 97-2003 (.xls) with xlrd, in the same shape as .xlsx."""

from __future__ import annotations

from typing import Any

from ingest.clean import clean_line
from ingest.errors import PasswordNeeded, TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.sheet import sheet_blocks, show
from ingest.types import Block, Parsed


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks sheet by sheet."""
    import os

    import xlrd

    try:
        with open(os.devnull, "w") as sink:
            book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=sink)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise PasswordNeeded("the workbook is encrypted: save it without a password") from error
        raise UnreadableFile(f"the .xls file is damaged ({error}): save it as .xlsx") from error
    blocks: list[Block] = []
    total = 0
    for page, sheet_name in enumerate(book.sheet_names(), 1):
        sheet = book.sheet_by_name(sheet_name)
        cells = {}
        for row in range(sheet.nrows):
            for column, cell in enumerate(sheet.row(row)):
                if text := clean_line(_text(cell, book.datemode)):
                    cells[row + 1, column + 1] = text
        total += len(cells)
        if total > limits.cells:
            raise TooLarge(f"the workbook has more than {limits.cells} cells: split it or export the sheets as .csv")
        blocks.extend(sheet_blocks(sheet_name, page, cells))
    return Parsed("xls", None, tuple(blocks), page_count=book.nsheets)


def _text(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return show(xlrd.xldate_as_datetime(cell.value, datemode))
        except (xlrd.XLDateError, OverflowError, ValueError):
            return show(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return show(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return show(cell.value)
