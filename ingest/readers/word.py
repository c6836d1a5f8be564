"""Word (.docx) by walking its XML with python-docx.

unstructured labels prose "Title" by its looks, drops comments, footnotes, endnotes and text boxes, writes merged cells
only once by luck of the grid, and took 6.1 s for the 872-page handbook of the test set. Styles say what is a heading,
so they are followed here: Title, Heading 1 to 9 and their localized or derived forms, or a paragraph's own outline
level.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from ingest.clean import clean_code, clean_line, clean_text, table_text
from ingest.errors import UnreadableFile
from ingest.limits import Limits
from ingest.readers.ooxml import chart_rows, diagram_texts, has, local, word_text
from ingest.readers.word_looks import CODE_STYLE, bold_headings, in_typewriter, is_bold, may_head
from ingest.types import Block, BlockKind, Parsed

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|見出し)\s*([1-9])$", re.IGNORECASE)
_NOTES = (("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment"))
_PAGE_NUMBER = re.compile(r"[\W\d]*(page|第|of|共|页|頁|[\W\d])*$", re.IGNORECASE)


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Body, text boxes and tables in order, then footnotes, endnotes, comments, headers and footers as notes."""
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableFile(
            f"the .docx file has no document inside ({error}): save it again in its program"
        ) from error
    styles = _Styles(document)
    blocks = bold_headings(list(_body(document.element.body, styles)), styles.bold, styles.title)
    blocks.extend(Block(BlockKind.PARAGRAPH, text) for text in diagram_texts(document.part))
    blocks.extend(_charts(document))
    blocks.extend(_notes(document))
    blocks.extend(_margins(document, styles))
    title = clean_line(document.core_properties.title or "") or styles.title
    return Parsed("docx", title or None, tuple(blocks))


class _Styles:
    """Which style is a heading of which level, and which numbers a list or shows code.

    ``title`` is the Title paragraph's text, ``bold`` collects blocks that may be headings by their looks.
    """

    def __init__(self, document: Any) -> None:
        self.title = ""
        self.bold: list[Block] = []
        self._code: set[str] = set()
        self._levels: dict[str, int] = {}
        self._lists: set[str] = set()
        elements = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        for key, style in elements.items():
            chain = [style]
            while len(chain) < 12 and (based := chain[-1].find(f"{_W}basedOn")) is not None:
                parent = elements.get(based.get(f"{_W}val"))
                if parent is None:
                    break
                chain.append(parent)
            self._levels[key] = next((level for one in chain if (level := self._own_level(one))), 0)
            if any(one.find(f".//{_W}numPr") is not None or self._name(one).startswith("list ") for one in chain):
                self._lists.add(key)
            if any(CODE_STYLE.match(self._name(one)) for one in chain):
                self._code.add(key)

    def level(self, paragraph: Any) -> int:
        """1 to 6 for a heading, 0 for any other paragraph."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return 0
        outline = _value(properties, "outlineLvl")
        if outline is not None and outline.isdigit():
            return min(int(outline) + 1, 6) if int(outline) < 9 else 0
        return min(self._levels.get(_value(properties, "pStyle") or "", 0), 6)

    def is_item(self, paragraph: Any) -> bool:
        """Whether the paragraph is numbered or bulleted, by itself or by its style."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return False
        numbering = properties.find(f"{_W}numPr")
        if numbering is not None:
            return _value(numbering, "numId") != "0"
        return (_value(properties, "pStyle") or "") in self._lists

    def is_code(self, paragraph: Any) -> bool:
        """Whether the paragraph is code by its style or its font; an empty one by its style only."""
        properties = paragraph.find(f"{_W}pPr")
        style = None if properties is None else _value(properties, "pStyle")
        if style not in self._code and not in_typewriter(paragraph):
            return False
        return not (self.level(paragraph) or self.is_item(paragraph) or has(paragraph, "txbxContent"))

    def is_title(self, paragraph: Any) -> bool:
        """Whether the paragraph wears the Title style."""
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return style is not None and style.get(f"{_W}val", "").lower() == "title"

    def _name(self, style: Any) -> str:
        return (_value(style, "name") or "").lower()

    def _own_level(self, style: Any) -> int:
        name = self._name(style)
        found = _HEADING.match(name)
        if found:
            return int(found[1])
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        value = "" if outline is None else outline.get(f"{_W}val", "")
        if value.isdigit() and int(value) < 9:
            return int(value) + 1
        return 1 if name == "title" else 0


def _value(element: Any, tag: str) -> str | None:
    child = element.find(f"{_W}{tag}")
    value = None if child is None else child.get(f"{_W}val")
    return None if value is None else str(value)


