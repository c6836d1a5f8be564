"""What a search reads of the chunks it has found. Statements are built once: building one takes longer than running it.

Sums keep SQLite from walking all of a collection (50 ms of 100,000) for chunks whose keys are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Engine, bindparam, func, select

from store import schema as s
from store.rows import Collection, Located, to_located

_COLLECTION: BindParameter[Any] = bindparam("of_collection")
_KEYS: BindParameter[Any] = bindparam("of_keys", expanding=True)
_MINE = (s.chunk.c.collection_id + 0 == _COLLECTION) & s.chunk.c.key.in_(_KEYS)
_PATH = select(func.min(s.source.c.path)).where(s.source.c.document_key == s.document.c.key).scalar_subquery()
_COLUMNS: list[Any] = [s.chunk, s.document.c.id.label("document_id"), s.document.c.title, _PATH.label("path")]
_LOCATED = (
    select(*_COLUMNS).select_from(s.chunk.join(s.document, s.chunk.c.document_key == s.document.c.key)).where(_MINE)
)
_WORDS = select(s.chunk.c.key, s.chunk.c.text).where(_MINE)


def located(engine: Engine, collection: Collection, keys: Sequence[int]) -> dict[int, Located]:
    """The live ones among ``keys`` with their chunks, titles and paths.

    Raises LibraryUnusable when a text is not the one that was committed: SQLite has no checksums of its own.
    """
    with engine.connect() as connection:
        rows = connection.execute(_LOCATED, {"of_collection": collection.id, "of_keys": list(keys)}).mappings().all()
        return {row["key"]: to_located(row) for row in rows}


def words(engine: Engine, collection: Collection, keys: Sequence[int]) -> dict[int, str]:
    """The texts of the live ones among ``keys``, unchecked: to look at, not to show."""
    with engine.connect() as connection:
        rows = connection.execute(_WORDS, {"of_collection": collection.id, "of_keys": list(keys)}).all()
        return {key: text for key, text in rows}
