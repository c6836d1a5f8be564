"""A shelf that can be told that nobody writes to it, for measurements that ask it a hundred thousand times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from store.catalogue import Catalogue
from store.rows import Located
from store.shelf import Shelf


class StillShelf(Shelf):
    """The same collection and the same indexes as ``shelf``.

    A search of the product asks the catalogue three times whether something has changed, and reads its passages anew.
    Inside ``still`` both happen once.
    """

    def __init__(self, catalogue: Catalogue, shelf: Shelf) -> None:
        super().__init__(catalogue, shelf.collection, shelf.folder, shelf.space, shelf.engine)
        self._still_at: int | None = None
        self._located: dict[int, Located] = {}

    @contextmanager
    def still(self) -> Iterator[None]:
        """While the block runs the collection is taken as it stands at its beginning."""
        self._still_at = self.follow()
        try:
            yield
        finally:
            self._still_at = None
            self._located.clear()

    def follow(self, *, publish: bool = False) -> int:
        """Bring both indexes to the catalogue's last change, unless they are held still, and return its number."""
        return super().follow(publish=publish) if self._still_at is None else self._still_at

    def located(self, keys: Sequence[int]) -> dict[int, Located]:
        """Those of ``keys`` that are live, with chunk, title and path."""
        if self._still_at is None:
            return super().located(keys)
        unknown = [key for key in keys if key not in self._located]
        if unknown:
            self._located |= super().located(unknown)
        return {key: self._located[key] for key in keys if key in self._located}
