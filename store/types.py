"""The frozen types that leave the store: spans, documents, chunks.

Every position is a half-open range of characters (Unicode code points) into the document's extracted text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` up to, not including, ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page (PDF), slide (PPTX) or sheet (XLSX): its number, from 1, and the text it holds."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LineBox:
    """Where a line of text stands on its page.

    ``left``, ``top``, ``right`` and ``bottom`` are fractions of the page's width and height, the origin at the top left
    as a reader sees the page, so a box fits a picture of any resolution.
    """

    start: int
    end: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Document:
    """One content, whatever its file names: two files with the same bytes are one document.

    ``id`` is the sha256 of the bytes. ``text`` is what was read, the text that every span indexes.
    """

    id: str
    title: str
    kind: str
    language: str
    text: str
    size: int
    pages: tuple[Page, ...] = ()
    boxes: tuple[LineBox, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: ``document.text[start:end] == text``, always.

    ``headings`` is the path of headings it stands under, outermost first; ``page`` the page on which it starts, from
    1, or None where the format has none. ``tokens`` counts ``text`` with the embedder's own tokenizer.
    """

    id: str
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    page: int | None
    headings: tuple[str, ...]
    tokens: int


def document_id(data: bytes) -> str:
    """The identity of a document: sha256 of its bytes, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def chunk_id(document: str, start: int, end: int, chunker: str) -> str:
    """The identity of a chunk: 32 hexadecimal digits from document, span and chunker version."""
    return hashlib.sha256(f"{document}:{start}:{end}:{chunker}".encode()).hexdigest()[:32]


def text_id(text: str) -> str:
    """The identity of a text that was embedded: sha256 of its UTF-8 form, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
