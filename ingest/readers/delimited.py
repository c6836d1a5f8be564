"""CSV and its cousins: delimiter found by counting, encoding by evidence, a quote that never closes survived."""

from __future__ import annotations

import csv
import io

from ingest.clean import table_text
from ingest.decode import decode
from ingest.errors import TooLarge
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed

DELIMITERS = ",;\t|"
QUOTED_LINES = 50  # a field over more lines than this is a quote that somebody forgot to close

Rows = list[list[str]]


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """One TABLE block, the first row its header. Raises TooLarge over ``limits.cells``."""
    decoded = decode(data)
    text = decoded.text.replace("\x00", "")
    warnings = list(decoded.warnings)
    delimiter = sniff(text)
    rows = _parse(text, delimiter, csv.QUOTE_MINIMAL, limits)
    if any(cell.count("\n") > QUOTED_LINES for row in rows for cell in row):
        warnings.append("a quotation mark is never closed: quotes were read as ordinary characters")
        rows = _parse(text, delimiter, csv.QUOTE_NONE, limits)
    table = table_text(rows)
    return Parsed("csv", None, (Block(BlockKind.TABLE, table),) if table else (), warnings=tuple(warnings))


def sniff(text: str) -> str:
    """The delimiter: the one that splits the first 20 lines most evenly; a comma when none does."""
    lines = [line for line in text[:65536].splitlines() if line.strip()][:20]
    if lines and lines[0].startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [_outside_quotes(line, delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        score = usual and counts.count(usual) / len(counts) * min(usual, 5)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _outside_quotes(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def _parse(text: str, delimiter: str, quoting: int, limits: Limits) -> Rows:
    csv.field_size_limit(limits.text_characters)
    rows: Rows = []
    cells = 0
    quote = None if quoting == csv.QUOTE_NONE else '"'
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, quotechar=quote):  # type: ignore[arg-type]
        cells += len(row)
        if cells > limits.cells:
            raise TooLarge(f"the table has more than {limits.cells} cells: split it into several files")
        rows.append(row)
    return rows
