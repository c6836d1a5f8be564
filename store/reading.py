"""What is asked of the catalogue: documents, chunks, vectors and changes. Nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from store import schema as s
from store.catalogue import head
from store.errors import AmbiguousDocument, UnknownDocument
from store.language import Language, written_in
from store.located import located, words
from store.rows import Collection, DocumentCard, Failure, Located, Placed, Source, to_chunk, to_document, unpack_vectors
from store.rows import passage_text as passage_text
from store.types import Chunk, Document

T = TypeVar("T")
_BATCH = 10_000  # keys in one IN (…): below SQLite's limit of 32,766 variables
LANGUAGE_SHOWS = 400  # characters in which the language of a chunk shows


@dataclass(frozen=True, slots=True)
class Delta:
    """What an index has to do to stand at ``sequence``: drop ``removed``, then add ``added`` (catalogue keys).

    ``chunks`` is how many it holds then. ``whole``: ``added`` is everything, for an index that holds nothing.
    """

    sequence: int
    added: tuple[int, ...]
    removed: tuple[int, ...]
    chunks: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Live documents and chunks."""

    documents: int
    chunks: int


class Reader:
    """Reads of one collection. Each call sees one consistent state of the catalogue."""

    def __init__(self, engine: Engine, collection: Collection) -> None:
        self.engine = engine
        self.collection = collection

    # What the indexes follow

    def sequence(self) -> int:
        """The number of the last change; 0 before the first."""
        with self.engine.connect() as connection:
            return head(connection, self.collection)

    def delta(self, after: int) -> Delta:
        """The net effect of all changes with a number above ``after``.

        All live chunks when it is 0, and when the log was folded and reaches back to ``after`` no more.
        """
        with self.engine.connect() as connection:
            last = head(connection, self.collection)
            chunks = connection.scalar(select(func.count()).select_from(s.chunk).where(self._my_chunks())) or 0
            oldest = select(func.min(s.change.c.sequence)).where(s.change.c.collection_id == self.collection.id)
            if after == 0 or after < (connection.scalar(oldest) or 0):
                keys = connection.scalars(select(s.chunk.c.key).where(self._my_chunks()).order_by(s.chunk.c.key))
                return Delta(last, tuple(keys), (), chunks, whole=True)
            mine = (s.change.c.collection_id == self.collection.id) & (s.change.c.sequence > after)
            rows = select(s.change.c.chunk_key, s.change.c.added).where(mine).order_by(s.change.c.sequence)
            effect = {key: added for key, added in connection.execute(rows)}
        added_keys = tuple(key for key, added in effect.items() if added)
        return Delta(last, added_keys, tuple(key for key, added in effect.items() if not added), chunks)

    def vectors(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Keys that are live, ascending, and their vectors, float32 of shape (n, dimension), unit rows."""
        joined = s.chunk.join(s.vector, s.chunk.c.text_id == s.vector.c.text_id)
        mine = self._my_chunks_by_key() & (s.vector.c.embedder == self.collection.embedder)
        query = select(s.chunk.c.key, s.vector.c.data).select_from(joined).where(mine)
        found: list[int] = []
        blobs: list[bytes] = []
        with self.engine.connect() as connection:
            for batch in batches(sorted(keys)):
                for key, data in connection.execute(query.where(s.chunk.c.key.in_(batch)).order_by(s.chunk.c.key)):
                    found.append(key)
                    blobs.append(data)
        return np.array(found, np.int64), unpack_vectors(blobs, self.collection.dimension)

    def written_in(self, keys: Sequence[int]) -> list[Language]:
        """The language of each live chunk among ``keys``, keys ascending, by how it begins."""
        begins = func.substr(s.chunk.c.text, 1, LANGUAGE_SHOWS)
        query = select(begins).where(self._my_chunks_by_key())
        with self.engine.connect() as connection:
            return [
                written_in(text)
                for batch in batches(sorted(keys))
                for text in connection.scalars(query.where(s.chunk.c.key.in_(batch)).order_by(s.chunk.c.key))
            ]

    def texts(self, keys: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Keys that are live, ascending, and the text to be searched: headings, then the passage."""
        query = select(s.chunk.c.key, s.chunk.c.headings, s.chunk.c.text).where(self._my_chunks_by_key())
        with self.engine.connect() as connection:
            for batch in batches(sorted(keys)):
                for key, headings, text in connection.execute(
                    query.where(s.chunk.c.key.in_(batch)).order_by(s.chunk.c.key)
                ):
                    yield key, passage_text(json.loads(headings), text)

    # What a search and a page show

    def located(self, keys: Sequence[int]) -> dict[int, Located]:
        """The live ones among ``keys`` with their chunks, titles and paths.

        Raises LibraryUnusable when a text is not the one that was committed: SQLite has no checksums of its own.
        """
        return located(self.engine, self.collection, keys)

    def words(self, keys: Sequence[int]) -> dict[int, str]:
        """The texts of the live ones among ``keys``, unchecked: to look at, not to show."""
        return words(self.engine, self.collection, keys)

    def document(self, reference: str) -> Document:
        """The document with that path, id (or the beginning of one), file name or title. Raises UnknownDocument."""
        with self.engine.connect() as connection:
            key = self._find(connection, reference)
            row = connection.execute(select(s.document).where(s.document.c.key == key)).mappings().one()
            return to_document(row)

    def document_id(self, reference: str) -> str:
        """The id of the document with that path, id (or its beginning), file name or title. Raises UnknownDocument."""
        with self.engine.connect() as connection:
            key = self._find(connection, reference)
            return str(connection.scalar(select(s.document.c.id).where(s.document.c.key == key)))

    def slice(self, document_id: str, start: int, end: int) -> str:
        """The characters ``start`` to ``end`` of a document's text; empty where they are not there (any more)."""
        d = s.document.c
        mine = (d.collection_id == self.collection.id) & (d.id == document_id)
        with self.engine.connect() as connection:
            return connection.scalar(select(func.substr(d.text, start + 1, end - start)).where(mine)) or ""

    def chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """The chunks of a document in reading order."""
        joined = s.chunk.join(s.document, s.chunk.c.document_key == s.document.c.key)
        query = select(s.chunk).select_from(joined).where(self._my_chunks(), s.document.c.id == document_id)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(s.chunk.c.ordinal)).mappings()
            return tuple(to_chunk(row, document_id) for row in rows)

    def spans(self) -> Iterator[Placed]:
        """All live chunks without their texts, by key."""
        c = s.chunk.c
        joined = s.chunk.join(s.document, c.document_key == s.document.c.key)
        query = select(c.key, s.document.c.id, c.start, c.end, c.tokens).select_from(joined).where(self._my_chunks())
        with self.engine.connect() as connection:
            for row in connection.execute(query.order_by(c.key)):
                yield Placed(*row)

    def cards(self) -> tuple[DocumentCard, ...]:
        """All documents without their texts, newest last."""
        d = s.document.c
        pages: Any = func.json_array_length(d.pages) if self.engine.dialect.name == "sqlite" else d.pages
        count = select(func.count()).where(s.chunk.c.document_key == d.key).scalar_subquery()
        columns: list[Any] = [d.key, d.id, d.title, d.kind, d.language, d.size, d.warnings, d.created_at, pages, count]
        mine = d.collection_id == self.collection.id
        with self.engine.connect() as connection:
            paths: dict[int, list[str]] = {}
            for key, path in connection.execute(
                select(s.source.c.document_key, s.source.c.path)
                .where(s.source.c.collection_id == self.collection.id)
                .order_by(s.source.c.path)
            ):
                paths.setdefault(key, []).append(path)
            return tuple(
                DocumentCard(
                    id=row[1],
                    title=row[2],
                    kind=row[3],
                    language=row[4],
                    size=row[5],
                    warnings=tuple(json.loads(row[6])),
                    created_at=row[7],
                    pages=row[8] if isinstance(row[8], int) else len(json.loads(row[8])),
                    chunks=row[9],
                    paths=tuple(paths.get(row[0], ())),
                )
                for row in connection.execute(select(*columns).where(mine).order_by(d.key))
            )

    def counts(self) -> Counts:
        """Live documents and chunks of the collection."""
        documents = select(func.count()).where(s.document.c.collection_id == self.collection.id)
        with self.engine.connect() as connection:
            chunks = connection.scalar(select(func.count()).select_from(s.chunk).where(self._my_chunks()))
            return Counts(connection.scalar(documents) or 0, chunks or 0)

    def languages(self) -> dict[str, int]:
        """How many live chunks there are in documents of each language."""
        d = s.document.c
        # Counted by document first: the index of chunks by document answers that without a look at the chunks.
        held = select(func.count()).where(s.chunk.c.document_key == d.key).scalar_subquery()
        each = select(d.language, held.label("held")).where(d.collection_id == self.collection.id).subquery()
        with self.engine.connect() as connection:
            rows = connection.execute(select(each.c.language, func.sum(each.c.held)).group_by(each.c.language))
            return {language: int(count) for language, count in rows if count}

    # What ingestion asks before it works

    def sources(self) -> dict[str, Source]:
        """Every path of the collection and what it held when it was read."""
        joined = s.source.join(s.document, s.source.c.document_key == s.document.c.key)
        columns = [s.source.c.path, s.document.c.id, s.source.c.size, s.source.c.mtime_ns]
        query = select(*columns).select_from(joined).where(s.source.c.collection_id == self.collection.id)
        with self.engine.connect() as connection:
            return {row[0]: Source(*row) for row in connection.execute(query)}

    def source_at(self, path: str) -> Source | None:
        """What one path holds; None when it is not in the collection."""
        joined = s.source.join(s.document, s.source.c.document_key == s.document.c.key)
        columns = [s.source.c.path, s.document.c.id, s.source.c.size, s.source.c.mtime_ns]
        mine = (s.source.c.collection_id == self.collection.id) & (s.source.c.path == path)
        with self.engine.connect() as connection:
            row = connection.execute(select(*columns).select_from(joined).where(mine)).first()
            return Source(*row) if row else None

    def failures(self) -> dict[str, Failure]:
        """Every path that could not be read, and why."""
        f = s.failure.c
        query = select(f.path, f.code, f.reason, f.size, f.mtime_ns, f.failed_at, f.attempts)
        with self.engine.connect() as connection:
            rows = connection.execute(query.where(f.collection_id == self.collection.id).order_by(f.path))
            return {row[0]: Failure(*row) for row in rows}

    def embedded(self, text_ids: Sequence[str]) -> set[str]:
        """Those of ``text_ids`` whose vector the catalogue already has."""
        found: set[str] = set()
        query = select(s.vector.c.text_id).where(s.vector.c.embedder == self.collection.embedder)
        with self.engine.connect() as connection:
            for batch in batches(list(text_ids)):
                found.update(connection.scalars(query.where(s.vector.c.text_id.in_(batch))))
        return found

    def _my_chunks(self) -> ColumnElement[bool]:
        return s.chunk.c.collection_id == self.collection.id

    def _my_chunks_by_key(self) -> ColumnElement[bool]:
        # The sum keeps SQLite from walking all of a collection (50 ms of 100,000) for chunks whose keys are given.
        return s.chunk.c.collection_id + 0 == self.collection.id

    def _find(self, connection: Connection, reference: str) -> int:
        d = s.document.c
        mine = select(d.key).where(d.collection_id == self.collection.id)
        by_path = select(s.source.c.document_key).where(s.source.c.collection_id == self.collection.id)
        name = s.source.c.path.like(f"%/{_escaped(reference)}", escape="\\")
        attempts = [by_path.where(s.source.c.path == reference), mine.where(d.id == reference)]
        attempts += [by_path.where(name), mine.where(d.title == reference)]
        if len(reference) >= 6:
            attempts.append(mine.where(d.id.like(f"{_escaped(reference)}%", escape="\\")))
        for attempt in attempts:
            keys = connection.scalars(attempt.distinct()).all()
            if len(keys) == 1:
                return int(keys[0])
            if keys:
                raise AmbiguousDocument(
                    f"{reference!r} names {len(keys)} documents: {self._named(connection, keys)}; give the full path "
                    f"or the id"
                )
        raise UnknownDocument(f"no document {reference!r} in collection {self.collection.name!r}; see: shujia status")

    def _named(self, connection: Connection, keys: Sequence[int]) -> str:
        """The paths of documents, for an error: a few of them, one for each."""
        path = select(func.min(s.source.c.path)).where(s.source.c.document_key.in_(keys[:5]))
        paths = connection.scalars(path.group_by(s.source.c.document_key).order_by(s.source.c.document_key)).all()
        return ", ".join([*map(str, paths), *(["…"] if len(keys) > len(paths) else [])])


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts that fit the variables of a statement."""
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
