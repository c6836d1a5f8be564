"""Approximate search for large collections: codes in memory choose candidates, whole vectors on disk rank them.

Scores are therefore exact, and equal vectors are ordered by key; what can be missed is a neighbour that is not among
the candidates. Where few vectors may be returned at all, each is compared and nothing can be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.dense.codes import TRAINED_BY, Codes, Kind, cells_for
from store.dense.halves import Halves, halves, unit
from store.dense.leg import IndexDamaged, Look, best
from store.dense.places import Places
from store.dense.rows import Rows
from store.filters import Allowed
from store.reading import Reader
from store.space import Space

EXACT_UP_TO = 20_000  # vectors that are compared one by one: about as long as codes take for a million
CANDIDATES = 500  # that are ranked by their whole vectors, at least
CANDIDATES_EACH = 10  # … for each hit that is wanted: recall@100 .990; 5 give .965
DEAD_SHARE = 0.25  # empty places at which it is written anew
GROWTH = 4  # times the vectors it was trained for, at which it is trained anew
_BLOCK = 10_000


class CodedBody:
    """Places, rows and codes of one collection. ``train_from`` vectors make codes worth having."""

    def __init__(
        self, kind: Kind, rows: Rows, space: Space | None, places: Places, codes: Codes | None, trained: int
    ) -> None:  # fmt: skip
        self.kind: Kind = kind
        self.rows, self.space, self.places, self.codes, self.trained = rows, space, places, codes, trained
        self._allowed: tuple[bytes, int, NDArray[np.int64]] | None = None

    @classmethod
    def empty(cls, kind: Kind, path: Path, dimension: int, space: Space | None) -> CodedBody:
        """With nothing in it; its rows will be in the file ``path``."""
        return cls(kind, Rows(path, dimension), space, Places(), None, 0)

    def __len__(self) -> int:
        return len(self.places)

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        return np.sort(self.places.at(self.places.live()))

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of keys it holds. Raises IndexDamaged."""
        return self.held(keys)[1]

    def held(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of ``keys`` that it holds, in their order, and their vectors. Raises IndexDamaged."""
        places = self.places.find(np.array(keys, np.int64))
        return self.places.at(places), self._vectors(places)

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget keys; unknown ones are passed over."""
        places = self.places.drop(keys)
        if self.codes is not None:
            self.codes.forget(places)
        self._allowed = None

    def erase(self) -> None:
        """Overwrite what the file of rows still has of deleted vectors. Raises OSError."""
        self.rows.erase(self.places.empty())

    def take(self, read: Reader, keys: Sequence[int]) -> None:
        """Read the vectors of keys it does not hold from the catalogue and hold them."""
        self.fill(halves(read, keys, with_language=self.space is not None), building=not self.places.used)

    def anew(self, path: Path) -> CodedBody:
        """The same vectors without empty places, trained by what is there now. Raises IndexDamaged."""
        made = CodedBody.empty(self.kind, path, self.rows.dimension, self.space)
        made.fill(self._held(), building=True)
        return made

    @property
    def worn(self) -> bool:
        """Whether so much was deleted or added since it was built that it should be built anew."""
        dead = self.places.used - len(self)
        grown = self.codes is not None and len(self) > GROWTH * self.trained
        return dead > max(EXACT_UP_TO // 4, DEAD_SHARE * self.places.used) or grown

    def search(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """The nearest of every look. Raises IndexDamaged."""
        return [self._nearest(query, look.k, look.allowed) for look in looks]

    def _nearest(self, query: NDArray[np.float32], k: int, allowed: Allowed | None) -> list[tuple[int, float]]:
        few = None if allowed is None else self._places_of(allowed)
        total = len(self) if few is None else len(few)
        k = min(k, total)
        if k < 1:
            return []
        if self.codes is None or total <= EXACT_UP_TO:
            return self._ranked(query, self.places.live() if few is None else few, k)
        gaps = self.kind == "hnsw" and len(self) < self.places.used
        bits = self.places.bits(few) if gaps or few is not None else None
        depth, share = max(CANDIDATES, CANDIDATES_EACH * k), len(self) / total
        while True:
            depth = min(depth, total)
            found, near = self.codes.search(query, depth, bits, share)
            hits = self._ranked(query, found, k)
            if len(hits) == k and self._settled(query, found[near <= near[-1]], hits[-1][1]):
                return hits
            if depth == total:
                return self._ranked(query, self.places.live() if few is None else few, k)
            depth, share = 4 * depth, 4 * share

    def _settled(self, query: NDArray[np.float32], last: NDArray[np.int64], border: float) -> bool:
        """Whether the candidates with the last code are worse than the last hit: else equals may stand behind them."""
        return bool((self._vectors(last) @ query).max() < border)

    def _ranked(self, query: NDArray[np.float32], places: NDArray[np.int64], k: int) -> list[tuple[int, float]]:
        places = np.sort(places)
        blocks = [places[start : start + _BLOCK] for start in range(0, len(places), _BLOCK)]
        scores = [self._vectors(block) @ query for block in blocks]
        return best(self.places.at(places), np.concatenate(scores), k) if blocks else []

    def _vectors(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        return unit(*self.rows.take(places, self.places.at(places)), self.space)

    def _places_of(self, allowed: Allowed) -> NDArray[np.int64]:
        kept = self._allowed
        if kept is None or kept[:2] != (allowed.digest, self.places.used):
            kept = self._allowed = (allowed.digest, self.places.used, self.places.find(allowed.keys))
        return kept[2]

    def fill(self, batches: Iterable[Halves], *, building: bool) -> None:
        """Hold batches of keys that it does not hold.

        ``building``: rows go to the file at once, so that memory does not grow with the collection.
        """
        for batch in batches:
            self.rows.append(batch.keys, batch.rows, batch.english)
            self.places.append(batch.keys)
            if building:
                self.rows.spill()
            if self.codes is not None:
                self.codes.add(unit(batch.rows, batch.english, self.space), self.places.used - len(batch.keys))
        if self.codes is None and len(self) > EXACT_UP_TO:
            self._train()

    def _train(self) -> None:
        live = self.places.live()
        wanted = min(len(live), max(10_000, TRAINED_BY * cells_for(len(live))))
        sample = np.sort(np.random.default_rng(0).choice(live, wanted, replace=False))
        codes = Codes.trained(self.kind, self._vectors(sample), len(live))
        for start in range(0, self.places.used, _BLOCK):
            codes.add(self._vectors(np.arange(start, min(start + _BLOCK, self.places.used))), start)
        codes.forget(self.places.empty())
        self.codes, self.trained = codes, len(live)

    def _held(self) -> Iterable[Halves]:
        places = self.places.live()
        places = places[np.argsort(self.places.at(places))]
        for start in range(0, len(places), _BLOCK):
            keys = self.places.at(places[start : start + _BLOCK])
            yield Halves(keys, *self.rows.take(places[start : start + _BLOCK], keys))

    def write(self, out: Callable[[bytes], object]) -> None:
        """Give places and codes to ``out``, a piece at a time; rows are in their own file."""
        for piece in self.places.dump():
            out(piece)
        if self.codes is not None:
            self.codes.write(out)

    @classmethod
    def restore(
        cls, kind: Kind, data: bytes, rows: Rows, space: Space | None, trained: int
    ) -> CodedBody:  # fmt: skip
        """What ``write`` gave. Raises RuntimeError or ValueError for other bytes."""
        places, rest = Places.restore(memoryview(data), len(rows))
        codes = Codes.restore(kind, rest) if len(rest) else None
        wanted = len(rows) if kind == "hnsw" else len(places)
        if codes is not None and len(codes) != wanted:
            raise IndexDamaged(f"{len(codes)} codes, wanted {wanted}")
        return cls(kind, rows, space, places, codes, trained)
