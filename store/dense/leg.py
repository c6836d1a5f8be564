"""What a collection asks of whatever finds its nearest vectors: the one port of the dense leg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from store.errors import LibraryUnusable
from store.filters import Allowed
from store.reading import Delta, Reader


class IndexDamaged(LibraryUnusable):
    """An index found out, while it was searched, that it is not what was written: it has to be built anew."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is wanted of the vectors: the ``k`` nearest of the allowed keys, of all where that is None."""

    k: int
    allowed: Allowed | None = None


class DenseLeg(Protocol):
    """Vectors by catalogue key that follow the change log.

    ``sequence`` is the change it stands at, 0 when it is empty; ``published`` the one at which it can be loaded.
    """

    sequence: int
    published: int

    def __len__(self) -> int: ...

    @property
    def there(self) -> bool:
        """Whether something of it was kept: one that then cannot be loaded is damaged, not new."""
        ...

    def apply(self, delta: Delta, read: Reader) -> None:
        """Drop and add what ``delta`` says, and stand at its number. Doing it twice changes nothing."""
        ...

    def clear(self) -> None:
        """Start from nothing, for a rebuild; what was published is withdrawn."""
        ...

    def load(self) -> bool:
        """Take the published state; False when there is none that can be trusted."""
        ...

    def reload(self) -> bool:
        """See what another process did to a state that both share; False when it cannot be trusted any more."""
        ...

    def publish(self) -> None:
        """Keep the state, so that the next process loads it, or the one before it, whenever the machine stops."""
        ...

    def drop(self) -> None:
        """Remove everything that this index keeps outside of its folder: the collection is being deleted."""
        ...

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        ...

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors it compares for keys it holds, ascending: float32 of shape (n, dimension), for fsck.

        Raises IndexDamaged.
        """
        ...

    def held(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """Those of ``keys``, ascending, that it holds, and their vectors; None where a server would have to be asked.

        Raises IndexDamaged.
        """
        ...

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:  # fmt: skip
        """The ``k`` nearest (key, cosine), sorted by (-cosine, key), of the allowed keys, of all where that is None.

        ``query`` is a unit vector of shape (dimension,). Raises ValueError for another shape and for NaN, IndexDamaged.
        """
        ...

    def searches(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """What ``search`` gives for each look; an index that compares every vector does so once for all of them."""
        ...


def check_query(query: NDArray[np.float32], dimension: int) -> None:
    """Raise ValueError for a query that no engine may see: FAISS answers NaN with nothing, in silence."""
    if query.shape != (dimension,):
        raise ValueError(f"the query has shape {query.shape}, this index has {dimension} dimensions")
    if not np.isfinite(query).all():
        raise ValueError("the query vector holds NaN or infinity: the embedder failed")


def best(keys: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """The ``k`` best (key, score), sorted by (-score, key)."""
    if k < 1:
        return []
    if len(keys) > k:
        border = np.partition(scores, len(scores) - k)[len(scores) - k]
        kept = scores >= border
        keys, scores = keys[kept], scores[kept]
    order = np.lexsort((keys, -scores))[:k]
    return list(zip(keys[order].tolist(), scores[order].tolist(), strict=True))
