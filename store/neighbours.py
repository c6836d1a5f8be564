"""Which chunks stand right before and after others in their documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Engine, bindparam, select

from store import schema as s
from store.reading import batches

Beside = tuple[int, int, int]
"""A chunk's key, the key of itself or of the chunk before or after it, and the tokens of that one."""

_KEYS: BindParameter[Any] = bindparam("of_keys", expanding=True)
_mine, _other = s.chunk.alias("mine"), s.chunk.alias("other")
_near = _other.c.key.between(_mine.c.key - 1, _mine.c.key + 1)
# The sums keep SQLite at the keys: by document it would walk all chunks of a long one for each of its chunks.
_same = (_other.c.document_key + 0 == _mine.c.document_key) & (
    _other.c.ordinal - _mine.c.ordinal == _other.c.key - _mine.c.key
)
_BESIDE = (
    select(_mine.c.key, _other.c.key, _other.c.tokens)
    .select_from(_mine.join(_other, _near & _same))
    .where(_mine.c.key.in_(_KEYS))
)


def beside(engine: Engine, keys: Sequence[int]) -> list[Beside]:
    """Each live chunk of ``keys`` with itself and those next to it, in no order.

    The chunks of a document are written together, so their keys follow each other; one that got a key elsewhere is
    passed over.
    """
    with engine.connect() as connection:
        return [
            (key, near_key, tokens)
            for batch in batches(sorted(keys))
            for key, near_key, tokens in connection.execute(_BESIDE, {"of_keys": list(batch)}).all()
        ]
