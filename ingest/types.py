"""What a reader gives: blocks of text in reading order, each with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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
class Part:
    """A file inside the file: an attachment with its ``data``, or a member of an archive, unpacked when its turn comes.

    ``name`` is its path inside, folders divided by "/"; ``member`` its place in the archive's list.
    """

    name: str
    size: int
    data: bytes | None = None
    member: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as read: blocks in reading order.

    ``title`` is the document's own title, None where it names none. ``warnings`` are sentences for people, such as
    "pages 3, 4 have no text layer". ``notes`` are values that JSON holds, for the document's quality card:

    ocr_pages: numbers of the pages whose text was read by OCR; ocr_confidence: its mean, 0 to 1, weighted by length
    repeated_lines: how many lines were left out because they stand on many pages (running headers and footers)

    ``parts`` are files inside the file that become documents of their own.
    """

    kind: str
    title: str | None
    blocks: tuple[Block, ...]
    page_count: int | None = None
    warnings: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
