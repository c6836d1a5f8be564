"""The catalogue: the only truth about what the library holds.

A document enters or leaves by one transaction that also writes the change log; the indexes follow that log. After
the commit a document is searchable, before it nothing of it is there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, insert, literal, select

from store import schema as s
from store.engine import connect, writing
from store.errors import EmbedderMismatch, UnknownCollection, VectorsMissing
from store.feedback import forget_collection, forget_document
from store.rows import Collection, Failure, Source, chunk_row, document_row
from store.types import Chunk, Document


class Catalogue:
    """Writes, and the small reads that decide about writing; the large reads are in ``store.reading``."""

    def __init__(self, location: Path | str) -> None:
        """Open or create the catalogue at a file path or database URL. Raises LibraryUnusable."""
        self.engine = connect(location)

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    # Collections

    def collections(self) -> tuple[Collection, ...]:
        """All collections, by name."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(s.collection).order_by(s.collection.c.name)).mappings()
            return tuple(Collection(r["id"], r["name"], r["embedder"], r["dimension"], r["chunker"]) for r in rows)

    def collection(self, name: str) -> Collection:
        """The collection of that name. Raises UnknownCollection, naming those that exist."""
        known = {collection.name: collection for collection in self.collections()}
        if name not in known:
            raise UnknownCollection(f"no collection named {name!r}; there is {', '.join(known) or 'none yet'}")
        return known[name]

    def ensure_collection(self, name: str, *, embedder: str, dimension: int, chunker: str) -> Collection:
        """The collection of that name, made when it is new. Raises EmbedderMismatch when its vectors are others."""
        with writing(self.engine) as connection:
            if not connection.scalar(select(exists().where(s.collection.c.name == name))):
                values = {"name": name, "embedder": embedder, "dimension": dimension, "chunker": chunker}
                connection.execute(insert(s.collection).values(**values, created_at=time.time()))
        found = self.collection(name)
        if found != Collection(found.id, name, embedder, dimension, chunker):
            raise EmbedderMismatch(
                f"collection {name!r} was made with {found.embedder} ({found.dimension} dimensions, chunker "
                f"{found.chunker}), the settings say {embedder} ({dimension}, {chunker}): use another --collection, or "
                f"delete this one and ingest again"
            )
        return found

    def forget(self) -> None:
        """Empty SQLite's write-ahead log, which keeps copies of what was deleted until it is written over.

        While another process reads, its part stays until that process is done; nothing is waited for.
        """
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    # Documents

    def put(
        self,
        collection: Collection,
        document: Document,
        chunks: Sequence[tuple[Chunk, str]],
        vectors: Mapping[str, bytes],
        source: Source,
    ) -> None:
        """Add a document under a path, replacing what the path held, in one transaction.

        ``chunks`` are pairs of chunk and text id; ``vectors`` holds the packed vector of every text id that the
        catalogue does not have yet. Raises VectorsMissing, with nothing written, when one is neither here nor there.
        """
        with writing(self.engine) as connection:
            key = _document_key(connection, collection, document.id)
            if key is None:
                key = _insert_document(connection, collection, document, chunks, vectors)
            _point_source(connection, collection, source, key)

    def adopt(self, collection: Collection, source: Source) -> bool:
        """Point a path at a document that is already there; False when it is not (any more)."""
        with writing(self.engine) as connection:
            key = _document_key(connection, collection, source.document_id)
            if key is not None:
                _point_source(connection, collection, source, key)
        return key is not None

    def holds(self, document_id: str) -> bool:
        """Whether any collection holds the document."""
        with self.engine.connect() as connection:
            return bool(connection.scalar(select(exists().where(s.document.c.id == document_id))))

    def document_ids(self) -> set[str]:
        """The ids of all documents of all collections."""
        with self.engine.connect() as connection:
            return set(connection.scalars(select(s.document.c.id)))

    def remove_source(self, collection: Collection, path: str) -> bool:
        """Forget a path, and its document when no other path holds it. False when the path is unknown."""
        where = (s.source.c.collection_id == collection.id) & (s.source.c.path == path)
        with writing(self.engine) as connection:
            key = connection.scalar(select(s.source.c.document_key).where(where))
            if key is not None:
                connection.execute(delete(s.source).where(where))
                _drop_if_orphaned(connection, key)
            failures = connection.execute(
                delete(s.failure).where(s.failure.c.collection_id == collection.id, s.failure.c.path == path)
            )
            return key is not None or failures.rowcount > 0

    def remove_collection(self, collection: Collection) -> None:
        """Remove a collection with everything in it."""
        with writing(self.engine) as connection:
            mine = s.document.c.collection_id == collection.id
            connection.execute(delete(s.source).where(s.source.c.collection_id == collection.id))
            for key in connection.scalars(select(s.document.c.key).where(mine)).all():
                _drop_if_orphaned(connection, key)
            forget_collection(connection, collection.id)
            for table in (s.change, s.failure):
                connection.execute(delete(table).where(table.c.collection_id == collection.id))
            connection.execute(delete(s.collection).where(s.collection.c.id == collection.id))

    # Failures

    def note_failure(self, collection: Collection, failure: Failure) -> None:
        """Remember why a path could not be read; the document it held before, if any, stays."""
        values = {"collection_id": collection.id, "path": failure.path, "code": failure.code}
        values |= {"reason": failure.reason, "size": failure.size, "mtime_ns": failure.mtime_ns}
        values["failed_at"] = failure.failed_at
        with writing(self.engine) as connection:
            _delete_failure(connection, collection, failure.path)
            connection.execute(insert(s.failure).values(**values))


