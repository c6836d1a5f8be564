"""Rows of the catalogue ↔ the types that leave the store."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping

from store.errors import LibraryUnusable
from store.types import Chunk, Document, LineBox, Page, text_id

VECTOR_DTYPE = "<f2"  # float16 halves the catalogue; cosine changes in the fourth digit


@dataclass(frozen=True, slots=True)
class Collection:
    """A shelf of documents; ``embedder`` and ``chunker`` are those that made all of its vectors and chunks."""

    id: int
    name: str
    embedder: str
    dimension: int
    chunker: str


@dataclass(frozen=True, slots=True)
class Source:
    """A path that holds a document, and how the file looked when it was read (size in bytes, time in nanoseconds)."""

    path: str
    document_id: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A path that holds a document which stood elsewhere; ``gone`` is that path where it holds it no more, else "".

    ``title`` is (before, after): a document that is titled by its file's name is renamed with it.
    """

    source: Source
    gone: str = ""
    title: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document without its text: what a list shows."""

    id: str
    title: str
    kind: str
    language: str
    size: int
    pages: int
    chunks: int
    paths: tuple[str, ...]
    warnings: tuple[str, ...]
    created_at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a path is not in the library; ``attempts`` counts how often it was tried as it is now."""

    path: str
    code: str
    reason: str
    size: int
    mtime_ns: int
    failed_at: float
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Located:
    """A live chunk with the title and one path of its document, and its catalogue key."""

    key: int
    chunk: Chunk
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A live chunk without its text: its catalogue key, its document's id, its span and its tokens."""

    key: int
    document: str
    start: int
    end: int
    tokens: int


def to_collection(row: RowMapping) -> Collection:
    """A collection from its row."""
    return Collection(row["id"], row["name"], row["embedder"], row["dimension"], row["chunker"])


def document_row(collection_id: int, document: Document) -> dict[str, Any]:
    """A document as the values of its row."""
    return {
        "collection_id": collection_id,
        "id": document.id,
        "title": document.title,
        "kind": document.kind,
        "language": document.language,
        "size": document.size,
        "text": document.text,
        "pages": json.dumps([astuple(page) for page in document.pages]),
        "boxes": zlib.compress(json.dumps([astuple(box) for box in document.boxes]).encode(), 3),
        "warnings": json.dumps(document.warnings, ensure_ascii=False),
        "created_at": time.time(),
    }


def to_document(row: RowMapping) -> Document:
    """A document from a full row."""
    return Document(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        language=row["language"],
        text=row["text"],
        size=row["size"],
        pages=tuple(Page(*page) for page in json.loads(row["pages"])),
        boxes=tuple(LineBox(*box) for box in json.loads(zlib.decompress(row["boxes"]))),
        warnings=tuple(json.loads(row["warnings"])),
    )


def chunk_row(collection_id: int, document_key: int, chunk: Chunk, text_id: str) -> dict[str, Any]:
    """A chunk as the values of its row."""
    return {
        "collection_id": collection_id,
        "document_key": document_key,
        "id": chunk.id,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "text_id": text_id,
        "page": chunk.page,
        "headings": json.dumps(chunk.headings, ensure_ascii=False),
        "tokens": chunk.tokens,
    }


def to_chunk(row: RowMapping, document_id: str) -> Chunk:
    """A chunk from its row and the id of its document."""
    return Chunk(
        id=row["id"],
        document_id=document_id,
        ordinal=row["ordinal"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        page=row["page"],
        headings=tuple(json.loads(row["headings"])),
        tokens=row["tokens"],
    )


def to_located(row: RowMapping) -> Located:
    """A chunk with title and path, from a row of all three. Raises LibraryUnusable when its text is damaged."""
    chunk = to_chunk(row, row["document_id"])
    if chunk.end - chunk.start != len(chunk.text) or not intact(row):
        raise LibraryUnusable(
            f"the catalogue is damaged (a passage of {row['title']!r}): restore it from a backup (shujia restore FILE)"
        )
    return Located(row["key"], chunk, row["title"], row["path"] or "")


def intact(row: RowMapping) -> bool:
    """Whether the text and headings of a chunk's row are those that were committed."""
    try:
        return bool(text_id(passage_text(json.loads(row["headings"]), row["text"])) == row["text_id"])
    except (ValueError, TypeError):
        return False


def passage_text(headings: Sequence[str], text: str) -> str:
    """What is embedded and searched for a chunk: its heading path on a line of its own, then its text.

    Headings that open the text itself are not said twice.
    """
    opening = " ".join(text[: sum(len(heading) + 8 for heading in headings)].split())
    above = [heading for heading in headings if heading not in opening]
    return f"{' > '.join(above)}\n{text}" if above else text


def pack_vector(vector: NDArray[np.float32]) -> bytes:
    """One vector as it is kept: little-endian float16."""
    return vector.astype(VECTOR_DTYPE).tobytes()


def unpack_vectors(blobs: list[bytes], dimension: int) -> NDArray[np.float32]:
    """Vectors of shape (n, dimension), float32, rows of length 1 again after the rounding to float16."""
    halves = np.frombuffer(b"".join(blobs), VECTOR_DTYPE)
    vectors: NDArray[np.float32] = halves.reshape(len(blobs), dimension).astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    norms[norms == 0] = 1.0  # a zero vector stays zero, and fsck reports it
    vectors /= norms
    return vectors
