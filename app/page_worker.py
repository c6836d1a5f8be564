"""The page's own worker: it takes files from the queue when nobody else does, and ends when nothing waits.

One for the page's whole process, whoever uploaded. Any `shujia worker` of the library goes before it. What waits
outlives the page: the next page that is opened goes on with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from app.page_session import Room, open_library
from app.wiring import Library
from app.wiring_ingest import open_ingestion
from ingest.pipeline import Ingestion, Progress
from ingest.worker import Worker
from store.jobs import Jobs


class PageWorker:
    """``progress`` is how far the embedding of the files in hand is, by collection."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.jobs = Jobs(library.catalogue.engine)
        self.progress: dict[str, Progress] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Begin to work where something waits and nobody does."""
        with self._lock:
            if (self._thread and self._thread.is_alive()) or self.jobs.next_at() is None or self.jobs.workers():
                return
            worker = Worker(self.jobs, self.library.originals, self._open)
            run = lambda: worker.run(until_empty=True)  # noqa: E731
            self._thread = threading.Thread(target=run, name="page worker", daemon=True)
            self._thread.start()

    @contextmanager
    def _open(self, collection: str, moves: Callable[[], None]) -> Iterator[Ingestion]:
        def watch(progress: Progress) -> None:
            self.progress[collection] = progress
            moves()

        try:
            with open_ingestion(self.library, collection, watch=watch) as run:
                yield run
        finally:
            self.progress.pop(collection, None)


@st.cache_resource(hash_funcs={Library: id}, show_spinner=False)
def _worker(library: Library) -> PageWorker:
    return PageWorker(library)


def page_worker(room: Room) -> PageWorker:
    """The worker of the room's library: not as the reader may see it, for it does what was allowed before."""
    return _worker(open_library(room.library.settings))
