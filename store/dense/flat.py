"""Exact search: every vector in memory, compared with the question one by one (FAISS IndexFlatIP)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.dense.halves import BATCH
from store.filters import Allowed
from store.reading import Reader
from store.space import Space


class FlatBody:
    """4 bytes a dimension and vector."""

    kind = "flat"

    def __init__(self, dimension: int, space: Space | None, index: Any = None) -> None:
        import faiss

        self.dimension, self.space = dimension, space
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)) if index is None else index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget keys; unknown ones are passed over."""
        if len(keys) and len(self):
            self._index.remove_ids(keys)

    def take(self, read: Reader, keys: Sequence[int]) -> None:
        """Read the vectors of keys it does not hold from the catalogue and hold them."""
        for start in range(0, len(keys), BATCH):
            found, vectors = read.vectors(keys[start : start + BATCH])
            if self.space is not None:
                vectors = self.space.passages(vectors, read.written_in(found.tolist()))
            if len(found):
                self._index.add_with_ids(vectors, found)

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        import faiss

        return np.sort(faiss.vector_to_array(self._index.id_map)).astype(np.int64)

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of keys it holds."""
        rows = [self._index.reconstruct(int(key)) for key in keys]
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)

    def search(self, query: NDArray[np.float32], k: int, allowed: Allowed | None) -> list[tuple[int, float]]:
        """The ``k`` nearest of the allowed keys."""
        most = len(self) if allowed is None else min(len(self), len(allowed))
        k = min(k, most)
        if k < 1:
            return []
        depth = k
        options = None if allowed is None else _only(allowed)
        # FAISS keeps any of several equal scores at the border; ours are those with the smallest keys.
        while True:
            depth = min(2 * depth, most) if depth > k else min(k + 1, most)
            scores, keys = self._index.search(np.ascontiguousarray(query[None], np.float32), depth, params=options)
            if depth == most or scores[0][-1] < scores[0][k - 1]:
                break
        # Key -1 fills the places where fewer were found: an allowed chunk that this index does not hold yet.
        found = (hit for hit in zip(keys[0].tolist(), scores[0].tolist(), strict=True) if hit[0] >= 0)
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def dump(self) -> NDArray[np.uint8]:
        """Everything it holds, as bytes."""
        import faiss

        data: NDArray[np.uint8] = faiss.serialize_index(self._index)
        return data

    @classmethod
    def restore(cls, data: bytes, dimension: int, space: Space | None) -> FlatBody:
        """What ``dump`` gave. Raises RuntimeError for bytes that are no index."""
        import faiss

        return cls(dimension, space, faiss.deserialize_index(np.frombuffer(data, np.uint8)))


def _only(allowed: Allowed) -> Any:
    import faiss

    # The stubs do not know what FAISS's own wrappers take: an array, and fields by name.
    wrapped: Any = faiss
    return wrapped.SearchParameters(sel=wrapped.IDSelectorBitmap(allowed.bits))
