"""Running headers, footers and page numbers: shown on many pages, kept once, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.readers.pdf_lines import Line, PageLines

MARGIN = 0.1  # the share of the page at its top and bottom where headers and footers stand
REPEATED = 0.3  # share of the pages that show a header, its page number aside
FEW = 4  # pages: fewer show a pattern only where every one of them says the very same
NEAR = 1.0  # line height between two rows of a table; between a running header and the text there is more

# A page number within a longer line says that it is one, or a sign or a gap sets it apart from the words.
_PAGE_WORDS = re.compile(
    r"\b(?:page|p\.)\s*\d+(?:\s*(?:of|/)\s*\d+)?|第\s*\d+\s*[页頁](?:\s*[/，,]?\s*共\s*\d+\s*[页頁])?", re.IGNORECASE
)
_LAST = re.compile(r"(?:[|·•—–/\-]\s*|\s{2,})(?P<page>\d+|[ivxlc]+)$")
_FIRST = re.compile(r"^(?P<page>\d+|[ivxlc]+)(?:\s*[|·•—–/\-]|\s{2,})")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_AMOUNT = re.compile(r"#[.,]#")
_PAGE = re.compile(r"(?:page|p\.|第|共|of|页|頁|总|總|[#\s.,\-–—/|·])*", re.IGNORECASE)


def without_margins(pages: Sequence[PageLines]) -> tuple[list[PageLines], int]:
    """Pages without the headers and footers that an earlier page has shown, and without bare page numbers.

    Also how many lines were left out. A table's header row, shown again on the next page, stays.
    """
    if len(pages) < 2:
        return list(pages), 0
    few = len(pages) < FEW
    margins = [_margin(page, number, exact=few) for number, page in enumerate(pages)]
    shown = Counter(key for margin in margins for key in {key for _, keys in margin for key in keys})
    often = len(pages) if few else max(3, REPEATED * len(pages) / 2)
    seen: set[str] = set()
    kept, removed = [], 0
    for page, margin in zip(pages, margins, strict=True):
        dropped = set()
        for index, keys in margin:
            for key in keys:
                number = _bare(key) and (not few or shown[key] >= often)
                if number or (key in seen and shown[key] >= often):
                    dropped.add(index)
            seen.update(keys)
        if any(_heads(page, index) for index in dropped):
            dropped -= _cells(page)
        removed += len(dropped)
        lines = tuple(line for index, line in enumerate(page.lines) if index not in dropped)
        kept.append(replace(page, lines=lines) if dropped else page)
    return kept, removed


def _margin(page: PageLines, number: int, *, exact: bool) -> list[tuple[int, set[str]]]:
    """Indices of the lines in the margins of the page at place ``number``, and their text with page numbers as ``#``.

    Another number is text: a line that differs in it, such as an invoice's, is another line. ``exact``: where a page
    number has words beside it that are not about pages, it is text too.
    """
    found = []
    for index, line in enumerate(page.lines):
        if line.bottom < MARGIN or line.top > 1 - MARGIN:
            key = _DIGITS.sub("#", line.text)
            if not _bare(key):
                found.append((index, {line.text} if exact else {line.text, _numbered(line.text, number)}))
            else:
                found.append((index, {key}))
    return found


def _bare(key: str) -> bool:
    """Whether a line is a page number and nothing else: no date, no amount."""
    return _PAGE.fullmatch(key) is not None and key.count("#") <= 2 and not _AMOUNT.search(key)


def _numbered(text: str, number: int) -> str:
    """A line with its page number as what it adds to the page's place, so that it is the same on every page."""
    text = _PAGE_WORDS.sub("#", text)
    for pattern in (_LAST, _FIRST):
        if at := pattern.search(text):
            ahead = f"#{int(at['page']) - number:+d}" if at["page"].isdecimal() else "#"
            return text[: at.start("page")] + ahead + text[at.end("page") :]
    return text


def _heads(page: PageLines, index: int) -> bool:
    """Whether a line stands in a row of cells that another row follows, or ends such rows."""
    lines = page.lines
    begin, end = index, index + 1
    while begin > 0 and lines[begin].glued:
        begin -= 1
    while end < len(lines) and lines[end].glued:
        end += 1
    beside = [*lines[max(begin - 1, 0) : begin], *lines[end + 1 : end + 2]]
    return end - begin > 1 and any(line.glued for line in beside)


def _cells(page: PageLines) -> set[int]:
    """Indices of the lines in rows of a table that reaches out of the margins."""
    rows: list[list[int]] = []
    for index, line in enumerate(page.lines):
        if line.glued and rows:
            rows[-1].append(index)
        else:
            rows.append([index])
    cells: set[int] = set()
    run: list[int] = []
    for above, row in pairwise([*rows, []]):
        run += above
        if not _go_on(page, [page.lines[n] for n in above], [page.lines[n] for n in row]):
            inside = any(MARGIN <= page.lines[n].top <= 1 - MARGIN for n in run)
            cells |= set(run) if inside and len(run) > len(above) else set()
            run = []
    return cells


def _go_on(page: PageLines, above: Sequence[Line], row: Sequence[Line]) -> bool:
    """Whether two rows of cells belong to one table: near, and two cells at least stand above two others."""
    if len(above) < 2 or len(row) < 2 or row[0].top <= above[0].top:
        return False
    if (row[0].top - above[0].bottom) * page.height > NEAR * row[0].size:
        return False
    return sum(any(one.left < other.right and other.left < one.right for other in row) for one in above) >= 2
