"""The state of a library as one hash: everything that must not depend on the way there."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from bench.torture.child import COLLECTION
from models.fakes import HashEmbedder
from store import schema as s
from store.cards import Cards
from store.catalogue import Catalogue
from store.shelf import Shelf

QUESTIONS = ("声明", "内容 35", "第 7 份文件")


def library_state(folder: Path, collection: str = COLLECTION) -> dict[str, Any]:
    """Chunks, vectors, sources, both indexes' answers and the originals; raises AssertionError when they disagree."""
    catalogue = Catalogue(folder / "catalogue.sqlite")
    try:
        made = catalogue.collection(collection)
        shelf = Shelf(catalogue, made, folder / "index" / str(made.id))
        wrong = shelf.disagreements()
        _require(not wrong, wrong)
        with catalogue.engine.connect() as connection:
            chunks = connection.execute(select(s.chunk).where(s.chunk.c.collection_id == made.id)).all()
            vectors = connection.execute(select(s.vector)).all()
        spans = {(row.document_key, row.start, row.end) for row in chunks}
        _require(len(spans) == len(chunks), "a chunk stands twice")
        zero = [row.text_id for row in vectors if not np.frombuffer(row.data, "<f2").any()]
        _require(not zero, f"zero vectors: {zero}")
        held = {row.key: row.id for row in chunks}
        return {
            "documents": _documents(shelf),
            "chunks": sorted([row.id, row.start, row.end, row.text, row.text_id, str(row.page)] for row in chunks),
            "vectors": sorted([row.text_id, bytes(row.data).hex()] for row in vectors),
            "found": _found(shelf, held),
            "originals": originals_of(folder),
            "sources": {path: one.document_id for path, one in sorted(shelf.read.sources().items())},
            "failures": sorted(shelf.read.failures()),
        }
    finally:
        catalogue.close()


def _documents(shelf: Shelf) -> list[list[object]]:
    """Every document with its title, text, pages and card."""
    cards = Cards(shelf.read.engine, shelf.collection).all()
    found = [shelf.read.document(card.id) for card in shelf.read.cards()]
    return sorted([one.id, one.title, one.kind, one.text, len(one.pages), str(cards.get(one.id))] for one in found)


def originals_of(folder: Path) -> list[str]:
    """The originals that are kept and whole."""
    kept = [path for path in (folder / "originals").glob("??/*") if path.suffix != ".tmp"]
    return sorted(path.name for path in kept if hashlib.sha256(path.read_bytes()).hexdigest() == path.name)


def _found(shelf: Shelf, held: Mapping[int, str]) -> dict[str, list[list[str]]]:
    """Every chunk that each leg finds; a hit that the catalogue does not hold is a phantom."""
    found = {}
    for question in QUESTIONS:
        vector = HashEmbedder().embed_queries([question])[0]
        legs = (shelf.search_keyword(question, 10_000), shelf.search_dense(vector, 10_000))
        phantoms = [key for leg in legs for key, _ in leg if key not in held]
        _require(not phantoms, f"phantom chunks {phantoms[:5]}")
        found[question] = [sorted(held[key] for key, _ in leg) for leg in legs]
    return found


def _require(holds: bool, otherwise: object) -> None:
    if not holds:
        raise AssertionError(str(otherwise))


def state_hash(folder: Path, collection: str = COLLECTION) -> str:
    """sha256 of the state."""
    return hashlib.sha256(json.dumps(library_state(folder, collection), sort_keys=True).encode()).hexdigest()


def struck_state(folder: Path) -> set[str]:
    """The documents of a library that was struck, after every check of ``library_state`` on a copy of it.

    On a copy, because looking at it mends it: what comes next has to meet the library as the blow has left it.
    """
    if not (folder / "catalogue.sqlite").exists():
        return set()
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    catalogue = Catalogue(copy / "catalogue.sqlite")
    known = [each.name for each in catalogue.collections()]
    catalogue.close()
    if COLLECTION not in known:
        return set()
    return {str(document) for document in library_state(copy)["sources"].values()}
