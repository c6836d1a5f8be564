"""Plain text: paragraphs at empty lines; hard-wrapped lines are joined, lines that stand by themselves stay lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ingest.clean import clean_line, joint, visible
from ingest.decode import decode
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed

WRAP = (40, 120)  # columns; text wrapped by a program or by hand is this wide
FULL = 0.8  # a line this near to the width was ended by the margin, a shorter one by the author

_ITEM = re.compile(r"([-*+•·●○■◆▪–] |\d{1,3}[.)、] ?|[（(]\d{1,3}[)）]|[a-z][.)] )\S")


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Paragraphs and list items of a text file; no headings, because plain text marks none."""
    decoded = decode(data)
    return Parsed("txt", None, tuple(text_blocks(decoded.text)), warnings=decoded.warnings)


def text_blocks(text: str) -> Iterator[Block]:
    """Blocks of plain text in order, cleaned."""
    paragraphs = [
        [line for raw in part.split("\n") if (line := clean_line(raw))]
        for part in re.split(r"\n[^\S\n]*\n", visible(text))
    ]
    width = wrap_width([line for lines in paragraphs for line in lines])
    for lines in paragraphs:
        for joined in _items(join_wrapped(lines, width)):
            kind = BlockKind.LIST_ITEM if _ITEM.match(joined) else BlockKind.PARAGRAPH
            yield Block(kind, joined)


def wrap_width(lines: Sequence[str]) -> int:
    """Columns at which the text was wrapped (Han counts two), 0 when it was not."""
    widths = sorted(columns(line) for line in lines[:2000])
    if len(widths) < 4:
        return 0
    width = widths[int(len(widths) * 0.9)]
    full = sum(1 for one in widths if one >= FULL * width)
    wrapped = WRAP[0] <= width <= WRAP[1] and widths[-1] <= width * 1.3 and full >= 0.4 * len(widths)
    return width if wrapped else 0


def columns(line: str) -> int:
    """Columns that a line takes in a terminal: wide characters take two."""
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def join_wrapped(lines: Sequence[str], width: int) -> list[str]:
    """Lines of a paragraph with those joined that the margin cut (``width`` 0: none)."""
    joined: list[str] = []
    full = False
    for line in lines:
        if full and joined and not _ITEM.match(line):
            joined[-1] += joint(joined[-1], line) + line
        else:
            joined.append(line)
        full = width > 0 and columns(line) >= FULL * width
    return joined


def _items(lines: Sequence[str]) -> Iterator[str]:
    """List items one by one, the other lines of a paragraph together."""
    together: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            if together:
                yield "\n".join(together)
                together = []
            yield line
        else:
            together.append(line)
    if together:
        yield "\n".join(together)
