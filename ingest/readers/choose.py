"""The reader for a file: limits first, then its kind by content, then the one module that reads that kind."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

from ingest.archives import check_archive
from ingest.detect import detect
from ingest.errors import EmptyDocument, TooLarge
from ingest.limits import MIB, Limits
from ingest.types import Parsed

Reader = Callable[[bytes, str, Limits], Parsed]

# Imported when a file of the kind comes: python-docx, openpyxl and above all unstructured cost up to seconds.
MODULES = {
    "txt": "text",
    "md": "markdown",
    "html": "web",
    "docx": "word",
    "doc": "word97",
    "pptx": "slides",
    "xlsx": "sheet",
    "xls": "sheet97",
    "csv": "delimited",
    "pdf": "pdf",
    "epub": "epub",
    "eml": "mail",
    "msg": "outlook",
    "json": "notebook",
    "ipynb": "notebook",
    "xml": "feed",
    "rtf": "rtf",
    "zip": "archive",
    **dict.fromkeys(("png", "jpg", "gif", "tiff", "webp", "bmp"), "picture"),
}
_ARCHIVES = frozenset({"docx", "pptx", "xlsx", "epub"})


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """The file's blocks, at least one. Raises an IngestError, or whatever a parser raises on a damaged file."""
    if len(data) > limits.file_bytes:
        raise TooLarge(f"the file has {len(data) // MIB} MiB, the limit is {limits.file_bytes // MIB} MiB: split it")
    kind = detect(data, name)
    if kind in _ARCHIVES:
        check_archive(data, limits)
    parsed = reader(kind)(data, name, limits)
    if not parsed.blocks:
        raise EmptyDocument(f"the {kind} file was read, but there is no text in it")
    characters = sum(len(block.text) for block in parsed.blocks)
    if characters > limits.text_characters:
        raise TooLarge(
            f"the file holds {characters} characters of text, the limit is {limits.text_characters}: split it"
        )
    return parsed


def reader(kind: str) -> Reader:
    """The function that reads ``kind``, its module imported now."""
    return cast(Reader, importlib.import_module(f"ingest.readers.{MODULES[kind]}").read)
