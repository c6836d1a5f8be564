"""An exported collection: one zip file whose parts are all checked before anything of it is used.

manifest.json     format, the collection's name, embedder, dimension and chunker, counts, sha256 of every other part
documents.jsonl   a document a line, oldest first: its row, its paths, its chunks with their text ids
vectors.bin       a record a vector: 32 bytes of the text id, then float16 little-endian
originals/SHA256  the files themselves, where they are kept

The order of documents and chunks is that of the catalogue, so equal scores fall in the same order in the copy.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import RowMapping

from store import schema as s

FORMAT = 1
MANIFEST, DOCUMENTS, VECTORS, ORIGINALS = "manifest.json", "documents.jsonl", "vectors.bin", "originals/"
_APART = ("key", "collection_id", "boxes")
DOCUMENT_COLUMNS = tuple(column.name for column in s.document.c if column.name not in _APART)
CHUNK_COLUMNS = ("id", "ordinal", "start", "end", "text", "text_id", "page", "headings", "tokens")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the file says about itself; ``parts`` maps the name of a part to its sha256."""

    format: int
    name: str
    embedder: str
    dimension: int
    chunker: str
    counts: Mapping[str, int]
    parts: Mapping[str, str]


def record_type(dimension: int) -> np.dtype[np.void]:
    """One record of vectors.bin."""
    return np.dtype([("text", "V32"), ("vector", "<f2", (dimension,))])


def document_line(row: RowMapping, sources: Sequence[RowMapping], chunks: Sequence[RowMapping]) -> bytes:
    """A document as a line of documents.jsonl."""
    values: dict[str, Any] = {name: row[name] for name in DOCUMENT_COLUMNS}
    values["boxes"] = base64.b85encode(row["boxes"]).decode()
    values["sources"] = [dict(source) for source in sources]
    values["chunks"] = [[chunk[name] for name in CHUNK_COLUMNS] for chunk in chunks]
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
