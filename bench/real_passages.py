"""A library of real passages with their vectors, taken out of the evaluation folder, for benches that need many.

Every collection that ``shujia eval`` embedded with the settings' embedder and chunker gives documents in turn, each
document once, until there are as many passages as wanted. The evaluation folder is only read.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from app.wiring import Library
from store.rows import Source
from store.shelf import Shelf
from store.types import Chunk, Document

Row = tuple[int, str, str, str, str]  # key, id, title, language, text of a document


def fill_real(library: Library, evaluation: Path, passages: int) -> Shelf:
    """The library's own collection, filled up to that many passages and indexed; at once where it holds them."""
    embedder = library.embedder
    library.catalogue.ensure_collection(
        library.settings.collection,
        embedder=embedder.name,
        dimension=embedder.dimension,
        chunker=library.chunker.version,
    )
    shelf = library.shelf()
    missing = passages - shelf.read.counts().chunks
    catalogue = sqlite3.connect(f"{(evaluation / 'catalogue.sqlite').absolute().as_uri()}?mode=ro", uri=True)
    seen = {card.id for card in shelf.read.cards()} if missing > 0 else set()
    for document, chunks, vectors in _documents(catalogue, library) if missing > 0 else ():
        if missing <= 0:
            break
        if document.id in seen:
            continue
        seen.add(document.id)
        size = len(document.text)
        library.catalogue.put(
            shelf.collection, document, chunks, vectors, Source(f"/real/{document.id[:16]}", document.id, size, 1)
        )  # fmt: skip
        missing -= len(chunks)
    catalogue.close()
    if missing > 0:
        raise SystemExit(f"{missing} passages are missing in {evaluation}: run shujia eval over more sets first")
    shelf.follow(publish=True)
    return shelf


def _documents(
    catalogue: sqlite3.Connection, library: Library
) -> Iterator[tuple[Document, list[tuple[Chunk, str]], dict[str, bytes]]]:
    """Documents with their passages and vectors, from all collections in turn."""
    names = (library.embedder.name, library.chunker.version)
    collections = catalogue.execute("SELECT id FROM collection WHERE embedder = ? AND chunker = ?", names).fetchall()
    query = "SELECT key, id, title, language, text FROM document WHERE collection_id = ? ORDER BY key"
    readers = [iter(catalogue.execute(query, one).fetchall()) for one in collections]
    for row in itertools.chain.from_iterable(itertools.zip_longest(*readers)):
        if row is not None:
            yield _document(catalogue, row, library.embedder.name)


def _document(
    catalogue: sqlite3.Connection, row: Row, embedder: str
) -> tuple[Document, list[tuple[Chunk, str]], dict[str, bytes]]:
    key, name, title, language, text = row
    columns = 'id, ordinal, start, "end", text, page, headings, tokens, text_id, data'
    found = catalogue.execute(
        f"SELECT {columns} FROM chunk JOIN vector USING (text_id) WHERE document_key = ? AND embedder = ?",  # noqa: S608
        (key, embedder),
    ).fetchall()
    chunks = [
        (Chunk(one[0], name, *one[1:5], one[5], tuple(json.loads(one[6])), one[7]), one[8]) for one in found
    ]  # fmt: skip
    return Document(name, title, "record", language, text, len(text)), chunks, {one[8]: one[9] for one in found}


def question_texts(folders: list[Path], each: int) -> list[str]:
    """The first questions of every folder in BEIR form, in turn, each once."""
    lines = [(one / "queries.dev.jsonl").read_text(encoding="utf-8").splitlines()[:each] for one in folders]
    texts = (json.loads(line)["text"] for turn in itertools.zip_longest(*lines) for line in turn if line)
    return list(dict.fromkeys(texts))
