"""Vectors by place, float16: in one file that only grows, and in memory what has not been written yet.

The file is mapped, so a search reads from disk the few rows that it compares. Every row has a checksum that is compared
whenever the row is read. Who publishes the index appends; rows beyond the published count are rubbish of a run that was
stopped and are overwritten.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.dense.leg import IndexDamaged

ERASED = 0xFFFFFFFF  # in place of the language: the row was deleted and nothing of its vector is left


class Rows:
    """``len`` rows of ``dimension`` float16; the place of a row is the order in which it came, from 0."""

    def __init__(self, path: Path, dimension: int, count: int = 0) -> None:
        """The first ``count`` rows are those of the file. Raises ValueError where it is too short, OSError."""
        self.path, self.dimension = path, dimension
        self._form = np.dtype([("sum", "<u4"), ("english", "<u4"), ("half", "<f2", (dimension,))])
        self._weights = _weights(dimension)
        self._written = count
        self._tail: list[NDArray[Any]] = []
        self._file = self._map()

    def __len__(self) -> int:
        return self._written + sum(map(len, self._tail))

    @property
    def reachable(self) -> bool:
        """Whether the file is still there under its name; what is mapped can be read without."""
        return not self._written or self.path.exists()

    def append(self, keys: NDArray[np.int64], rows: NDArray[np.float16], english: NDArray[np.uint8]) -> None:
        """Put rows behind the others, in memory for now."""
        records = np.empty(len(rows), self._form)
        records["half"], records["english"] = rows, english
        records["sum"] = self._sums(records, keys)
        self._tail.append(records)

    def take(
        self, places: NDArray[np.int64], keys: NDArray[np.int64]
    ) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:  # fmt: skip
        """The rows at ``places`` and whether each is English. Raises IndexDamaged when one is not that of its key."""
        records = np.empty(len(places), self._form)
        written = places < self._written
        records[written] = self._file[places[written]]
        if not written.all():
            if len(self._tail) > 1:
                self._tail = [np.concatenate(self._tail)]
            records[~written] = self._tail[0][places[~written] - self._written]
        erased = records["english"] == ERASED
        wrong = np.flatnonzero((records["sum"] != self._sums(records, keys)) & ~erased)
        if len(wrong):
            raise IndexDamaged(f"{self.path} is damaged: row {int(places[wrong[0]])} is not the one that was written")
        return records["half"], (records["english"] == 1).astype(np.uint8)

    def erase(self, places: NDArray[np.int64]) -> None:
        """Overwrite rows of the file; they read as zeros from now on. Raises OSError."""
        places = places[places < self._written]
        places = places[self._file["english"][places] != ERASED]
        if not len(places):
            return
        nothing = np.zeros(1, self._form)
        nothing["english"] = ERASED
        with self.path.open("r+b") as file:
            for place in places.tolist():
                file.seek(place * self._form.itemsize)
                file.write(nothing.tobytes())
            file.flush()
            os.fsync(file.fileno())

    def spill(self) -> None:
        """Write what is in memory behind the rows of the file and make it durable. Raises OSError."""
        if self._tail:
            with self.path.open("r+b" if self._written else "wb") as file:
                file.seek(self._written * self._form.itemsize)
                for records in self._tail:
                    file.write(records.tobytes())
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
            self._written, self._tail = len(self), []
            self._file = self._map()

    def _map(self) -> NDArray[Any]:
        if not self._written:
            return np.empty(0, self._form)
        return np.memmap(self.path, self._form, "r", shape=(self._written,))

    def _sums(self, records: NDArray[Any], keys: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Multilinear hashing modulo 2³² (Carter & Wegman 1979, Universal Classes of Hash Functions).

        The weights are odd, so that no single changed bit goes unnoticed.
        """
        words = np.ascontiguousarray(records["half"]).view(np.uint16)
        sums: NDArray[np.uint32] = (words * self._weights[:-2]).sum(axis=1, dtype=np.uint32)
        sums += records["english"] * self._weights[-2] + keys.astype(np.uint32) * self._weights[-1]
        return sums


def _weights(dimension: int) -> NDArray[np.uint32]:
    drawn = np.random.default_rng(2011).integers(0, 2**32, dimension + 2, dtype=np.uint32)
    return drawn | np.uint32(1)
