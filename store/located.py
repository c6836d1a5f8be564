"""What a search reads of the chunks it has found. Statements are built once: building one takes longer than running it.

A statement has room for a fixed number of keys, and places that are left over repeat a key: a list that grows and
shrinks is written into it anew every time, which takes a fifth of the reading.
Sums keep SQLite from walking all of a collection (50 ms of 100,000) for chunks whose keys are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Engine, RowMapping, Select, bindparam, func, select

from store import schema as s
from store.rows import Collection, Located, to_located

ROOM = 16  # keys, or twice, four times … as many
MOST = 8_192  # keys in a statement: below SQLite's limit of 32,766 variables

_COLLECTION: BindParameter[Any] = bindparam("of_collection")
_PATH = select(func.min(s.source.c.path)).where(s.source.c.document_key == s.document.c.key).scalar_subquery()
_COLUMNS: list[Any] = [s.chunk, s.document.c.id.label("document_id"), s.document.c.title, _PATH.label("path")]
_LOCATED = select(*_COLUMNS).select_from(s.chunk.join(s.document, s.chunk.c.document_key == s.document.c.key))
_WORDS = select(s.chunk.c.key, s.chunk.c.text)


def located(engine: Engine, collection: Collection, keys: Sequence[int]) -> dict[int, Located]:
    """The live ones among ``keys`` with their chunks, titles and paths.

    Raises LibraryUnusable when a text is not the one that was committed: SQLite has no checksums of its own.
    """
    return {row["key"]: to_located(row) for row in _found(engine, _LOCATED, collection, keys)}


def words(engine: Engine, collection: Collection, keys: Sequence[int]) -> dict[int, str]:
    """The texts of the live ones among ``keys``, unchecked: to look at, not to show."""
    return {row["key"]: row["text"] for row in _found(engine, _WORDS, collection, keys)}


def _found(engine: Engine, query: Select[Any], collection: Collection, keys: Sequence[int]) -> Iterator[RowMapping]:
    with engine.connect() as connection:
        for start in range(0, len(keys), MOST):
            batch = keys[start : start + MOST]
            room = ROOM
            while room < len(batch):
                room *= 2
            asked = {"of_collection": collection.id} | {_name(place): batch[0] for place in range(room)}
            asked |= {_name(place): key for place, key in enumerate(batch)}
            yield from connection.execute(_with_room(query, room), asked).mappings().all()


@lru_cache(maxsize=32)
def _with_room(query: Select[Any], room: int) -> Select[Any]:
    keys: list[BindParameter[Any]] = [bindparam(_name(place)) for place in range(room)]
    return query.where((s.chunk.c.collection_id + 0 == _COLLECTION) & s.chunk.c.key.in_(keys))


def _name(place: int) -> str:
    return f"key_{place}"
