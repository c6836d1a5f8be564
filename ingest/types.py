"""What a reader gives: blocks of text in reading order, each with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is; the chunker cuts by it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"  # one row a line, cells joined by " | ", the header row first
    CODE = "code"  # line breaks and blanks as in the source
    NOTE = "note"  # speaker notes, footnotes, comments


@dataclass(frozen=True, slots=True)
class BlockBox:
    """A line of a block on its page; ``start`` and ``end`` count characters of the block's text.

    The sides are fractions of the page's width and height, the origin at the top left as a reader sees the page.
    """

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table or code block: ``text`` is clean and never empty.

    ``page`` counts from 1 (slides and sheets too), None where the format has no pages. ``level`` is 1 to 6 for
    headings, 0 for everything else.
    """

    kind: BlockKind
    text: str
    page: int | None = None
    level: int = 0
    boxes: tuple[BlockBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as read: blocks in reading order.

    ``title`` is the document's own title, None where it names none. ``warnings`` are sentences for people, such as
    "pages 3, 4 have no text layer".
    """

    kind: str
    title: str | None
    blocks: tuple[Block, ...]
    page_count: int | None = None
    warnings: tuple[str, ...] = ()
