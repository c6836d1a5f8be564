"""A collection's name, and everything that knows it by that name, changed in one transaction."""

from __future__ import annotations

import json
import time

from sqlalchemy import Connection, Engine, delete, exists, select, update

from store import schema as s
from store.engine import writing
from store.errors import NameRefused, UnknownCollection
from store.people_rights import renamed

LONGEST = 256  # characters


def collection_name(text: str) -> str:
    """A name for a collection as it is kept: any script; blanks around it go. Raises NameRefused."""
    name = text.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise NameRefused(f"collection {name[:40]!r}: give a name of 1 to {LONGEST} characters that can be seen")
    return name


def encodable(name: str) -> str:
    """The name itself. Raises NameRefused for what a terminal makes of bytes that are no UTF-8: nothing can hold it."""
    if name != name.encode("utf-8", "replace").decode():
        raise NameRefused(f"collection {name!r}: its name is no text in UTF-8: give another one")
    return name


def rename_collection(engine: Engine, before: str, after: str) -> str:
    """Give a collection another name; returns it as it is kept.

    Rights, files in the queue, generations kept beside it, and API keys bound to it follow; documents, chats and
    feedback know their collection by number. A run that is writing to it ends with Superseded. Raises
    UnknownCollection, NameRefused for a name that cannot be seen or is taken.
    """
    after = collection_name(after)
    if after == before:
        return after
    with writing(engine) as connection:
        mine = (s.collection.c.name == before) & ~exists().where(s.generation.c.collection_id == s.collection.c.id)
        number = connection.scalar(select(s.collection.c.id).where(mine))
        if number is None:
            raise UnknownCollection(f"no collection named {before!r}; see: shujia status")
        if connection.scalar(select(exists().where(s.collection.c.name == after))):
            raise NameRefused(f"there is a collection named {after!r} already: choose another name")
        connection.execute(update(s.collection).where(s.collection.c.id == number).values(name=after))
        connection.execute(update(s.generation).where(s.generation.c.name == before).values(name=after))
        # Of a name that nobody bears nothing is left but what waits for it by mistake.
        connection.execute(delete(s.job).where(s.job.c.collection == after))
        connection.execute(update(s.job).where(s.job.c.collection == before).values(collection=after))
        renamed(connection, before, after)
        _keys(connection, before, after)
    return after


def _keys(connection: Connection, before: str, after: str) -> None:
    """Keys that are bound to the old name are bound to the new one; one bound to a name that was free gets nothing."""
    bound = select(s.api_key.c.id, s.api_key.c.collections).where(s.api_key.c.collections.is_not(None))
    for identity, collections in connection.execute(bound).all():
        names = json.loads(collections)
        kept = [after if name == before else name for name in names if name != after]
        if kept == names:
            continue
        values: dict[str, object] = {"collections": json.dumps(kept, ensure_ascii=False)}
        if not kept:  # without a name it would be bound to nothing, which means to everything
            values = {"revoked_at": time.time()}
        connection.execute(update(s.api_key).where(s.api_key.c.id == identity).values(values))
