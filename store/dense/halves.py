"""Vectors exactly as the catalogue keeps them, float16, in batches: what an approximate index re-ranks by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from store import schema as s
from store.reading import Reader
from store.rows import VECTOR_DTYPE
from store.space import Space

BATCH = 10_000  # vectors that are read at a time: 15 MB at 384 dimensions
ENGLISH = 1


@dataclass(frozen=True, slots=True)
class Halves:
    """Some vectors: keys ascending, float16 rows of shape (n, dimension), and 1 for each English text, else 0."""

    keys: NDArray[np.int64]
    rows: NDArray[np.float16]
    english: NDArray[np.uint8]


def halves(read: Reader, keys: Sequence[int], *, with_language: bool) -> Iterator[Halves]:
    """The live ones among ``keys``; without ``with_language`` no text is looked at and ``english`` is 0."""
    c = s.chunk.c
    joined = s.chunk.join(s.vector, c.text_id == s.vector.c.text_id)
    # The sum keeps SQLite from walking all of the collection for the chunks of a batch.
    mine = (c.collection_id + 0 == read.collection.id) & (s.vector.c.embedder == read.collection.embedder)
    query = select(c.key, s.vector.c.data).select_from(joined).where(mine).order_by(c.key)
    wanted = sorted(keys)
    for start in range(0, len(wanted), BATCH):
        with read.engine.connect() as connection:
            found = connection.execute(query.where(c.key.in_(wanted[start : start + BATCH]))).all()
        if not found:
            continue
        live = [key for key, _ in found]
        rows = np.frombuffer(b"".join(data for _, data in found), VECTOR_DTYPE)
        english = np.zeros(len(live), np.uint8)
        if with_language:
            english[:] = [ENGLISH if language == "en" else 0 for language in read.written_in(live)]
        yield Halves(np.array(live, np.int64), rows.reshape(len(live), read.collection.dimension), english)


def unit(rows: NDArray[np.float16], english: NDArray[np.uint8], space: Space | None) -> NDArray[np.float32]:
    """The vectors that are compared: as ``store.rows.unpack_vectors`` makes them, then brought to the space."""
    vectors = rows.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    norms[norms == 0] = 1.0
    vectors /= norms
    if space is not None and len(vectors):
        vectors = space.passages(vectors, ["en" if each else "zh" for each in english.tolist()])
    return vectors
