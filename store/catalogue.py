"""The catalogue: the only truth about what the library holds.

A document enters or leaves by one transaction that also writes the change log; the indexes follow that log. After
the commit a document is searchable, before it nothing of it is there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, exists, insert, select, union, update

from store import schema as s
from store import statements as prepared
from store.cards import Quality, keep_card
from store.conversations_forget import forget_collection_chats, forget_document_turns
from store.engine import connect, writing
from store.errors import EmbedderMismatch, Superseded, UnknownCollection, VectorsMissing
from store.feedback import forget_collection, forget_document
from store.people_rights import forget as forget_rights
from store.postgresql import vacuum
from store.renaming import encodable
from store.rows import Collection, Failure, Moved, Source, chunk_row, document_row, to_collection
from store.seals import seal
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
        """All collections that answer, by name."""
        hidden = exists().where(s.generation.c.collection_id == s.collection.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(select(s.collection).where(~hidden).order_by(s.collection.c.name)).mappings()
            return tuple(to_collection(row) for row in rows)

    def collection(self, name: str) -> Collection:
        """The collection of that name. Raises UnknownCollection, naming those that exist."""
        known = {collection.name: collection for collection in self.collections()}
        if name not in known:
            raise UnknownCollection(f"no collection named {name!r}; there is {', '.join(known) or 'none yet'}")
        return known[name]

    def ensure_collection(self, name: str, *, embedder: str, dimension: int, chunker: str) -> Collection:
        """The collection of that name, made when it is new. Raises EmbedderMismatch, NameRefused for no text."""
        with writing(self.engine) as connection:
            if not connection.scalar(select(exists().where(s.collection.c.name == encodable(name)))):
                made = insert(s.collection).values(name=name, embedder=embedder, dimension=dimension, chunker=chunker)
                connection.execute(made.values(created_at=time.time()))
        found = self.collection(name)
        if found != Collection(found.id, name, embedder, dimension, chunker):
            raise EmbedderMismatch(
                f"collection {name!r} was made with {found.embedder} ({found.dimension} dimensions, chunker "
                f"{found.chunker}), the settings say {embedder} ({dimension}, {chunker}): use another --collection, or "
                f"rebuild this one with: shujia reindex --collection {name}"
            )
        return found

    def forget(self) -> None:
        """Empty SQLite's write-ahead log, which keeps copies of what was deleted until it is written over.

        While another process reads, its part stays until that process is done; nothing is waited for. PostgreSQL keeps
        deleted rows as well, and is told to free them; its own log and backups are its administrator's.
        """
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            vacuum(self.engine)

    # Documents

    def put(
        self,
        collection: Collection,
        document: Document,
        chunks: Sequence[tuple[Chunk, str]],
        vectors: Mapping[str, bytes],
        source: Source,
        quality: Quality | None = None,
    ) -> None:
        """Add a document under a path, replacing what the path held, in one transaction.

        ``chunks`` are pairs of chunk and text id; ``vectors`` holds the packed vector of every text id that the
        catalogue does not have yet; ``quality`` is the document's card. Raises VectorsMissing, with nothing written,
        when a vector is neither here nor there.
        """
        with writing(self.engine) as connection:
            require_current(connection, collection)
            key = _document_key(connection, collection, document.id)
            if key is None:
                key = _insert_document(connection, collection, document, chunks, vectors)
                if quality:
                    keep_card(connection, collection, key, quality)
                seal(connection, key)
            _point_source(connection, collection, source, key)

    def adopt(self, collection: Collection, source: Source) -> bool:
        """Point a path at a document that is already there; False when it is not (any more)."""
        with writing(self.engine) as connection:
            require_current(connection, collection)
            key = _document_key(connection, collection, source.document_id)
            if key is not None:
                _point_source(connection, collection, source, key)
        return key is not None

    def move(self, collection: Collection, moves: Sequence[Moved]) -> list[bool]:
        """Let paths hold documents that stood elsewhere, all in one transaction, so that files may change places.

        Each is done or not: a document that is not there (any more) cannot be moved.
        """
        done, left = [], []
        with writing(self.engine) as connection:
            require_current(connection, collection)
            for one in moves:
                key = _document_key(connection, collection, one.source.document_id)
                done.append(key is not None)
                if key is None:
                    continue
                left += [_point(connection, collection, one.source, key)]
                if one.title:
                    named = (s.document.c.key == key) & (s.document.c.title == one.title[0])
                    if connection.execute(update(s.document).where(named).values(title=one.title[1])).rowcount:
                        seal(connection, key)
            for one in (one for one, moved in zip(moves, done, strict=True) if moved and one.gone):
                mine = (s.source.c.collection_id == collection.id) & (s.source.c.path == one.gone)
                left += [connection.scalar(select(s.source.c.document_key).where(mine))]
                connection.execute(delete(s.source).where(mine))
            for key in {key for key in left if key is not None}:
                drop_if_orphaned(connection, key)
        return done

    def holds(self, document_id: str) -> bool:
        """Whether any collection holds the document, or an upload of these bytes waits for a worker."""
        waits = exists().where(s.job.c.content == document_id, s.job.c.state != "done")
        with self.engine.connect() as connection:
            return bool(connection.scalar(select(exists().where(s.document.c.id == document_id) | waits)))

    def document_ids(self) -> set[str]:
        """The ids of all documents of all collections, and of uploads that wait for a worker."""
        waiting = select(s.job.c.content).where(s.job.c.content.is_not(None), s.job.c.state != "done")
        with self.engine.connect() as connection:
            return set(connection.scalars(union(select(s.document.c.id), waiting)))

    def remove_source(self, collection: Collection, path: str) -> bool:
        """Forget a path, and its document when no other path holds it. False when the path is unknown.

        Generations that are kept beside the collection forget it too: what is deleted is nowhere.
        """
        with writing(self.engine) as connection:
            require_current(connection, collection)
            connection.execute(prepared.FORGET_TOLD, {"of_name": collection.name, "of_path": path})
            beside = select(s.generation.c.collection_id).where(s.generation.c.name == collection.name)
            return any([_forget_path(connection, each, path) for each in (collection.id, *connection.scalars(beside))])

    def remove_collection(self, collection: Collection) -> None:
        """Remove a collection with everything in it, and what waits or failed in the queue for it."""
        with writing(self.engine) as connection:
            named = select(s.collection.c.name).where(s.collection.c.id == collection.id).scalar_subquery()
            connection.execute(delete(s.job).where(s.job.c.collection == named))
            forget_rights(connection, named)
            mine = s.document.c.collection_id == collection.id
            connection.execute(delete(s.source).where(s.source.c.collection_id == collection.id))
            for key in connection.scalars(select(s.document.c.key).where(mine)).all():
                drop_if_orphaned(connection, key)
            forget_collection(connection, collection.id)
            forget_collection_chats(connection, collection.id)
            for table in (s.change, s.failure, s.generation):
                connection.execute(delete(table).where(table.c.collection_id == collection.id))
            connection.execute(delete(s.collection).where(s.collection.c.id == collection.id))

    # Failures

    def note_failure(self, collection: Collection, failure: Failure) -> None:
        """Remember why a path could not be read; the document it held before, if any, stays."""
        values = {"collection_id": collection.id, "path": failure.path, "code": failure.code}
        values |= {"reason": failure.reason, "size": failure.size, "mtime_ns": failure.mtime_ns}
        values["failed_at"] = failure.failed_at
        same = (s.failure.c.collection_id == collection.id) & (s.failure.c.path == failure.path)
        same &= (s.failure.c.size == failure.size) & (s.failure.c.mtime_ns == failure.mtime_ns)
        with writing(self.engine) as connection:
            require_current(connection, collection)
            before = connection.scalar(select(s.failure.c.attempts).where(same)) or 0
            _delete_failure(connection, collection, failure.path)
            connection.execute(insert(s.failure).values(**values, attempts=before + 1))


def require_current(connection: Connection, collection: Collection) -> None:
    """Raise Superseded when the name no longer leads to this collection: it was switched or deleted meanwhile."""
    name = connection.scalar(prepared.NAME, {"of_collection": collection.id})
    if name != collection.name:
        what = "deleted" if name is None else "switched to another generation"
        raise Superseded(
            f"collection {collection.name!r} was {what} while this ran; what it holds is whole: run the same command "
            f"again"
        )


def _forget_path(connection: Connection, collection_id: int, path: str) -> bool:
    where = (s.source.c.collection_id == collection_id) & (s.source.c.path == path)
    key = connection.scalar(select(s.source.c.document_key).where(where))
    if key is not None:
        connection.execute(delete(s.source).where(where))
        drop_if_orphaned(connection, key)
    failed = (s.failure.c.collection_id == collection_id) & (s.failure.c.path == path)
    return connection.execute(delete(s.failure).where(failed)).rowcount > 0 or key is not None


def _document_key(connection: Connection, collection: Collection, document_id: str) -> int | None:
    return connection.scalar(prepared.DOCUMENT_KEY, {"of_collection": collection.id, "of_document": document_id})


def _insert_document(
    connection: Connection,
    collection: Collection,
    document: Document,
    chunks: Sequence[tuple[Chunk, str]],
    vectors: Mapping[str, bytes],
) -> int:
    key: int = connection.execute(prepared.INSERT_DOCUMENT, document_row(collection.id, document)).scalar_one()
    if chunks:
        rows = [chunk_row(collection.id, key, chunk, text) for chunk, text in chunks]
        connection.execute(prepared.INSERT_CHUNKS, rows)
    if vectors:
        rows = [{"text_id": t, "embedder": collection.embedder, "data": data} for t, data in vectors.items()]
        connection.execute(prepared.insert_vectors(connection.dialect.name), rows)
    if connection.scalar(prepared.VECTORS_MISSING, {"of_key": key, "of_embedder": collection.embedder}):
        # Another process deleted the last document that shared a text: the transaction is undone, the caller embeds.
        raise VectorsMissing(f"vectors of {document.title!r} are gone; embed its chunks again")
    _log(connection, key, added=True)
    return key


def _point_source(connection: Connection, collection: Collection, source: Source, key: int) -> None:
    before = _point(connection, collection, source, key)
    if before is not None and before != key:
        drop_if_orphaned(connection, before)


def _point(connection: Connection, collection: Collection, source: Source, key: int) -> int | None:
    """Let a path hold a document; returns the key of the one that it held before."""
    where = {"of_collection": collection.id, "of_path": source.path}
    before: int | None = connection.scalar(prepared.SOURCE_KEY, where)
    connection.execute(prepared.DELETE_SOURCE, where)
    row = {"path": source.path, "document_key": key, "size": source.size, "mtime_ns": source.mtime_ns}
    connection.execute(prepared.INSERT_SOURCE, {"collection_id": collection.id, **row})
    _delete_failure(connection, collection, source.path)
    _delete_job(connection, collection, source.path)
    return before


def drop_if_orphaned(connection: Connection, key: int) -> None:
    """Remove a document that no path holds: feedback, log, vectors that no other chunk needs, chunks, row."""
    if connection.scalar(select(exists().where(s.source.c.document_key == key))):
        return
    forget_document(connection, key)
    forget_document_turns(connection, key)
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
    connection.execute(prepared.LOG, {"of_key": document_key, "is_added": int(added)})


def _delete_failure(connection: Connection, collection: Collection, path: str) -> None:
    connection.execute(prepared.DELETE_FAILURE, {"of_collection": collection.id, "of_path": path})


def _delete_job(connection: Connection, collection: Collection, path: str) -> None:
    """A file that was given up, and has come in by another way or is not wanted any more, is not waited for."""
    connection.execute(prepared.DELETE_GIVEN_UP, {"of_name": collection.name, "of_path": path})


def head(connection: Connection, collection: Collection) -> int:
    """The number of the collection's last change; 0 before the first."""
    return connection.scalar(prepared.HEAD, {"of_collection": collection.id}) or 0