def _body(element: Any, styles: _Styles) -> Iterator[Block]:
    code: list[str] = []
    for child in element:
        tag = local(child)
        if tag == "p" and styles.is_code(child):
            code.append(word_text(child))
            continue
        if code and tag in ("p", "tbl", "sdt"):
            yield from _code(code)
            code = []
        if tag == "p":
            yield from _paragraph(child, styles)
        elif tag == "tbl":
            text = table_text(_rows(child))
            if text:
                yield Block(BlockKind.TABLE if " | " in text else BlockKind.PARAGRAPH, text)
        elif tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _body(child, styles)
    yield from _code(code)


def _code(lines: list[str]) -> Iterator[Block]:
    """Lines of code, a paragraph each in Word, as one block."""
    if text := clean_code("\n".join(lines)):
        yield Block(BlockKind.CODE, text)


def _paragraph(element: Any, styles: _Styles) -> Iterator[Block]:
    text = clean_text(word_text(element))
    level = styles.level(element)
    if text and level:
        text = clean_line(text)
        if styles.is_title(element) and not styles.title:
            styles.title = text
        yield Block(BlockKind.HEADING, text, level=level)
    elif text:
        block = Block(BlockKind.LIST_ITEM if styles.is_item(element) else BlockKind.PARAGRAPH, text)
        if block.kind is BlockKind.PARAGRAPH and may_head(text) and is_bold(element):
            styles.bold.append(block)
        yield block
    if has(element, "txbxContent"):
        for box in _boxes(element):
            yield from _body(box, styles)


def _boxes(element: Any) -> Iterator[Any]:
    """Text boxes of a paragraph; Word writes each twice, the second time for old versions."""
    for child in element:
        if local(child) == "txbxContent":
            yield child
        elif local(child) != "Fallback" or not has(element, "Choice"):
            yield from _boxes(child)


def _rows(table: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in _parts(table, "tr"):
        cells: list[str] = []
        before = row.find(f"{_W}trPr/{_W}gridBefore")
        if before is not None:
            cells.extend([""] * min(int(before.get(f"{_W}val", "0")), 500))
        for cell in _parts(row, "tc"):
            properties = cell.find(f"{_W}tcPr")
            merge = None if properties is None else properties.find(f"{_W}vMerge")
            continued = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            cells.append("" if continued else _cell(cell))
            span = None if properties is None else _value(properties, "gridSpan")
            cells.extend([""] * (min(int(span), 500) - 1 if span and span.isdigit() else 0))
        rows.append(cells)
    return rows


def _parts(element: Any, tag: str) -> Iterator[Any]:
    for child in element:
        if local(child) == tag:
            yield child
        elif local(child) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _parts(child, tag)


def _cell(cell: Any) -> str:
    """A cell as one line; a table inside it too, its cells divided by semicolons."""
    texts: list[str] = []
    for child in cell:
        if local(child) == "p":
            texts.append(clean_line(word_text(child)))
            texts.extend(clean_line(word_text(paragraph)) for box in _boxes(child) for paragraph in _parts(box, "p"))
        elif local(child) == "tbl":
            texts.extend("; ".join(one for one in row if one) for row in _rows(child))
        elif local(child) in ("sdt", "sdtContent"):
            texts.append(_cell(child))
    return " ".join(text for text in texts if text)


def _charts(document: Any) -> Iterator[Block]:
    for part in document.part.package.iter_parts():
        if re.match(r"/word/charts/chart[^/]*\.xml$", str(part.partname)):
            title, rows = chart_rows(part.blob)
            if title:
                yield Block(BlockKind.PARAGRAPH, title)
            if text := table_text(rows):
                yield Block(BlockKind.TABLE, text)


def _notes(document: Any) -> Iterator[Block]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for part in document.part.package.iter_parts():
        for stem, tag in _NOTES:
            if not str(part.partname).startswith(f"/word/{stem}."):
                continue
            root = etree.fromstring(part.blob, parser)
            for note in root.iter(f"{_W}{tag}"):
                text = clean_text("\n".join(word_text(paragraph) for paragraph in note.iter(f"{_W}p")))
                if text and note.get(f"{_W}type") in (None, "normal"):
                    yield Block(BlockKind.NOTE, text)


def _margins(document: Any, styles: _Styles) -> Iterator[Block]:
    """Headers and footers, each text once; bare page numbers are left out."""
    seen: set[str] = set()
    for part in document.part.package.iter_parts():
        if not re.match(r"/word/(header|footer)\d*\.xml", str(part.partname)):
            continue
        text = "\n".join(block.text for block in _body(part.element, styles))
        if text and text not in seen and not _PAGE_NUMBER.fullmatch(text):
            seen.add(text)
            yield Block(BlockKind.NOTE, text)
