"""Writes the two PDF files of the sample library: headings, tables, a running header and page numbers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from source_blocks import Source, SourceBlock

# Debian's fonts-wqy-microhei (Apache-2.0): a TrueType font, so that reportlab can embed just the glyphs in use.
CJK_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
SIZES = {0: 12, 1: 23, 2: 17, 3: 14.5}  # points, by level of heading; 0 is running text


def write_pdf(source: Source) -> bytes:
    """A4 pages with a real text layer; Chinese text carries a subset of its font (FileNotFoundError without it)."""
    from reportlab.platypus import SimpleDocTemplate

    body, bold = _fonts(source)
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        title=source.header["title"],
        author=source.header["author"],
        lang=source.header["lang"],
        invariant=1,  # no time of writing in the file
        leftMargin=64,
        rightMargin=64,
        topMargin=72,
        bottomMargin=64,
    )

    def margins(canvas: Any, page: Any) -> None:
        label = f"第 {page.page} 页" if source.chinese else f"Page {page.page}"
        canvas.setFont(body, 8.5)
        canvas.drawString(70, 805, source.header["header"])
        canvas.drawCentredString(297, 34, label)

    story = [_flowable(block, source, body, bold, _position(source, block)) for block in source.blocks]
    document.build(story, onFirstPage=margins, onLaterPages=margins)
    return buffer.getvalue()


def _fonts(source: Source) -> tuple[str, str]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if not source.chinese:
        return "Helvetica", "Helvetica-Bold"
    if not CJK_FONT.exists():
        raise FileNotFoundError(f"{CJK_FONT} is missing: install fonts-wqy-microhei, or change CJK_FONT")
    pdfmetrics.registerFont(TTFont("MicroHei", CJK_FONT))
    return "MicroHei", "MicroHei"


def _position(source: Source, block: SourceBlock) -> int:
    """The number of a list item in its list, from 1."""
    at = next(index for index, other in enumerate(source.blocks) if other is block)
    count = 1
    while at - count >= 0 and source.blocks[at - count].kind == block.kind:
        count += 1
    return count


def _flowable(block: SourceBlock, source: Source, body: str, bold: str, position: int) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    if block.kind == "table":
        return _table(block, body, bold)
    size = SIZES[block.level]
    style = ParagraphStyle(
        block.kind,
        fontName=bold if block.level else body,
        fontSize=size,
        leading=size * (1.3 if block.level else 1.65),
        spaceBefore=12 if block.level > 1 else 0,
        spaceAfter=9,
        keepWithNext=bool(block.level),
        wordWrap="CJK" if source.chinese else None,
        leftIndent=18 if block.kind in ("bullet", "number") else 0,
        bulletFontName=body,
        bulletFontSize=size,
    )
    mark = {"bullet": "•", "number": f"{position}."}.get(block.kind)
    return Paragraph(escape(block.text), style, bulletText=mark)


def _table(block: SourceBlock, body: str, bold: str) -> Any:
    from reportlab.lib import colors
    from reportlab.platypus import Table, TableStyle

    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), body, 9.5),
            ("FONT", (0, 0), (-1, 0), bold, 9.5),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ]
    )
    return Table(block.rows, style=style, hAlign="LEFT", spaceBefore=6, spaceAfter=14, repeatRows=1)
