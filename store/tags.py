"""Tags: words that people give to documents. A tag goes with its document, and with it to another generation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, delete, insert, select

from store import schema as s
from store.engine import writing
from store.errors import UnknownDocument
from store.rows import Collection
from store.schema_library import document_tag, followed_folder

LONGEST = 64  # characters
MOST = 32  # tags of a document


class Tags:
    """The tags in one collection."""

    def __init__(self, engine: Engine, collection: Collection) -> None:
        self.engine, self.collection = engine, collection

    def all(self) -> dict[str, tuple[str, ...]]:
        """Document id → its tags, sorted; documents without any are left out."""
        query = select(s.document.c.id, document_tag.c.tag).join(
            document_tag, document_tag.c.document_key == s.document.c.key
        )
        query = query.where(s.document.c.collection_id == self.collection.id).order_by(document_tag.c.tag)
        found: dict[str, tuple[str, ...]] = {}
        with self.engine.connect() as connection:
            for document, tag in connection.execute(query):
                found[document] = (*found.get(document, ()), tag)
        return found

    def put(self, document_id: str, tags: Iterable[str]) -> tuple[str, ...]:
        """Let a document have exactly these tags; returns them as they are kept. Raises UnknownDocument."""
        kept = tuple(sorted({tag for each in tags if (tag := tag_of(each))}))[:MOST]
        mine = (s.document.c.collection_id == self.collection.id) & (s.document.c.id == document_id)
        with writing(self.engine) as connection:
            key = connection.scalar(select(s.document.c.key).where(mine))
            if key is None:
                raise UnknownDocument(f"no document {document_id[:12]} in {self.collection.name!r}; see: shujia status")
            connection.execute(delete(document_tag).where(document_tag.c.document_key == key))
            if kept:
                connection.execute(insert(document_tag), [{"document_key": key, "tag": tag} for tag in kept])
        return kept


def tag_of(text: str) -> str:
    """A tag as it is kept: one form for full-width and half-width, one blank between words: equals are equal."""
    shown = "".join(one if one.isprintable() else " " for one in unicodedata.normalize("NFKC", text))
    return " ".join(shown.split())[:LONGEST].strip()


def carry(connection: Connection, live: int, twin: int) -> None:
    """Let tags and followed folders go over to another generation, inside the caller's transaction."""
    ours, theirs = s.document.alias(), s.document.alias()
    joined = document_tag.join(ours, ours.c.key == document_tag.c.document_key).join(theirs, theirs.c.id == ours.c.id)
    held = select(theirs.c.key, document_tag.c.tag).select_from(joined)
    held = held.where(ours.c.collection_id == live, theirs.c.collection_id == twin)
    mine = select(s.document.c.key).where(s.document.c.collection_id == twin)
    rows = [{"document_key": key, "tag": tag} for key, tag in connection.execute(held)]
    connection.execute(delete(document_tag).where(document_tag.c.document_key.in_(mine)))
    if rows:
        connection.execute(insert(document_tag), rows)
    folders = followed_folder.c.collection_id
    connection.execute(delete(followed_folder).where(folders == twin))
    connection.execute(followed_folder.update().where(folders == live).values(collection_id=twin))
