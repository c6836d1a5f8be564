"""Blocks → the document: one text, and every block, page and line box as characters of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from ingest.clean import clean_line
from ingest.types import Block, BlockKind, Parsed
from store.language import written_in
from store.types import Document, LineBox, Page

SEPARATOR = "\n\n"

_TITLE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block as characters of the document: ``document.text[start:end]`` is the block's text."""

    kind: BlockKind
    start: int
    end: int
    page: int | None
    level: int


def assemble(document_id: str, parsed: Parsed, name: str, size: int) -> tuple[Document, tuple[PlacedBlock, ...]]:
    """The document of a parsed file and its blocks in reading order.

    ``name`` is the file's name (its stem is the title of last resort), ``size`` its bytes. Blocks are joined by an
    empty line; the separators belong to no block. Pages without text have no entry in ``document.pages``.
    """
    placed: list[PlacedBlock] = []
    boxes: list[LineBox] = []
    position = 0
    for block in parsed.blocks:
        end = position + len(block.text)
        placed.append(PlacedBlock(block.kind, position, end, block.page, block.level))
        boxes.extend(_boxes(block, position))
        position = end + len(SEPARATOR)
    text = SEPARATOR.join(block.text for block in parsed.blocks)
    document = Document(
        id=document_id,
        title=_title(parsed, name),
        kind=parsed.kind,
        language=written_in(text),
        text=text,
        size=size,
        pages=_pages(placed),
        boxes=tuple(boxes),
        warnings=parsed.warnings,
    )
    return document, tuple(placed)


def _boxes(block: Block, position: int) -> Iterable[LineBox]:
    if block.page is None:
        return
    for box in block.boxes:
        sides = (box.left, box.top, box.right, box.bottom)
        yield LineBox(position + box.start, position + box.end, block.page, *sides)


def _pages(placed: list[PlacedBlock]) -> tuple[Page, ...]:
    spans: dict[int, tuple[int, int]] = {}
    for block in placed:
        if block.page is not None:
            start, end = spans.get(block.page, (block.start, block.end))
            spans[block.page] = (min(start, block.start), max(end, block.end))
    return tuple(Page(number, *spans[number]) for number in sorted(spans))


def _title(parsed: Parsed, name: str) -> str:
    heading = next((block.text for block in parsed.blocks if block.kind is BlockKind.HEADING), "")
    return (clean_line(parsed.title or "") or clean_line(heading) or title_of_name(name))[:_TITLE_LIMIT]


def title_of_name(name: str) -> str:
    """The title of a document that has none of its own: the file's name without its ending."""
    return (clean_line(PurePath(name).stem) or clean_line(name) or "unnamed")[:_TITLE_LIMIT]
