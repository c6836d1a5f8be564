"""Generations: a collection is built anew beside the one that answers, then takes its name in one transaction.

A generation is a collection like any other, with its own documents, change log and index files, under a name that
nobody types. Whoever asks resolves the name once and reads one collection to the end, so that no answer mixes two.
"""

from __future__ import annotations

import time
import uuid
from typing import Literal

from sqlalchemy import Connection, delete, except_, exists, insert, select, update

from store import schema as s
from store.catalogue import Catalogue, require_current
from store.engine import writing
from store.rows import Collection, to_collection
from store.schema_chats import chat
from store.tags import carry

State = Literal["building", "previous"]
_UNNAMED = "\x1f"  # the unit separator begins the names that nobody types


class Generations:
    """What stands beside the collections that answer."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.engine = catalogue.engine

    def beside(self, name: str, state: State) -> Collection | None:
        """The generation that is being built for a name, or the one that answered before; None when there is none."""
        joined = s.collection.join(s.generation, s.generation.c.collection_id == s.collection.c.id)
        mine = (s.generation.c.name == name) & (s.generation.c.state == state)
        with self.engine.connect() as connection:
            row = connection.execute(select(s.collection).select_from(joined).where(mine)).mappings().first()
            return to_collection(row) if row else None

    def all_beside(self, name: str) -> tuple[Collection, ...]:
        """All generations that stand beside a collection."""
        found = (self.beside(name, "building"), self.beside(name, "previous"))
        return tuple(each for each in found if each)

    def begin(self, name: str, *, embedder: str, dimension: int, chunker: str) -> Collection:
        """An empty generation for a name, or the unfinished one of an earlier run that was made the same way.

        One that was made another way is removed.
        """
        found = self.beside(name, "building")
        if found and (found.embedder, found.dimension, found.chunker) == (embedder, dimension, chunker):
            return found
        if found:
            self.catalogue.remove_collection(found)
        values = {"embedder": embedder, "dimension": dimension, "chunker": chunker, "created_at": time.time()}
        unnamed = f"{_UNNAMED}{uuid.uuid4().hex}"
        with writing(self.engine) as connection:
            row = connection.execute(insert(s.collection).values(name=unnamed, **values).returning(s.collection))
            made = to_collection(row.mappings().one())
            _stand_beside(connection, made.id, name, "building")
        return made

    def switch(self, live: Collection, twin: Collection) -> bool:
        """Let ``twin`` answer under the name of ``live``, in one transaction; False, nothing done, when they differ.

        They differ when a path holds another document here than there: somebody has written to ``live`` meanwhile.
        ``live`` becomes the previous generation; a previous one that is not ``twin`` must have been removed before.
        Feedback, chats, failures, tags and followed folders follow the name. Raises Superseded when ``live`` does not
        answer any more.
        """
        with writing(self.engine) as connection:
            require_current(connection, live)
            if _differ(connection, live.id, twin.id) or _differ(connection, twin.id, live.id):
                return False
            connection.execute(delete(s.generation).where(s.generation.c.collection_id == twin.id))
            _stand_beside(connection, live.id, live.name, "previous")
            for identity, name in ((live.id, f"{_UNNAMED}{uuid.uuid4().hex}"), (twin.id, live.name)):
                connection.execute(update(s.collection).where(s.collection.c.id == identity).values(name=name))
            connection.execute(delete(s.failure).where(s.failure.c.collection_id == twin.id))
            for table in (s.failure, s.feedback, chat):
                mine = table.c.collection_id == live.id
                connection.execute(update(table).where(mine).values(collection_id=twin.id))
            carry(connection, live.id, twin.id)
        return True

    def name(self, twin: Collection, name: str) -> bool:
        """Let a new collection answer under a name that is free; False when it is taken meanwhile."""
        with writing(self.engine) as connection:
            if connection.scalar(select(exists().where(s.collection.c.name == name))):
                return False
            connection.execute(delete(s.generation).where(s.generation.c.collection_id == twin.id))
            connection.execute(update(s.collection).where(s.collection.c.id == twin.id).values(name=name))
        return True


def _stand_beside(connection: Connection, collection_id: int, name: str, state: State) -> None:
    values = {"collection_id": collection_id, "name": name, "state": state, "created_at": time.time()}
    connection.execute(insert(s.generation).values(values))


def _differ(connection: Connection, one: int, other: int) -> bool:
    """Whether ``one`` holds a (path, document) that ``other`` does not."""
    joined = s.source.join(s.document, s.source.c.document_key == s.document.c.key)
    held = select(s.source.c.path, s.document.c.id).select_from(joined)
    mine, theirs = (held.where(s.source.c.collection_id == each) for each in (one, other))
    return connection.execute(except_(mine, theirs).limit(1)).first() is not None
