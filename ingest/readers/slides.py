"""PowerPoint (.pptx) with python-pptx: a slide is a page, its title a heading, the speaker's notes a NOTE.

unstructured calls bullets "Title", puts the notes before their slide and loses charts and SmartArt; python-pptx, which
it reads with, gives the shapes themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from ingest.clean import clean_line, clean_text, table_text
from ingest.errors import TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.ooxml import chart_rows, diagram_texts
from ingest.types import Block, BlockKind, Parsed

_BODY, _OBJECT = 2, 7  # placeholder types whose paragraphs are bullets
_SLIDE_NUMBER, _DATE, _FOOTER, _HEADER = 13, 16, 15, 14
_DEPTH = 20  # groups inside groups


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks slide by slide, shapes from top to bottom; ``page`` is the slide's number."""
    import pptx

    try:
        deck = pptx.Presentation(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableFile(f"the .pptx file has no slides inside ({error}): save it again in its program") from error
    slides = list(deck.slides)
    if len(slides) > limits.pages:
        raise TooLarge(f"the presentation has {len(slides)} slides, the limit is {limits.pages}: split it")
    blocks = tuple(block for number, slide in enumerate(slides, 1) for block in _slide(slide, number))
    return Parsed("pptx", clean_line(deck.core_properties.title or "") or None, blocks, page_count=len(slides))


def _slide(slide: Any, page: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and (text := clean_line(title.text_frame.text)):
        yield Block(BlockKind.HEADING, text, page, level=1)
    others = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    for shape in sorted(others, key=lambda one: (one.top or 0, one.left or 0)):
        yield from _shape(shape, page, 0)
    for text in diagram_texts(slide.part):
        yield Block(BlockKind.PARAGRAPH, text, page)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        text = clean_text(frame.text)
        if text:
            yield Block(BlockKind.NOTE, text, page)


def _shape(shape: Any, page: int, depth: int) -> Iterator[Block]:
    if hasattr(shape, "shapes"):  # a group
        if depth < _DEPTH:
            for inner in shape.shapes:
                yield from _shape(inner, page, depth + 1)
    elif getattr(shape, "has_table", False):
        rows = [["" if cell.is_spanned else cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
        if text := table_text(rows):
            yield Block(BlockKind.TABLE if " | " in text else BlockKind.PARAGRAPH, text, page)
    elif getattr(shape, "has_chart", False):
        title, rows = chart_rows(shape.chart_part.blob)
        if title:
            yield Block(BlockKind.PARAGRAPH, title, page)
        if text := table_text(rows):
            yield Block(BlockKind.TABLE, text, page)
    elif shape.has_text_frame:
        yield from _text(shape, page)


def _text(shape: Any, page: int) -> Iterator[Block]:
    placeholder = int(shape.placeholder_format.type or 0) if shape.is_placeholder else 0
    if placeholder in (_SLIDE_NUMBER, _DATE, _FOOTER, _HEADER):
        return
    bullets = placeholder in (_BODY, _OBJECT)
    for paragraph in shape.text_frame.paragraphs:
        text = clean_text(paragraph.text)
        if text:
            item = bullets or paragraph.level > 0
            yield Block(BlockKind.LIST_ITEM if item else BlockKind.PARAGRAPH, text, page)
