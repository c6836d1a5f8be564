"""Exact search: every vector in memory, compared with the question one by one (FAISS's IndexFlatIP and its kernels).

The kernels are called by themselves, because a search of a mixed library wants two rankings of one comparison: the best
of all passages, and those of the other language. Where many questions are asked between two changes, points of a coarse
grid say which vectors need not be compared (store.dense.bytewise); what is found is the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.dense.bytewise import Points, step_for
from store.dense.halves import BATCH
from store.dense.leg import Look, best
from store.filters import Allowed
from store.reading import Reader
from store.space import Space

KEPT = 4  # sets of allowed keys whose places are remembered
MANY = 20_000  # vectors from which points are worth having; so many are compared in 2 ms
PAID = 25  # comparisons of all vectors that take as long as making their points
FAILED = 1_000  # comparisons after which points are tried again that did not tell
DEPTH = 5  # points looked at for each hit that is wanted: enough for nearly every question of e5's vectors
DEEPEST = 0.1  # share of the vectors from which comparing all of them is as quick


class FlatBody:
    """4 bytes a dimension and vector."""

    kind = "flat"

    def __init__(self, dimension: int, space: Space | None, index: Any = None) -> None:
        import faiss

        self.dimension, self.space = dimension, space
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)) if index is None else index
        self._by_place: NDArray[np.int64] | None = None  # the keys by place, and the places by key; None after a change
        self._order: NDArray[np.int64] | None = None
        self._allowed: dict[bytes, NDArray[np.int64]] = {}  # the places of the keys that a filter lets through
        self._points: dict[bytes, Points] = {}  # parts of all vectors, by the digest of their keys
        self._compared = 0  # times that all vectors were compared since the last change or the making of points

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget keys; unknown ones are passed over."""
        if len(keys) and len(self):
            self._changed()
            self._index.remove_ids(keys)

    def take(self, read: Reader, keys: Sequence[int]) -> None:
        """Read the vectors of keys it does not hold from the catalogue and hold them."""
        self._changed()
        for start in range(0, len(keys), BATCH):
            found, vectors = read.vectors(keys[start : start + BATCH])
            if self.space is not None:
                vectors = self.space.passages(vectors, read.written_in(found.tolist()))
            if len(found):
                self._index.add_with_ids(vectors, found)

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        return np.sort(self._keys())

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of keys it holds."""
        return self.held(keys)[1]

    def held(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of ``keys`` that it holds, in their order, and their vectors."""
        places = self._places(np.array(keys, np.int64))
        return self._keys()[places], self._rows()[places]

    def search(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """The nearest of every look; vectors that more than one of them wants are compared once."""
        query, held = np.ascontiguousarray(query, np.float32), self._keys()
        if (near := self._near(query, looks)) is not None:
            return near
        compared = any(look.allowed is None for look in looks)
        whole = self._cosines(query) if compared else np.empty(0, np.float32)
        found = []
        for look in looks:
            if look.allowed is None:
                found.append(best(held, whole, look.k))
                continue
            places = self._places_of(look.allowed)
            found.append(best(held[places], whole[places] if compared else self._cosines(query, places), look.k))
        if compared:
            self._pay(looks)
        return found

    def _near(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]] | None:
        """What ``search`` gives, by points; None where they do not tell."""
        allowed = {look.allowed.digest for look in looks if look.allowed is not None}
        if not self._points or not allowed <= self._points.keys():
            return None
        parts = allowed if all(look.allowed is not None for look in looks) else self._points.keys()
        held, depth = self._keys(), DEPTH * max(1, max(look.k for look in looks))
        while depth <= DEEPEST * len(self):
            compared = {}
            for part in parts:
                places, most = self._points[part].nearest(query, depth)
                compared[part] = (held[places], self._cosines(query, places), most)
            hits = []
            for look in looks:
                mine = [compared[part] for part in parts if look.allowed is None or look.allowed.digest == part]
                found = best(np.concatenate([one[0] for one in mine]), np.concatenate([one[1] for one in mine]), look.k)
                if found and found[-1][1] <= max(one[2] for one in mine):
                    break  # one that was not compared may be nearer than the last hit, or as near
                hits.append(found)
            else:
                return hits
            depth *= 4
        self._points, self._compared = {}, -FAILED  # these vectors stand too close together
        return None

    def _pay(self, looks: Sequence[Look]) -> None:
        """Make points as soon as comparing has cost as much; parted, so that each look is at a part or at all."""
        self._compared += 1
        if self._compared < PAID or len(self) < MANY:
            return
        # Questions that are about other parts by turns would have points made over and over.
        self._compared, self._points = -FAILED if self._points else 0, {}
        allowed = next((look.allowed for look in looks if look.allowed is not None), Allowed(self.keys()))
        others = Allowed(np.setdiff1d(self.keys(), allowed.keys, assume_unique=True))
        rows = self._rows()
        step = step_for(rows)
        for part in (allowed, others):
            if len(places := self._places(part.keys)):
                self._points[part.digest] = Points(rows, places, step)

    def _cosines(self, query: NDArray[np.float32], places: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """The inner product of the question with each vector, or with those at ``places``."""
        import faiss

        kernels: Any = faiss  # the stubs do not know them
        found = np.empty(len(self) if places is None else len(places), np.float32)
        if not len(found):
            return found
        out, asked, rows = (kernels.swig_ptr(one) for one in (found, query, self._rows()))
        if places is None:
            kernels.fvec_inner_products_ny(out, asked, rows, self.dimension, len(found))
        else:
            ids = kernels.swig_ptr(places)
            kernels.fvec_inner_products_by_idx(out, asked, rows, ids, self.dimension, 1, len(found))
        return found

    def _keys(self) -> NDArray[np.int64]:
        """The keys by place."""
        import faiss

        if self._by_place is None:
            self._by_place = faiss.vector_to_array(self._index.id_map).astype(np.int64)
        return self._by_place

    def _rows(self) -> NDArray[np.float32]:
        """The vectors by place, as they lie in the index: only good until it changes."""
        import faiss

        if not len(self):
            return np.empty((0, self.dimension), np.float32)
        inner: Any = faiss.downcast_index(self._index.index)
        rows: NDArray[np.float32] = faiss.rev_swig_ptr(inner.get_xb(), len(self) * self.dimension)
        return rows.reshape(len(self), self.dimension)

    def _places_of(self, allowed: Allowed) -> NDArray[np.int64]:
        places = self._allowed.get(allowed.digest)
        if places is None:
            places = self._places(allowed.keys)
            # Questions of both languages take turns, and each looks among the passages of the other one.
            self._allowed = dict([*self._allowed.items()][1 - KEPT :]) | {allowed.digest: places}
        return places

    def _places(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of those of ``keys`` that it holds, in their order."""
        held = self._keys()
        if not len(held) or not len(keys):
            return np.empty(0, np.int64)
        if self._order is None:
            self._order = np.argsort(held, kind="stable")
        near = self._order[np.minimum(np.searchsorted(held, keys, sorter=self._order), len(held) - 1)]
        found: NDArray[np.int64] = near[held[near] == keys]
        return found

    def _changed(self) -> None:
        self._by_place = self._order = None
        self._allowed, self._points, self._compared = {}, {}, 0

    def write(self, out: Callable[[bytes], object]) -> None:
        """Give everything it holds to ``out``, a piece at a time: as one piece it would be held three times over."""
        import faiss

        writers: Any = faiss  # the stubs do not know it
        faiss.write_index(self._index, writers.PyCallbackIOWriter(out))

    @classmethod
    def restore(cls, data: bytes, dimension: int, space: Space | None) -> FlatBody:
        """What ``write`` gave. Raises RuntimeError for bytes that are no index."""
        import faiss

        return cls(dimension, space, faiss.deserialize_index(np.frombuffer(data, np.uint8)))
