"""Writes a collection into one file; see ``store.bundle`` for its form."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, select

from store import schema as s
from store.bundle import DOCUMENTS, FORMAT, MANIFEST, ORIGINALS, VECTORS, Manifest, document_line, record_type
from store.files import aside, sync_folder
from store.originals import Originals
from store.reading import Reader
from store.rows import Collection

_BATCH = 1_000  # vectors read at a time


def write_bundle(file: Path, read: Reader, originals: Originals) -> dict[str, int]:
    """Write the collection of ``read`` as it stands in one moment; returns how many documents, chunks, vectors, files.

    The file appears whole or not at all. Raises OSError.
    """
    temporary = aside(file)
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as bundle:
            counts = _fill(bundle, read, originals)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(file.resolve().parent)
    return counts


def _fill(bundle: zipfile.ZipFile, read: Reader, originals: Originals) -> dict[str, int]:
    mine, counts = read.collection, {"documents": 0, "chunks": 0, "vectors": 0, "originals": 0}
    parts: dict[str, str] = {}
    texts: dict[str, None] = {}
    documents: list[str] = []
    with read.engine.connect() as connection:  # one transaction: everything below sees the same moment
        lines = _lines(connection, mine, counts, texts, documents)
        parts[DOCUMENTS] = _write(bundle, DOCUMENTS, lines)
        parts[VECTORS] = _write(bundle, VECTORS, _vectors(connection, mine, list(texts), counts))
    for document in documents:
        data = originals.get(document)
        if data is not None:
            parts[ORIGINALS + document] = _write(bundle, ORIGINALS + document, iter((data,)))
            counts["originals"] += 1
    manifest = Manifest(FORMAT, mine.name, mine.embedder, mine.dimension, mine.chunker, counts, parts)
    bundle.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
    return counts


def _write(bundle: zipfile.ZipFile, name: str, blocks: Iterator[bytes]) -> str:
    """Write a part and return its sha256."""
    digest = hashlib.sha256()
    with bundle.open(name, "w", force_zip64=True) as part:
        for block in blocks:
            digest.update(block)
            part.write(block)
    return digest.hexdigest()


def _lines(
    connection: Connection, mine: Collection, counts: dict[str, int], texts: dict[str, None], documents: list[str]
) -> Iterator[bytes]:
    keys = select(s.document.c.key).where(s.document.c.collection_id == mine.id).order_by(s.document.c.key)
    for key in connection.scalars(keys).all():
        row = connection.execute(select(s.document).where(s.document.c.key == key)).mappings().one()
        held = select(s.source.c.path, s.source.c.size, s.source.c.mtime_ns).where(s.source.c.document_key == key)
        sources = connection.execute(held.order_by(s.source.c.path)).mappings().all()
        cut = select(s.chunk).where(s.chunk.c.document_key == key).order_by(s.chunk.c.key)
        chunks = connection.execute(cut).mappings().all()
        texts.update(dict.fromkeys(chunk["text_id"] for chunk in chunks))
        documents.append(row["id"])
        counts["documents"] += 1
        counts["chunks"] += len(chunks)
        yield document_line(row, sources, chunks)


def _vectors(connection: Connection, mine: Collection, texts: list[str], counts: dict[str, int]) -> Iterator[bytes]:
    record = record_type(mine.dimension)
    stored = select(s.vector.c.text_id, s.vector.c.data).where(s.vector.c.embedder == mine.embedder)
    for start in range(0, len(texts), _BATCH):
        rows = connection.execute(stored.where(s.vector.c.text_id.in_(texts[start : start + _BATCH]))).all()
        block = np.zeros(len(rows), record)
        for place, (text, data) in enumerate(rows):
            block[place] = bytes.fromhex(text), np.frombuffer(data, "<f2")
        counts["vectors"] += len(rows)
        yield block.tobytes()
