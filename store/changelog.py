"""The change log folded: what every index of this library has applied need not be told again.

The last change of a collection always stays, so that its number does. An index that stands before the oldest change
that is kept cannot follow any more and is read again from disk, or rebuilt from the catalogue.
"""

from __future__ import annotations

from sqlalchemy import Engine, delete, func, select

from store import schema as s
from store.engine import writing
from store.rows import Collection

FOLD_FROM = 10_000  # changes that may be folded before it is worth a transaction
_BATCH = 50_000  # changes a transaction: others want to write too


def fold(engine: Engine, collection: Collection, applied: int) -> int:
    """Delete the changes before number ``applied``, which every index has on disk; returns how many went.

    Nothing happens below FOLD_FROM of them. The oldest go first, so that a stop half way leaves a log without gaps.
    """
    mine = s.change.c.collection_id == collection.id
    with engine.connect() as connection:
        upto = connection.scalar(select(func.max(s.change.c.sequence)).where(mine, s.change.c.sequence <= applied))
        if upto is None:
            return 0
        old = mine & (s.change.c.sequence < upto)
        count = connection.scalar(select(func.count()).select_from(s.change).where(old)) or 0
    if count < FOLD_FROM:
        return 0
    gone = 0
    while gone < count:
        oldest = select(s.change.c.sequence).where(old).order_by(s.change.c.sequence).limit(_BATCH)
        with writing(engine) as connection:
            done = connection.execute(delete(s.change).where(s.change.c.sequence.in_(oldest))).rowcount
        if not done:
            break
        gone += done
    return gone
