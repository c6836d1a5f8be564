"""Which vectors can be among the nearest, found with certainty by a quarter of the reading: one byte a dimension.

Rows and question are moved to the points of one grid. That moves each by a known distance, so the distance of two
points is that of question and row within the two sums (triangle inequality). The rows whose points are nearest are
compared whole; as soon as the points of all others are too far away for any of them to be as near as the worst hit, the
hits are those that comparing every row gives, to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 127  # of the grid on either side of 0
ROUNDING = 1e-5  # more than float32 can be wrong about a sum of a thousand products of unit vectors
_BLOCK = 2_000  # rows that are moved at a time: what is made of them stays in the processor's cache


class Points:
    """The points of some rows, 1 byte a dimension and row; ``places`` says which rows of ``rows`` they are."""

    def __init__(self, rows: NDArray[np.float32], places: NDArray[np.int64], step: float) -> None:
        import faiss

        self.places, self.step = places, step
        self._longest = self._moved = 0.0  # the longest row, and the longest way from a row to its point
        form: Any = faiss.ScalarQuantizer.QT_8bit_direct  # the stubs know one of the constructors
        self._index: Any = faiss.IndexScalarQuantizer(rows.shape[1], form, faiss.METRIC_L2)
        for start in range(0, len(places), _BLOCK):
            block = rows[places[start : start + _BLOCK]]
            points = self._points(block)
            self._index.add_sa_codes((points + (STEPS + 1)).astype(np.uint8))
            self._longest = max(self._longest, float(np.linalg.norm(block, axis=1).max()))
            self._moved = max(self._moved, float(np.linalg.norm(block - self.step * points, axis=1).max()))

    def nearest(self, query: NDArray[np.float32], depth: int) -> tuple[NDArray[np.int64], float]:
        """The places of the rows whose points are nearest, and what the product of any other with ``query`` is at most.

        That is minus infinity where there is no other.
        """
        if depth >= len(self.places):
            return self.places, -np.inf
        point = self._points(query)
        moved = self._moved + float(np.linalg.norm(query - self.step * point))
        with _one_thread():
            squares, found = self._index.search((point + (STEPS + 1))[None], depth)
        away = max(0.0, self.step * float(np.sqrt(squares[0, -1])) - moved)  # is every other row, at least
        most = (float(query @ query) + self._longest**2 - away**2) / 2
        return self.places[found[0]], most + ROUNDING

    def _points(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The nearest points of the grid, counted in steps from 0; what lies beyond its end moves to the end."""
        points: NDArray[np.float32] = np.clip(np.rint(vectors / np.float32(self.step)), -STEPS, STEPS)
        return points


def step_for(rows: NDArray[np.float32]) -> float:
    """The step of a grid that reaches as far as the rows do."""
    return max(float(rows.max()), -float(rows.min()), 1e-9) / STEPS if len(rows) else 1.0


@contextmanager
def _one_thread() -> Iterator[None]:
    """FAISS compares one question in one thread, and lets the others wait for it at full speed (OpenMP)."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
