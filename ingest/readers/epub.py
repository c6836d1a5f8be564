"""EPUB: the chapters in the order of the spine, each read as HTML.

unstructured would hand the book to pandoc, a second program outside the memory limit of the child; a book is a zip of
XHTML files with a list of their order, so the HTML reader is all it takes.
"""

from __future__ import annotations

import posixpath
import zipfile
from urllib.parse import unquote

from ingest.archives import open_archive, read_member
from ingest.clean import clean_line
from ingest.errors import PasswordNeeded, UnreadableFile
from ingest.limits import Limits
from ingest.readers.web import decode_html, html_blocks
from ingest.types import Block, Parsed


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks of all chapters; the title is the package's dc:title. Raises PasswordNeeded for a book under DRM."""
    with open_archive(data) as archive:
        title, chapters = _spine(archive)
        blocks: list[Block] = []
        warnings: list[str] = []
        for chapter in chapters:
            source = read_member(archive, chapter)
            if source is None:
                warnings.append(f"chapter {chapter!r} is missing or damaged")
                continue
            decoded = decode_html(source)
            warnings.extend(decoded.warnings)
            blocks.extend(html_blocks(decoded.text)[1])
        if not blocks and "META-INF/encryption.xml" in archive.namelist():
            raise PasswordNeeded("the book is protected (DRM): export it without protection")
    return Parsed("epub", title, tuple(blocks), warnings=tuple(warnings))


def _spine(archive: zipfile.ZipFile) -> tuple[str | None, list[str]]:
    """The book's title and its chapters' member names in reading order."""
    container = read_member(archive, "META-INF/container.xml")
    paths = _xpath(container, "//*[local-name()='rootfile']/@full-path") if container else []
    package_name = paths[0] if paths else next((n for n in archive.namelist() if n.endswith(".opf")), "")
    package = read_member(archive, package_name)
    if package is None:
        raise UnreadableFile("the book has no package file (.opf): convert it to EPUB again")
    folder = posixpath.dirname(package_name)
    hrefs = dict(
        zip(
            _xpath(package, "//*[local-name()='item'][@href]/@id"),
            _xpath(package, "//*[local-name()='item'][@id]/@href"),
            strict=False,
        )
    )
    order = _xpath(package, "//*[local-name()='itemref']/@idref")
    chapters = [posixpath.normpath(posixpath.join(folder, unquote(hrefs[one]))) for one in order if one in hrefs]
    titles = _xpath(package, "//*[local-name()='title']/text()")
    return (clean_line(titles[0]) or None if titles else None), chapters


def _xpath(source: bytes, path: str) -> list[str]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(source, parser)
    return [] if root is None else [str(value) for value in root.xpath(path)]
