"""What Word and PowerPoint files share: the text of runs, and the words inside SmartArt diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.clean import clean_line, clean_text

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
# Deleted and moved-away text is no longer in the document; boxes are read as blocks of their own; old-version copies.
_SKIPPED = frozenset({"del", "moveFrom", "txbxContent", "instrText", "delText", "Fallback", "pPr", "rPr", "rt"})
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}


def local(element: Any) -> str:
    """The tag without its namespace; empty for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def has(element: Any, tag: str) -> bool:
    """Whether a descendant of that local name exists."""
    return any(local(one) == tag for one in element.iter())


def word_text(element: Any) -> str:
    """The text of a WordprocessingML paragraph, formulas included, as it stands after all tracked changes."""
    return "".join(_pieces(element))


def diagram_texts(part: Any) -> Iterator[str]:
    """The texts of the SmartArt diagrams that ``part`` shows."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for relation in part.rels.values():
        if relation.is_external or relation.target_part.content_type != _DIAGRAM:
            continue
        root = etree.fromstring(relation.target_part.blob, parser)
        for paragraph in root.iter(f"{_A}p"):
            text = clean_text("".join(run.text or "" for run in paragraph.iter(f"{_A}t")))
            if text:
                yield text


def chart_rows(source: bytes) -> tuple[str, list[list[str]]]:
    """Title and data of a chart part: a header row with the series' names, then a row a category.

    Read from the XML, because python-pptx refuses 3-D and combined charts.
    """
    from lxml import etree

    root = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True))
    titles = ["".join(run.text or "" for run in title.iter(f"{_A}t")) for title in root.iter(f"{_C}title")]
    header, columns, names = [""], [], dict[int, str]()
    for series in root.iter(f"{_C}ser"):
        parts = {local(child): child for child in series}
        header.append(" ".join(_points(parts.get("tx")).values()))
        names = _points(parts.get("cat", parts.get("xVal"))) or names
        columns.append(_points(parts.get("val", parts.get("yVal"))))
    places = sorted({place for column in columns for place in column} | set(names))
    rows = [[names.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    return clean_line(" ".join(titles)), [header, *rows] if rows else []


def _points(element: Any) -> dict[int, str]:
    """Cached values by their index; multi-level categories joined."""
    values: dict[int, str] = {}
    for point in () if element is None else element.iter(f"{_C}pt"):
        place, value = int(point.get("idx", "0")), clean_line(point.findtext(f"{_C}v") or "")
        values[place] = f"{value} {values[place]}" if place in values else value
    return values


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        tag = local(child)
        if tag == "t":
            yield child.text or ""
        elif tag in _MARKS:
            yield _MARKS[tag]
        elif tag not in _SKIPPED:
            yield from _pieces(child)
