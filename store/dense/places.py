"""Which key stands at which place of an index that only grows: a deleted key leaves its place empty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Places:
    """Keys by place; places are given out from 0 and never twice."""

    def __init__(self, keys: NDArray[np.int64] | None = None, live: NDArray[np.bool_] | None = None) -> None:
        self._keys = np.empty(0, np.int64) if keys is None else keys
        self._live = np.empty(0, np.bool_) if live is None else live
        self._used = len(self._keys)
        self._count = int(self._live.sum())
        self._ascending = bool((np.diff(self._keys) > 0).all())
        self._order: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """How many places are held by a key."""
        return self._count

    @property
    def used(self) -> int:
        """How many places were given out, empty ones included."""
        return self._used

    def append(self, keys: NDArray[np.int64]) -> None:
        """Give the next places to keys, ascending, that hold none."""
        if not len(keys):
            return
        self._ascending = self._ascending and (not self._used or bool(self._keys[self._used - 1] < keys[0]))
        end = self._used + len(keys)
        if end > len(self._keys):
            room = max(end, 3 * len(self._keys) // 2)
            self._keys, self._live = np.resize(self._keys, room), np.resize(self._live, room)
        self._keys[self._used : end], self._live[self._used : end] = keys, True
        self._used, self._count, self._order = end, self._count + len(keys), None

    def drop(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Empty the places of keys and return them; unknown keys are passed over."""
        places = np.unique(self.find(keys))
        if len(places):
            self._live[places] = False
            self._count, self._order = self._count - len(places), None
        return places

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of those of ``keys`` that hold one, in their order."""
        mine = self._keys[: self._used]
        if not len(mine) or not len(keys):
            return np.empty(0, np.int64)
        if self._ascending:  # the usual case: the catalogue gives out growing keys
            places = np.minimum(np.searchsorted(mine, keys), len(mine) - 1)
        else:
            if self._order is None:
                live = self.live()
                self._order = live[np.argsort(mine[live])]
            if not len(self._order):
                return np.empty(0, np.int64)
            near = np.searchsorted(mine[self._order], keys)
            places = self._order[np.minimum(near, len(self._order) - 1)]
        found: NDArray[np.int64] = places[(mine[places] == keys) & self._live[places]]
        return found

    def at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The keys at places."""
        return self._keys[places]

    def live(self) -> NDArray[np.int64]:
        """The places that are held, ascending."""
        return np.flatnonzero(self._live[: self._used])

    def empty(self) -> NDArray[np.int64]:
        """The places that were given out and are not held any more, ascending."""
        return np.flatnonzero(~self._live[: self._used])

    def bits(self, places: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
        """One bit a place, the lowest of a byte first: whether it is held, or one of ``places``."""
        flags = self._live[: self._used]
        if places is not None:
            flags = np.zeros(self._used, np.bool_)
            flags[places] = True
        return np.packbits(flags, bitorder="little")

    def dump(self) -> list[bytes]:
        """Keys, then bits."""
        return [self._keys[: self._used].astype("<i8").tobytes(), self.bits().tobytes()]

    @classmethod
    def restore(cls, data: memoryview, used: int) -> tuple[Places, memoryview]:
        """What ``dump`` gave, and the bytes behind it."""
        end = 8 * used + (used + 7) // 8
        keys = np.frombuffer(data[: 8 * used], "<i8").astype(np.int64)
        live = np.unpackbits(np.frombuffer(data[8 * used : end], np.uint8), count=used, bitorder="little")
        return cls(keys, live.astype(np.bool_)), data[end:]
