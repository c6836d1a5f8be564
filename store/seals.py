"""Seals: a checksum of everything that was committed with a document, so that fsck notices any byte that changed since.

Neither SQLite nor PostgreSQL checks what it reads back. The seal is made of what stands in the tables at the end of the
transaction that writes them; what others may change later (paths, the day it came) is not part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from store import schema as s
from store import schema_cards as c
from store.rows import Collection
from store.schema_seals import seal as t

_KEY: BindParameter[Any] = bindparam("of_key")
_APART = ("key", "collection_id", "document_key", "created_at")
_DOCUMENT = select(*(column for column in s.document.c if column.name not in _APART)).where(s.document.c.key == _KEY)
_CHUNKS = (
    select(*(column for column in s.chunk.c if column.name not in _APART))
    .where(s.chunk.c.document_key == _KEY)
    .order_by(s.chunk.c.ordinal, s.chunk.c.key)
)
_VECTORS = (
    select(s.vector.c.text_id, s.vector.c.data)
    .join(s.chunk, s.chunk.c.text_id == s.vector.c.text_id)
    .join(s.collection, (s.collection.c.id == s.chunk.c.collection_id))
    .where(s.chunk.c.document_key == _KEY, s.vector.c.embedder == s.collection.c.embedder)
    .distinct()
    .order_by(s.vector.c.text_id)
)
_CARD = select(c.card.c.content, c.card.c.signature).where(c.card.c.document_key == _KEY)
_DROP, _KEEP = delete(t).where(t.c.document_key == _KEY), insert(t)


def seal(connection: Connection, document_key: int) -> None:
    """Seal a document as it stands in this transaction, anew where it was sealed before."""
    connection.execute(_DROP, {"of_key": document_key})
    connection.execute(_KEEP, {"document_key": document_key, "digest": digest_of(connection, document_key)})


def digest_of(connection: Connection, document_key: int) -> bytes:
    """32 bytes over the document's row, its chunks, their vectors and its card, each value with its length."""
    digest = hashlib.blake2b(digest_size=32)
    for query in (_DOCUMENT, _CHUNKS, _VECTORS, _CARD):
        for row in connection.execute(query, {"of_key": document_key}):
            for value in row:
                data = str(value).encode("utf-8", "surrogatepass") if not isinstance(value, bytes) else value
                digest.update(b"%d:" % len(data))
                digest.update(data)
        digest.update(b";")
    return digest.digest()


def broken(connection: Connection, collection: Collection) -> Iterator[str]:
    """The ids of documents that are not what was sealed; those from before there were seals cannot be told."""
    joined = s.document.join(t, t.c.document_key == s.document.c.key)
    query = select(s.document.c.key, s.document.c.id, t.c.digest).select_from(joined)
    for key, identity, digest in connection.execute(query.where(s.document.c.collection_id == collection.id)).all():
        if digest_of(connection, key) != bytes(digest):
            yield identity
