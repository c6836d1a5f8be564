"""Hyphens at the ends of lines: those that only divide a word go, those that belong to it come back.

pdfium takes every hyphen at a line's end for one that divides. In handbooks many are part of a name (apt-get), and a
name without its hyphen is neither found nor right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.readers.pdf_lines import Line, PageLines

_LAST = re.compile(r"\S+$")
_FIRST = re.compile(r"\S+")
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"[-/_@\d]|::")  # a word that has one of these before its end is an identifier, a path or a number
_PATH = re.compile(r"\d|\w*[/_@]")


def with_hyphens(pages: Sequence[PageLines]) -> list[PageLines]:
    """The pages, tables too, with the hyphens that belong to a word at the ends of their lines.

    So does one inside of a name or a number, one before a capital, and one of a word that the document writes with a
    hyphen elsewhere.
    """
    found = [[n for n, line in enumerate(page.lines) if line.hyphen or line.rows] for page in pages]
    if not any(found):
        return list(pages)
    written = "\n".join([line.text for page in pages for line in page.lines if "-" in line.text]).casefold()
    return [
        replace(page, lines=_restored(page.lines, chosen, written)) if chosen else page
        for page, chosen in zip(pages, found, strict=True)
    ]


def _restored(lines: Sequence[Line], chosen: Iterable[int], written: str) -> tuple[Line, ...]:
    """Lines that follow one another, in a column or in a cell; ``chosen`` are those to look at."""
    made = list(lines)
    for index in chosen:
        line = lines[index]
        if line.rows:
            made[index] = _restored_table(line, written)
        elif line.hyphen and index + 1 < len(lines) and not lines[index + 1].rows:
            before, rest = _LAST.search(line.text), _FIRST.match(lines[index + 1].text)
            if before and rest and _belongs(before[0], rest[0], written):
                made[index] = line._replace(text=line.text + "-")
    return tuple(made)


def _restored_table(table: Line, written: str) -> Line:
    if not any([line.hyphen for row in table.rows for cell in row for line in cell]):
        return table
    return table._replace(
        rows=tuple(tuple(_restored(cell, range(len(cell)), written) for cell in row) for row in table.rows)
    )


def _belongs(before: str, rest: str, written: str) -> bool:
    if _NAME.search(before) or _PATH.match(rest) or (rest[0].isupper() and not before.isupper()):
        return True
    left, right = _WORD.findall(before), _WORD.findall(rest)
    if not (left and right):
        return False
    whole = f"{left[-1]}-{right[0]}".casefold()
    return whole in written and re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", written) is not None