def _document_key(connection: Connection, collection: Collection, document_id: str) -> int | None:
    mine = (s.document.c.collection_id == collection.id) & (s.document.c.id == document_id)
    return connection.scalar(select(s.document.c.key).where(mine))


def _insert_document(
    connection: Connection,
    collection: Collection,
    document: Document,
    chunks: Sequence[tuple[Chunk, str]],
    vectors: Mapping[str, bytes],
) -> int:
    key: int = connection.execute(
        insert(s.document).values(document_row(collection.id, document)).returning(s.document.c.key)
    ).scalar_one()
    if chunks:
        connection.execute(insert(s.chunk), [chunk_row(collection.id, key, chunk, text) for chunk, text in chunks])
    if vectors:
        dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # only the one in use: .3 s each
        rows = [{"text_id": t, "embedder": collection.embedder, "data": data} for t, data in vectors.items()]
        # Another process may have embedded the same text in the meantime: the vectors are equal, the first one stays.
        connection.execute(dialect.insert(s.vector).on_conflict_do_nothing(), rows)
    stored = exists().where(s.vector.c.text_id == s.chunk.c.text_id, s.vector.c.embedder == collection.embedder)
    if connection.scalar(select(exists().where(s.chunk.c.document_key == key, ~stored))):
        # Another process deleted the last document that shared a text: the transaction is undone, the caller embeds.
        raise VectorsMissing(f"vectors of {document.title!r} are gone; embed its chunks again")
    _log(connection, key, added=True)
    return key


def _point_source(connection: Connection, collection: Collection, source: Source, key: int) -> None:
    where = (s.source.c.collection_id == collection.id) & (s.source.c.path == source.path)
    before = connection.scalar(select(s.source.c.document_key).where(where))
    connection.execute(delete(s.source).where(where))
    connection.execute(
        insert(s.source).values(
            collection_id=collection.id, path=source.path, document_key=key, size=source.size, mtime_ns=source.mtime_ns
        )
    )
    _delete_failure(connection, collection, source.path)
    if before is not None and before != key:
        _drop_if_orphaned(connection, before)


def _drop_if_orphaned(connection: Connection, key: int) -> None:
    """Remove a document that no path holds: feedback, log, vectors that no other chunk needs, chunks, row."""
    if connection.scalar(select(exists().where(s.source.c.document_key == key))):
        return
    forget_document(connection, key)
    _log(connection, key, added=False)
    other = s.chunk.alias()
    needed = exists().where(
        other.c.text_id == s.vector.c.text_id,
        other.c.document_key != key,
        other.c.collection_id == s.collection.c.id,
        s.collection.c.embedder == s.vector.c.embedder,
    )
    mine = select(s.chunk.c.text_id).where(s.chunk.c.document_key == key)
    connection.execute(delete(s.vector).where(s.vector.c.text_id.in_(mine), ~needed))
    connection.execute(delete(s.chunk).where(s.chunk.c.document_key == key))
    connection.execute(delete(s.document).where(s.document.c.key == key))


def _log(connection: Connection, document_key: int, *, added: bool) -> None:
    columns = [s.chunk.c.collection_id, literal(int(added)), s.chunk.c.key]
    chunks = select(*columns).where(s.chunk.c.document_key == document_key).order_by(s.chunk.c.ordinal)
    connection.execute(insert(s.change).from_select(["collection_id", "added", "chunk_key"], chunks))


def _delete_failure(connection: Connection, collection: Collection, path: str) -> None:
    mine = (s.failure.c.collection_id == collection.id) & (s.failure.c.path == path)
    connection.execute(delete(s.failure).where(mine))


def head(connection: Connection, collection: Collection) -> int:
    """The number of the collection's last change; 0 before the first."""
    last = select(func.max(s.change.c.sequence)).where(s.change.c.collection_id == collection.id)
    return connection.scalar(last) or 0
