"""Takes damaged rows out of the way, so that what they were can be read from the original again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, exists, select, update

from store import schema as s
from store import schema_cards as c
from store.catalogue import Catalogue, drop_if_orphaned
from store.engine import writing
from store.reading import Reader
from store.rows import Source
from store.schema_seals import seal

ASIDE = "\x1f"  # before the id of a document that is being replaced by a fresh reading of the same file


def true_id(document_id: str) -> str:
    """The id of the document's content, also while its rows are set aside."""
    return document_id.removeprefix(ASIDE)


def set_aside(read: Reader, document_id: str) -> None:
    """Let a fresh reading take the place of a document's rows: they give up its id and its vectors.

    They go on answering until the last of the document's paths holds the fresh reading.
    """
    d, mine = s.document.c, s.chunk.c.collection_id == read.collection.id
    with writing(read.engine) as connection:
        here = (d.collection_id == read.collection.id) & (d.id == document_id)
        key = connection.scalar(select(d.key).where(here))
        held = mine & (s.chunk.c.document_key == key)
        texts = select(s.chunk.c.text_id).where(held)
        own = s.vector.c.embedder == read.collection.embedder
        connection.execute(delete(s.vector).where(own, s.vector.c.text_id.in_(texts)))
        if not document_id.startswith(ASIDE):
            connection.execute(update(s.document).where(d.key == key).values(id=ASIDE + document_id))
            connection.execute(update(s.chunk).where(held).values(id=ASIDE + s.chunk.c.id))


def take_away(catalogue: Catalogue, read: Reader, document_id: str, paths: Iterable[str]) -> None:
    """Forget paths, and a document that no path holds, which only damage leaves behind."""
    for path in paths:
        catalogue.remove_source(read.collection, path)
    mine = (s.document.c.collection_id == read.collection.id) & (s.document.c.id == document_id)
    with writing(read.engine) as connection:
        key = connection.scalar(select(s.document.c.key).where(mine))
        if key is not None:
            drop_if_orphaned(connection, key)


def drop_dangling(read: Reader) -> list[Source]:
    """Remove rows whose document is gone, and vectors that no chunk needs; the paths that have lost their document."""
    with writing(read.engine) as connection:
        gone = ~exists().where(s.document.c.key == s.source.c.document_key)
        mine = gone & (s.source.c.collection_id == read.collection.id)
        lost = [
            Source(row.path, "", row.size, row.mtime_ns) for row in connection.execute(select(s.source).where(mine))
        ]
        for table in (s.source, s.chunk, c.card, c.card_band, seal):
            connection.execute(delete(table).where(~exists().where(s.document.c.key == table.c.document_key)))
        _drop_unused_vectors(connection)
    return lost


def _drop_unused_vectors(connection: Connection) -> None:
    needed = exists().where(
        s.chunk.c.text_id == s.vector.c.text_id,
        s.chunk.c.collection_id == s.collection.c.id,
        s.collection.c.embedder == s.vector.c.embedder,
    )
    connection.execute(delete(s.vector).where(~needed))
