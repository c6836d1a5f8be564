"""Which chunks stand right before and after others in their documents.

Where many searches are made between two changes, the catalogue is read once for all chunks: their documents, places and
tokens take 24 bytes each.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, Engine, bindparam, select

from store import schema as s
from store.reading import Reader, batches

Beside = tuple[int, int, int]
"""A chunk's key, the key of itself or of the chunk before or after it, and the tokens of that one."""

PAID = 200  # searches that read as long in the catalogue as all its chunks take

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


@dataclass(frozen=True, slots=True)
class Rows:
    """All chunks of a collection as they stood at a change, by key, ascending."""

    sequence: int
    keys: NDArray[np.int64]
    documents: NDArray[np.int64]
    ordinals: NDArray[np.int32]
    tokens: NDArray[np.int32]

    def beside(self, keys: Sequence[int]) -> list[Beside]:
        """What ``beside`` finds in the catalogue."""
        wanted = np.array(sorted(keys), np.int64)
        mine = np.searchsorted(self.keys, wanted)
        known = mine < len(self.keys)
        known[known] = self.keys[mine[known]] == wanted[known]
        mine = mine[known]
        found: list[Beside] = []
        for step in (-1, 0, 1):
            other = np.clip(mine + step, 0, len(self.keys) - 1)
            near = self.keys[other] - self.keys[mine] == step
            near &= self.ordinals[other] - self.ordinals[mine] == step
            near &= self.documents[other] == self.documents[mine]
            columns = self.keys[mine[near]], self.keys[other[near]], self.tokens[other[near]]
            found += zip(*(column.tolist() for column in columns), strict=True)
        return found


class Neighbours:
    """The same question, asked often. Safe for several threads."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._asked = (0, 0)  # the change that was searched last, and how often
        self._rows: Rows | None = None
        self._lock = threading.Lock()

    def beside(self, keys: Sequence[int], sequence: int) -> list[Beside]:
        """Each chunk of ``keys`` that is live at ``sequence`` with itself and those next to it."""
        rows = self._rows
        if rows is None or rows.sequence != sequence:
            rows = self._paid(sequence)
        return beside(self._read.engine, keys) if rows is None else rows.beside(keys)

    def _paid(self, sequence: int) -> Rows | None:
        """All chunks, as soon as so many searches have read their own; None before."""
        with self._lock:
            before, count = self._asked
            self._asked = (sequence, count + 1 if before == sequence else 1)
            if self._asked[1] < PAID:
                return None
            self._asked = (sequence, 0)
        self._rows = rows = _all(self._read, sequence)
        return rows


def _all(read: Reader, sequence: int) -> Rows:
    c = s.chunk.c
    # The sum lets SQLite read the table as it lies there: .15 s for 100,000 chunks, .4 s by the collection's index.
    query = select(c.key, c.document_key, c.ordinal, c.tokens).where(c.collection_id + 0 == read.collection.id)
    with read.engine.connect() as connection:
        found = connection.execute(query.order_by(c.key)).all()
    columns = zip(*found, strict=True) if found else ((), (), (), ())
    keys, documents, ordinals, tokens = (np.array(column, np.int64) for column in columns)
    return Rows(sequence, keys, documents, ordinals.astype(np.int32), tokens.astype(np.int32))
