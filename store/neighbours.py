"""Which chunks stand right before and after others in their documents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, select

from store import schema as s
from store.reading import batches

Beside = tuple[int, int, int]
"""A chunk's key, the key of itself or of the chunk before or after it, and the tokens of that one."""


def beside(engine: Engine, keys: Sequence[int]) -> list[Beside]:
    """Each live chunk of ``keys`` with itself and those next to it, in no order.

    The chunks of a document are written together, so their keys follow each other; one that got a key elsewhere is
    passed over.
    """
    mine, other = s.chunk.alias("mine"), s.chunk.alias("other")
    near = other.c.key.between(mine.c.key - 1, mine.c.key + 1)
    # The sums keep SQLite at the keys: by document it would walk all chunks of a long one for each of its chunks.
    same = (other.c.document_key + 0 == mine.c.document_key) & (
        other.c.ordinal - mine.c.ordinal == other.c.key - mine.c.key
    )
    query = select(mine.c.key, other.c.key, other.c.tokens).select_from(mine.join(other, near & same))
    with engine.connect() as connection:
        return [
            (key, near_key, tokens)
            for batch in batches(sorted(keys))
            for key, near_key, tokens in connection.execute(query.where(mine.c.key.in_(batch)))
        ]
