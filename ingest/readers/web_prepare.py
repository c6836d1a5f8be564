"""A page's tree before unstructured reads it: what is hidden goes, what it would drop or flatten is written plainly.

It leaves out whatever stands beside ``main`` or the first ``article``, and in ``details``, ``figure`` and ``math``; it
counts the cells of a row and not the columns they span. So those become plain boxes, and spanned places empty cells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NOTE_MARK = "\ufdd0"  # a code point that is no character: before the words of footnotes, whose element is lost

_DROPPED = (
    "//script | //style | //noscript | //template | //nav | //button | //select | //textarea | //input | //iframe"
    " | //svg | //object | //*[@hidden] | //*[@aria-hidden='true' and not(.//math)] | //*[@role='navigation']"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LAYOUT = ".//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6 | .//table | .//pre"
_BOXES = ("tr", "td", "th", "tbody", "thead", "tfoot", "caption")
_PLAIN = {
    **dict.fromkeys(("main", "article", "details", "summary", "figure", "figcaption", "legend"), "div"),
    "label": "span",
}
_NOTE = re.compile(r"\b(?:doc-)?(?:footnotes?|endnotes?|rearnotes?)\b")
_SPANNED = 200  # columns or rows: more are a mistake


def prepare(root: HtmlElement) -> None:
    """Change the page's tree in place."""
    hidden = [element for element in root.iter() if _HIDDEN.search(element.get("style") or "")]
    for element in [*root.xpath(_DROPPED), *hidden]:
        if element.getparent() is not None and element.tag not in ("html", "body"):
            element.drop_tree()
    _keep_main(root)
    for element in list(root.iter()):
        if element.tag in _PLAIN:
            element.tag = _PLAIN[element.tag]
        elif element.tag == "math":
            _write_out(element)
        if _is_note(element):
            _mark(element)
    for table in root.xpath("//table"):
        if table.get("role") in ("presentation", "none") or table.xpath(_LAYOUT):
            _unfold(table)
    for table in root.xpath("//table"):
        _square(table)


def _keep_main(root: HtmlElement) -> None:
    """Only the main part of a page that names one which holds most of its words: the rest is the site's frame."""
    mains, body = root.xpath("//main"), root.find(".//body")
    if len(mains) == 1 and body is not None and mains[0] is not body and 2 * _length(mains[0]) >= _length(body):
        mains[0].tail = body.text = None
        body[:] = mains


def _length(element: HtmlElement) -> int:
    return sum(map(len, element.text_content().split()))


def _write_out(math: HtmlElement) -> None:
    """A formula becomes its alternative text, or its letters and signs in order."""
    parts = math.xpath(".//text()[not(ancestor::annotation) and not(ancestor::*[local-name()='annotation-xml'])]")
    text = math.get("alttext") or " ".join("".join(parts).split())
    math.clear(keep_tail=True)
    math.tag, math.text = "span", text


def _is_note(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in ("html", "body", "a", "sup"):
        return False
    kinds = f"{element.get('role', '')} {element.get('epub:type', '')}"
    return _NOTE.search(kinds) is not None or "footnotes" in (element.get("class") or "").split()


def _mark(note: HtmlElement) -> None:
    for element in note.iter():
        if isinstance(element.tag, str) and (element.text or "").strip():
            element.text = NOTE_MARK + (element.text or "").replace(NOTE_MARK, "")


def _unfold(table: HtmlElement) -> None:
    """A layout table becomes boxes; tables inside it keep their cells."""
    inner = {part for nested in table.xpath(".//table") for part in nested.iter()}
    for part in table.iter():
        if part not in inner and part.tag in _BOXES:
            part.tag = "div"
    table.tag = "div"


def _square(table: HtmlElement) -> None:
    """Empty cells where a cell spans several columns or rows, so that every cell stands in its column."""
    if not table.xpath(".//*[@colspan or @rowspan]"):
        return
    below: dict[int, int] = {}  # column → rows that a cell above still reaches into
    for row in table.iter("tr"):
        column = 0
        for cell in row.xpath("./td | ./th"):
            while below.get(column):
                below[column] -= 1
                cell.addprevious(cell.makeelement("td"))
                column += 1
            wide, tall = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(wide - 1):
                cell.addnext(cell.makeelement("td"))
            below.update(dict.fromkeys(range(column, column + wide), tall - 1))
            column += wide
        while below.get(column):
            below[column] -= 1
            row.append(row.makeelement("td"))
            column += 1


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.attrib.pop(name, "") or "").strip()
    return min(max(int(value), 1), _SPANNED) if value.isdecimal() else 1
