"""HTML through unstructured, offline: real h1..h6 are the headings, every table keeps its rows.

unstructured's HTML partitioner follows the tags (its ``Title`` carries a depth only for h1..h6, so its guesses on
prose are told apart), but two of its habits need care. It asks a language detector about every element, 7 s on a 300
kB chapter instead of 0.3 s: ``languages=[""]`` turns that off. It flattens whatever stands in a table, so tables that
only lay out a page (they hold headings, or other tables) are turned into plain boxes first. Scripts, menus, forms and
hidden parts are dropped before it sees them. Measured on the test set: with this no word that a browser shows is lost
except in dropped parts.

It would also download a spaCy model on its first use and install it; a blank pipeline takes the model's place, which
costs only the guess between narrative and other text that is not used here. DO_NOT_TRACK is set before the import,
else it looks up a telemetry host.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ingest.clean import clean_code, clean_line, clean_text, table_text
from ingest.decode import Decoded, decode
from ingest.limits import Limits
from ingest.readers.web_prepare import NOTE_MARK, prepare
from ingest.types import Block, BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_META = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,40})|<\?xml[^>]{0,100}encoding\s*=\s*["']([\w-]{2,40})""", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_KINDS = {"ListItem": BlockKind.LIST_ITEM, "CodeSnippet": BlockKind.CODE, "Image": BlockKind.NOTE}


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks of a web page; the title is its title element."""
    decoded = decode_html(data)
    title, blocks = html_blocks(decoded.text)
    return Parsed("html", title, tuple(blocks), warnings=decoded.warnings)


def decode_html(data: bytes) -> Decoded:
    """The page's text; the encoding it names for itself is tried after UTF-8."""
    named = _META.search(data[:4096])
    return decode(data, (named[1] or named[2]).decode("ascii") if named else None)


def html_blocks(text: str) -> tuple[str | None, list[Block]]:
    """Title (None without one) and blocks of HTML or XHTML source."""
    root = _tree(text)
    if root is None:
        return None, []
    title = clean_line(root.findtext(".//title") or "") or None
    prepare(root)
    from lxml import etree

    source = etree.tostring(root, encoding="unicode", method="html")
    if not root.text_content().strip() and root.find(".//img") is None:
        return title, []
    elements = _partitioner()(text=source, languages=[""], detect_language_per_element=False)
    return title, [block for element in elements for block in _blocks(element)]


def _tree(text: str) -> HtmlElement | None:
    import lxml.html
    from lxml import etree

    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(
            _DECLARATION.sub("", text).replace("\x00", "").replace(NOTE_MARK, ""), parser=parser
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):  # nothing but blanks or comments
        return None
    return tree


@functools.cache
def _partitioner() -> Callable[..., list[Any]]:
    os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="1", UNSTRUCTURED_DISABLE_NOTICE="1")
    import spacy
    from unstructured.nlp import tokenize

    blank = spacy.blank("xx")
    blank.add_pipe("sentencizer")
    setattr(tokenize, "_get_nlp", lambda: blank)  # noqa: B010  # a private name: the version is pinned
    from unstructured.documents.elements import ListItem, Text
    from unstructured.partition.html import parser, partition_html
    from unstructured.partition.text_type import is_bulleted_text

    # Its own function drops paragraphs of one character, which in Chinese are words, and asks spaCy about all others.
    parser.derive_element_type_from_text = lambda text: ListItem if is_bulleted_text(text) else Text
    partition: Callable[..., list[Any]] = partition_html
    return partition


def _blocks(element: Any) -> Iterator[Block]:
    depth = element.metadata.category_depth
    if element.category == "Table":
        yield from _table(element)
    elif element.category == "Title" and depth is not None:
        if text := clean_line(element.text.replace(NOTE_MARK, "")):
            yield Block(BlockKind.HEADING, text, level=min(depth + 1, 6))
    else:
        kind = BlockKind.NOTE if NOTE_MARK in element.text else _KINDS.get(element.category, BlockKind.PARAGRAPH)
        source = element.text.replace(NOTE_MARK, "")
        text = clean_code(source) if kind is BlockKind.CODE else clean_text(source)
        if text:
            yield Block(kind, text)


def _table(element: Any) -> Iterator[Block]:
    from lxml import html

    source = element.metadata.text_as_html
    if not source:
        rows = [[element.text.replace(NOTE_MARK, "")]]
    else:
        table = html.fragment_fromstring(source)
        rows = [
            [" ".join(cell.itertext()).replace(NOTE_MARK, "") for cell in row.xpath("./td | ./th")]
            for row in table.iter("tr")
        ]
        caption = clean_line(table.findtext("caption") or "")
        if caption:
            yield Block(BlockKind.PARAGRAPH, caption)
    text = table_text(rows)
    if text:
        yield Block(BlockKind.TABLE if " | " in text else BlockKind.PARAGRAPH, text)
