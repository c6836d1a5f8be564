"""XML: RSS and Atom feeds entry by entry, any other XML as the text of its elements. Entities are never resolved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.clean import clean_line
from ingest.errors import UnreadableFile
from ingest.limits import Limits
from ingest.readers.ooxml import local
from ingest.readers.web import html_blocks
from ingest.types import Block, BlockKind, Parsed

_ENTRIES = ("item", "entry")
_BODIES = ("encoded", "content", "description", "summary")  # the fullest first


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks of a feed (a heading an entry) or of other XML (a paragraph an element with text of its own)."""
    from lxml import etree

    head = data[:65536].replace(b"\x00", b"")
    if b"<!ENTITY" in head:
        raise UnreadableFile("the XML file defines entities, which documents do not need: refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(f"the file is not well-formed XML ({error}): mend it, or save it as .txt") from error
    if local(root) in ("rss", "feed", "RDF"):
        title = next((_text(one) for one in root.iter() if local(one) == "title"), "")
        return Parsed("xml", title or None, tuple(_feed(root, title)))
    return Parsed("xml", None, tuple(_plain(root)))


def _feed(root: Any, title: str) -> Iterator[Block]:
    if title:
        yield Block(BlockKind.HEADING, title, level=1)
    for entry in root.iter():
        if local(entry) not in _ENTRIES:
            continue
        parts = {local(child): child for child in reversed(entry) if local(child)}
        if "title" in parts and (text := _text(parts["title"])):
            yield Block(BlockKind.HEADING, text, level=2)
        facts = [_text(parts[key]) for key in ("creator", "pubDate", "published", "updated") if key in parts]
        if any(facts):
            yield Block(BlockKind.PARAGRAPH, " · ".join(fact for fact in facts if fact))
        body = next((parts[key] for key in _BODIES if key in parts and _text(parts[key])), None)
        if body is not None:
            for block in html_blocks("".join(body.itertext()))[1]:
                yield Block(block.kind, block.text, level=min(block.level + 2, 6) if block.level else 0)


def _plain(root: Any) -> Iterator[Block]:
    for element in root.iter():
        pieces = [element.text or "", *(child.tail or "" for child in element)]
        text = clean_line(" ".join(pieces))
        if text:
            yield Block(BlockKind.PARAGRAPH, text)


def _text(element: Any) -> str:
    return clean_line("".join(element.itertext()))
