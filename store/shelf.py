"""ENTRY of the store: one collection opened for use, its catalogue and the two indexes that follow it.

follow:  catalogue's change log → drop and add in both indexes → publish → both stand at the same number
search:  follow, ask one index, keep only what the catalogue says is live

The dense index is FAISS or Milvus (``store.dense``); which of them an ``Engine`` says.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from store.catalogue import Catalogue
from store.catching_up import CatchingUp
from store.changelog import fold
from store.check import damaged_documents, disagreements
from store.dense.engine import Engine
from store.dense.leg import DenseLeg, IndexDamaged, Look
from store.errors import LibraryUnusable
from store.filters import Allowed, Filters, Gate
from store.keyword_index import KeywordIndex
from store.keyword_terms import TermScore
from store.language import Language
from store.neighbours import Beside, Neighbours
from store.reading import Delta, Reader
from store.rows import Collection, Located
from store.space import Space
from store.standing import standing, stands

# A dense file is written whole, so small changes wait in memory: they are read again from the catalogue on opening,
# 13 µs each. Past this share of the index (or this many) the file is written.
PUBLISH_SHARE = 0.05
PUBLISH_CHANGES = 500
SAMPLE, SAMPLES = 300, 4  # vectors of which a spread is taken (within 5 % of that of all), and how many such are kept
log = logging.getLogger(__name__)
T = TypeVar("T")


class Shelf:
    """A collection's documents, searchable. Safe to use from several threads and several processes."""

    def __init__(
        self,
        catalogue: Catalogue,
        collection: Collection,
        folder: Path,
        space: Space | None = None,
        engine: Engine = Engine(),  # noqa: B008  # frozen
        lag: float = 0.0,
    ) -> None:
        """``folder`` holds the collection's index files; it is made when missing. ``space`` is where vectors meet.

        ``engine`` says what the dense index is, ``lag`` how long a search may do without what is being ingested
        (store.catching_up); 0 is not at all.
        """
        self.collection, self.space, self.engine = collection, space, engine
        self.read = Reader(catalogue.engine, collection)
        self._gate, self._neighbours = Gate(self.read), Neighbours(self.read)
        self._samples: dict[bytes, NDArray[np.float32]] = {}  # by the digest of the chunks they are taken from
        self.folder = folder
        self.mended: list[str] = []  # what was wrong with the indexes on disk, and is built anew
        self._damaged = False  # the dense index: it is written at once, or the next process finds the same again
        self._bare = not folder.is_dir() and self.read.sequence() > 0
        folder.mkdir(parents=True, exist_ok=True)
        self._dense: DenseLeg = engine.open(self.read, folder, space)
        self._keyword = KeywordIndex(folder)
        self._catching_up = CatchingUp(folder, lag)
        self._opened = False
        self._lock = threading.RLock()
        self._process_lock = FileLock(folder / "lock", thread_local=False)

    def follow(self, *, publish: bool = False) -> int:
        """Bring both indexes to the catalogue's last change and return its number.

        ``publish`` writes the dense file even for a small change. Inside ``standing`` nothing is asked or brought.
        """
        if not publish and (held := stands(self)) is not None:
            return held
        with self._lock:
            head = self.read.sequence()
            if self._opened and self._dense.sequence == self._keyword.sequence == head and not publish:
                return head
            with self._process_lock:
                self._open()
                try:
                    self._follow(self._keyword)
                finally:  # in memory: it follows though the disk refuses to take the other
                    self._follow(self._dense)
                self._keyword.languages = self.read.languages()
                waiting, few = self._dense.sequence - self._dense.published, PUBLISH_SHARE * len(self._dense)
                if waiting and (publish or self._damaged or waiting > max(PUBLISH_CHANGES, few)):
                    self._publish()
                    fold(self.read.engine, self.collection, min(self._dense.published, self._keyword.sequence))
                self._catching_up.stands(self._dense.sequence)
            return self._dense.sequence

    @contextmanager
    def standing(self) -> Iterator[int]:
        """Follow once, give the number that the indexes stand at, and follow no more while the block runs.

        For a search, which asks ten things in a row; threads it starts take part with a copy of its context. While an
        ingestion runs the number may be one of a moment ago; where the disk refuses (full), it is the last one it took.
        """
        if (sequence := stands(self)) is None:
            try:
                sequence = self._catching_up.place(self.read.sequence, self)
            except LibraryUnusable as exc:
                log.warning("%s; the search answers from where the index stands", exc)
                if not (sequence := self._keyword.sequence):
                    raise
        with standing(self, sequence):
            yield sequence

    def rest(self) -> None:
        """Wait for what is still being brought beside the searches."""
        self._catching_up.rest()

    def rebuild(self) -> None:
        """Throw both indexes away and build them from the catalogue."""
        with self._lock, self._process_lock:
            self._opened = True
            for index in (self._dense, self._keyword):
                self._clear(index)
                self._follow(index)
            self._keyword.languages = self.read.languages()
            self._publish()
            self._catching_up.stands(self._dense.sequence)

    def discard(self) -> None:
        """Remove what the dense index keeps elsewhere, for a collection that is being deleted."""
        with self._lock, self._process_lock:
            self._dense.drop()

    def allowed(self, filters: Filters) -> Allowed | None:
        """The chunks that pass the filters, for both legs; None where nothing narrows the search.

        Raises NothingToFilter for a kind, language or folder that no document has.
        """
        return self._gate.allowed(filters, self.follow())

    @property
    def languages(self) -> Mapping[str, int]:
        """How many chunks there are in documents of each language."""
        self.follow()
        return self._keyword.languages

    def spread(self, vector: NDArray[np.float32], allowed: Allowed) -> float:
        """The standard deviation of the cosines of ``vector`` with the allowed chunks, from at most SAMPLE of them."""
        sample = self._samples.get(allowed.digest)
        if sample is None:
            keys = allowed.keys[:: max(1, len(allowed) // SAMPLE)]
            sample = self.vectors(keys.tolist())[1]
            # Questions of both languages take turns, so one set alone would be read anew for every other question.
            self._samples = dict([*self._samples.items()][1 - SAMPLES :]) | {allowed.digest: sample}
        return float((sample @ vector).std()) if len(sample) else 0.0

    def vectors(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of ``keys``, ascending, that are searched, and their vectors there, float32 of shape (n, dimension).

        A chunk that was deleted a moment ago may be among them: it is for those who read the catalogue to pass it over.
        """
        if (held := self._of_dense(lambda: self._dense.held(keys))) is not None:
            return held
        kept, rows = self.read.vectors(keys)
        return kept, rows if self.space is None else self.space.passages(rows, self.read.written_in(kept.tolist()))

    def beside(self, keys: Sequence[int]) -> list[Beside]:
        """Each live chunk of ``keys`` with itself and those next to it in its document."""
        return self._neighbours.beside(keys, self.follow())

    def asked(self, vector: NDArray[np.float32], language: Language) -> NDArray[np.float32]:
        """A question's vector, as the model gave it, brought to where this collection's passages are searched."""
        return vector if self.space is None else self.space.question(vector, language)

    def search_dense(
        self, vector: NDArray[np.float32], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:  # fmt: skip
        """The ``k`` nearest of the allowed chunks: (key, cosine), best first. ``vector`` comes from asked()."""
        return self.searches_dense(vector, [Look(k, allowed)])[0]

    def searches_dense(self, vector: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """What ``search_dense`` gives for each look, where it can be for the work of one."""
        self.follow()
        return self._of_dense(lambda: self._dense.searches(vector, looks))

    def search_keyword(self, text: str, k: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """The ``k`` best of the allowed chunks that share a term with ``text``: (key, BM25), best first."""
        self.follow()
        return self._keyword.search(text, k, allowed)

    def keyword_mass(self, text: str) -> float:
        """What a chunk that holds every term of ``text`` once would score in the keyword index."""
        self.follow()
        return self._keyword.mass(text)

    def keyword_terms(self, text: str, keys: Sequence[int]) -> dict[int, tuple[TermScore, ...]]:
        """What the keyword score of each of ``keys`` for ``text`` is made of; a key that shares no term is absent."""
        self.follow()
        return self._keyword.matched(text, keys)

    def keyword_weights(
        self, terms: Iterable[str], language: Language | None = None
    ) -> dict[str, tuple[float, int]]:  # fmt: skip
        """The weight (idf) of each term, in a question of ``language`` or among all, and how many chunks hold it."""
        self.follow()
        return self._keyword.weights(terms, language)

    def located(self, keys: Sequence[int]) -> dict[int, Located]:
        """Those of ``keys`` that the catalogue says are live, with chunk, title and path."""
        return self.read.located(keys)

    def disagreements(self) -> list[str]:
        """What is wrong with this collection, as sentences; empty when catalogue and both indexes agree."""
        with self._lock:
            self.follow()
            return disagreements(self.read, dense=self._dense, keyword=self._keyword, space=self.space)

    def damaged(self) -> list[str]:
        """The ids of documents whose rows in the catalogue are not what was committed."""
        return damaged_documents(self.read)

    def _of_dense(self, ask: Callable[[], T]) -> T:
        """What the dense index says; where it finds out that it is damaged, after it was built anew."""
        try:
            return ask()
        except IndexDamaged as exc:
            log.warning("%s: it is rebuilt", exc)
            with self._lock, self._process_lock:
                self._clear(self._dense)
                self._follow(self._dense)
            return ask()

    def _open(self) -> None:
        """Read from disk what is newer than what is in memory; what cannot be trusted starts from nothing."""
        for index in (self._dense, self._keyword):
            # The dense index of a run that was killed before the first publication never was: nothing to tell.
            kept = self._opened or self._bare or index is self._keyword or self._dense.there
            if not (index.reload() if self._opened else index.load()):
                if kept and self.read.sequence():
                    self._note(index, "missing, damaged, or of another kind or version")
                self._clear(index)
        self._opened = True

    def _publish(self) -> None:
        try:
            self._dense.publish()
        except IndexDamaged as exc:  # found out by reading what stands on disk already
            log.warning("%s: it is rebuilt", exc)
            self._clear(self._dense)
            self._follow(self._dense)
            self._dense.publish()
        self._damaged = False

    def _follow(self, index: DenseLeg | KeywordIndex) -> None:
        if index.sequence > self.read.sequence():
            self._tell(index, "ahead of the catalogue (a restored backup?)")
            self._clear(index)
        delta = self._delta(index)
        if delta.sequence != index.sequence:
            index.apply(delta, self.read)
        # Counts are compared only while nobody commits; whoever commits next comes through here again.
        if len(index) != delta.chunks and index.sequence == self.read.sequence():
            self._tell(index, f"of {len(index)} chunks, the catalogue of {delta.chunks}")
            self._clear(index)
            index.apply(self.read.delta(0), self.read)

    def _delta(self, index: DenseLeg | KeywordIndex) -> Delta:
        """What ``index`` has to do. Where the log was folded past it, it is read from disk, or starts from nothing."""
        delta = self.read.delta(index.sequence)
        if delta.whole and index.sequence:
            if not index.load():
                self._clear(index)
            delta = self.read.delta(index.sequence)
        if delta.whole and index.sequence:
            self._tell(index, "older than the change log reaches")
            self._clear(index)
        return delta

    def _clear(self, index: DenseLeg | KeywordIndex) -> None:
        self._catching_up.falls()
        index.clear()

    def _tell(self, index: DenseLeg | KeywordIndex, what: str) -> None:
        log.warning("%s is %s: it is rebuilt", index, what)
        self._note(index, what)

    def _note(self, index: DenseLeg | KeywordIndex, what: str) -> None:
        """An index is not to be used: it is rebuilt, and fsck will say so."""
        name = "the keyword index" if index is self._keyword else "the dense index"
        self._damaged = self._damaged or index is self._dense
        self.mended.append(f"{name} was {what}: built anew from the catalogue")
