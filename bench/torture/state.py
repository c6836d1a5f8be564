"""The state of a library as one hash: everything that must not depend on the way there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from bench.torture.child import COLLECTION
from store import schema as s
from store.catalogue import Catalogue
from store.shelf import Shelf

QUESTIONS = ("声明", "内容 35", "第 7 份文件")


def library_state(folder: Path) -> dict[str, Any]:
    """Chunks, vectors, sources, both indexes' answers and the originals; raises AssertionError when they disagree."""
    catalogue = Catalogue(folder / "catalogue.sqlite")
    try:
        shelf = Shelf(catalogue, catalogue.collection(COLLECTION), folder / "index")
        wrong = shelf.disagreements()
        _require(not wrong, wrong)
        with catalogue.engine.connect() as connection:
            chunks = connection.execute(select(s.chunk)).all()
            vectors = connection.execute(select(s.vector)).all()
        spans = {(row.document_key, row.start, row.end) for row in chunks}
        _require(len(spans) == len(chunks), "a chunk stands twice")
        zero = [row.text_id for row in vectors if not np.frombuffer(row.data, "<f2").any()]
        _require(not zero, f"zero vectors: {zero}")
        held = {row.key: row.id for row in chunks}
        found = {q: sorted(held[key] for key, _ in shelf.search_keyword(q, 10_000)) for q in QUESTIONS}
        kept = (folder / "originals").glob("??/*")
        return {
            "chunks": sorted([row.id, row.start, row.end, row.text, row.text_id] for row in chunks),
            "vectors": sorted([row.text_id, bytes(row.data).hex()] for row in vectors),
            "keyword": found,
            "originals": sorted(path.name for path in kept if path.suffix != ".tmp"),
            "sources": {path: one.document_id for path, one in sorted(shelf.read.sources().items())},
            "failures": sorted(shelf.read.failures()),
        }
    finally:
        catalogue.close()


def _require(holds: bool, otherwise: object) -> None:
    if not holds:
        raise AssertionError(str(otherwise))


def state_hash(folder: Path) -> str:
    """sha256 of the state."""
    return hashlib.sha256(json.dumps(library_state(folder), sort_keys=True).encode()).hexdigest()


def committed(folder: Path) -> int:
    """How many documents are in the catalogue now."""
    if not (folder / "catalogue.sqlite").exists():
        return 0
    catalogue = Catalogue(folder / "catalogue.sqlite")
    try:
        return len(catalogue.document_ids())
    finally:
        catalogue.close()
