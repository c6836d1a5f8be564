"""Texts embedded in a thread of their own, while the next files are read and the last ones are committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType

from models.types import Embedder, Preparable
from store.rows import pack_vector

TOGETHER = 128  # texts in a call of the embedder: a run that is ended waits for as many


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: ``texts`` of ``texts_total`` of the current batch are embedded."""

    texts: int
    texts_total: int


@dataclass(frozen=True, slots=True)
class Embedding:
    """The thread, as a context: on leaving, what it has not begun is dropped. ``watch`` is called from the thread."""

    embedder: Embedder
    watch: Callable[[Progress], None]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="embedding"))
    _ended: Event = field(default_factory=Event)
    _prepared: Event = field(default_factory=Event)

    def __enter__(self) -> Embedding:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._pool.shutdown(cancel_futures=True)

    def prepare(self) -> None:
        """Let the thread load what the first text needs, while files are read. A second time does nothing."""
        if isinstance(self.embedder, Preparable) and not self._prepared.is_set():
            self._prepared.set()
            self._pool.submit(self.embedder.prepare)  # what it raises the first text meets again, and it is told there

    def start(self, texts: Mapping[str, str]) -> Future[dict[str, bytes]]:
        """Begin with texts by their ids; the future holds the packed vectors by id, or what the embedder raised."""
        return self._pool.submit(self._embed, texts)

    def _embed(self, texts: Mapping[str, str]) -> dict[str, bytes]:
        vectors: dict[str, bytes] = {}
        ids = sorted(texts, key=lambda text: len(texts[text]))  # of like length together: little is padding
        for start in range(0, len(ids), TOGETHER):
            if self._ended.is_set():
                break  # nobody waits for them any more
            part = ids[start : start + TOGETHER]
            self.watch(Progress(start, len(ids)))
            rows = self.embedder.embed_passages([texts[text] for text in part])
            vectors.update((text, pack_vector(row)) for text, row in zip(part, rows, strict=True))
        return vectors
