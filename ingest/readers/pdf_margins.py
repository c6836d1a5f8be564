"""Running headers, footers and page numbers: shown on many pages, kept once, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.readers.pdf_lines import PageLines

MARGIN = 0.1  # the share of the page at its top and bottom where headers and footers stand
REPEATED = 0.3  # share of the pages that show a header, numbers in it aside

_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE = re.compile(r"(?:page|p\.|第|共|of|页|頁|总|總|[#\s.,\-–—/|·])*", re.IGNORECASE)


def without_margins(pages: Sequence[PageLines]) -> tuple[list[PageLines], int]:
    """Pages without the headers and footers that an earlier page has shown, and without bare page numbers.

    Also how many lines were left out. Fewer than four pages show no pattern.
    """
    if len(pages) < 4:
        return list(pages), 0
    margins = [_margin(page) for page in pages]
    shown = Counter(key for margin in margins for key in {key for _, key in margin})
    often = max(3, REPEATED * len(pages) / 2)
    seen: set[str] = set()
    kept, removed = [], 0
    for page, margin in zip(pages, margins, strict=True):
        dropped = set()
        for index, key in margin:
            if _PAGE.fullmatch(key) or (key in seen and shown[key] >= often):
                dropped.add(index)
            seen.add(key)
        removed += len(dropped)
        lines = tuple(line for index, line in enumerate(page.lines) if index not in dropped)
        kept.append(replace(page, lines=lines) if dropped else page)
    return kept, removed


def _margin(page: PageLines) -> list[tuple[int, str]]:
    """Index and text, numbers as ``#``, of the lines in the margins."""
    return [
        (index, _DIGITS.sub("#", line.text))
        for index, line in enumerate(page.lines)
        if line.bottom < MARGIN or line.top > 1 - MARGIN
    ]
