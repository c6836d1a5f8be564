"""Writes the Word, PowerPoint and Excel files of the sample library, the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from source_blocks import Source, SourceBlock

STYLES = {"paragraph": "Normal", "bullet": "List Bullet", "number": "List Number"}


def write_docx(source: Source) -> bytes:
    """A Word document with real heading styles, lists and tables."""
    import docx
    from docx.oxml.ns import qn

    document = docx.Document()
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    _describe(document.core_properties, source)
    for block in source.blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level)
        elif block.kind == "table":
            _docx_table(document, block)
        else:
            document.add_paragraph(block.text, style=STYLES[block.kind])
    return _saved(document, source)


def write_pptx(source: Source) -> bytes:
    """A slide for each heading: bullets on the slide, the ``Notes:`` paragraph as speaker notes."""
    import pptx

    deck = pptx.Presentation()
    _describe(deck.core_properties, source)
    slide: Any = None
    for block in source.blocks:
        if block.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[0 if slide is None else 1])
            slide.shapes.title.text = block.text
        elif block.kind == "notes":
            slide.notes_slide.notes_text_frame.text = block.text
        else:
            frame = slide.placeholders[1].text_frame
            paragraph = frame.add_paragraph() if frame.text else frame.paragraphs[0]
            paragraph.text = block.text
    return _saved(deck, source)


def write_xlsx(source: Source) -> bytes:
    """A sheet for each heading, holding the table below it; numbers are stored as numbers."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = source.header["title"], source.header["author"]
    for heading, table in zip(source.blocks[::2], source.blocks[1::2], strict=True):
        sheet = book.create_sheet(heading.text)
        for row in table.rows:
            sheet.append([int(cell) if re.fullmatch(r"\d{1,9}", cell) else cell for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for number, column in enumerate(zip(*table.rows, strict=True)):
            letter = openpyxl.utils.get_column_letter(number + 1)
            sheet.column_dimensions[letter].width = 4 + 2 * max(map(len, column))
    return _saved(book, source)


def _docx_table(document: Any, block: SourceBlock) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _describe(properties: Any, source: Source) -> None:
    written = datetime.fromisoformat(source.header["date"])
    properties.title, properties.author = source.header["title"], source.header["author"]
    properties.language = source.header["lang"]
    properties.comments, properties.last_modified_by = "", source.header["author"]
    properties.created = properties.modified = written


def _saved(document: Any, source: Source) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return _same_every_time(buffer.getvalue(), source.header["date"][:10])


def _same_every_time(data: bytes, day: str) -> bytes:
    """The archive with the moment of saving taken out: one date for every member and in the properties."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{day}T00:00:00Z".encode(), content)
            member = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, content)
    return buffer.getvalue()
