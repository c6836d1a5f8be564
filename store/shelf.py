"""ENTRY of the store: one collection opened for use, its catalogue and the two indexes that follow it.

follow:  catalogue's change log → drop and add in both indexes → publish → both stand at the same number
search:  follow, ask one index, keep only what the catalogue says is live
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from store.catalogue import Catalogue
from store.check import disagreements
from store.dense_index import DenseIndex
from store.keyword_index import KeywordIndex
from store.reading import Reader
from store.rows import Collection, Located

# The dense file is written whole, so small changes wait in memory: they are read again from the catalogue on opening,
# 13 µs each. Past this share of the index (or this many) the file is written.
PUBLISH_SHARE = 0.05
PUBLISH_CHANGES = 500
log = logging.getLogger(__name__)


class Shelf:
    """A collection's documents, searchable. Safe to use from several threads and several processes."""

    def __init__(self, catalogue: Catalogue, collection: Collection, folder: Path) -> None:
        """``folder`` holds the collection's index files; it is made when missing."""
        self.collection = collection
        self.read = Reader(catalogue.engine, collection)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._dense = DenseIndex(folder, embedder=collection.embedder, dimension=collection.dimension)
        self._keyword = KeywordIndex(folder)
        self._opened = False
        self._lock = threading.RLock()
        self._process_lock = FileLock(folder / "lock", thread_local=False)

    def follow(self, *, publish: bool = False) -> int:
        """Bring both indexes to the catalogue's last change and return its number.

        ``publish`` writes the dense file even for a small change.
        """
        with self._lock:
            head = self.read.sequence()
            if self._opened and self._dense.sequence == self._keyword.sequence == head and not publish:
                return head
            with self._process_lock:
                self._open()
                self._follow(self._keyword)
                self._follow(self._dense)
                waiting = self._dense.sequence - self._dense.published
                if waiting and (publish or waiting > max(PUBLISH_CHANGES, PUBLISH_SHARE * len(self._dense))):
                    self._dense.publish()
            return self._dense.sequence

    def rebuild(self) -> None:
        """Throw both indexes away and build them from the catalogue."""
        with self._lock, self._process_lock:
            self._opened = True
            for index in (self._dense, self._keyword):
                index.clear()
                self._follow(index)
            self._dense.publish()

    def search_dense(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """The ``k`` nearest chunks: (key, cosine), best first. ``vector`` is a unit row of shape (dimension,)."""
        self.follow()
        return self._dense.search(vector, k)

    def search_keyword(self, text: str, k: int) -> list[tuple[int, float]]:
        """The ``k`` best chunks that share a term with ``text``: (key, BM25), best first."""
        self.follow()
        return self._keyword.search(text, k)

    def keyword_mass(self, text: str) -> float:
        """What a chunk that holds every term of ``text`` once would score in the keyword index."""
        self.follow()
        return self._keyword.mass(text)

    def located(self, keys: Sequence[int]) -> dict[int, Located]:
        """Those of ``keys`` that the catalogue says are live, with chunk, title and path."""
        return self.read.located(keys)

    def disagreements(self) -> list[str]:
        """What is wrong with this collection, as sentences; empty when catalogue and both indexes agree."""
        with self._lock:
            self.follow()
            return disagreements(self.read, dense=self._dense, keyword=self._keyword)

    def _open(self) -> None:
        """Read from disk what is newer than what is in memory; what cannot be trusted starts from nothing."""
        if not self._opened:
            if not self._dense.load():
                self._dense.clear()
            if not self._keyword.load():
                self._keyword.clear()
            self._opened = True
        elif not self._keyword.reload():
            self._keyword.clear()

    def _follow(self, index: DenseIndex | KeywordIndex) -> None:
        if index.sequence > self.read.sequence():
            log.warning("%s is ahead of the catalogue (a restored backup?): it is rebuilt", index)
            index.clear()
        delta = self.read.delta(index.sequence)
        if delta.sequence != index.sequence:
            index.apply(delta, self.read)
        # Counts are compared only while nobody commits; whoever commits next comes through here again.
        if len(index) != delta.chunks and index.sequence == self.read.sequence():
            log.warning("%s holds %d chunks, the catalogue %d: it is rebuilt", index, len(index), delta.chunks)
            index.clear()
            index.apply(self.read.delta(0), self.read)
