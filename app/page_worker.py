"""The page's own worker: it takes files from the queue when nobody else does, and ends when nothing waits.

One for the page's whole process, whoever uploaded. Any `shujia worker` of the library goes before it. What waits
outlives the page: the next page that is opened goes on with it.
"""

from __future__ import annotations

import threading

import streamlit as st

from app.page_session import Room, open_library
from app.wiring import Library
from app.wiring_ingest import FollowedIngestion
from ingest.worker import Worker
from store.jobs import Jobs


class PageWorker:
    """Takes jobs in a thread; ``ingestion.progress`` is how far it is with the files in hand."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.jobs = Jobs(library.catalogue.engine)
        self.ingestion = FollowedIngestion(library)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Begin to work where something waits and nobody does."""
        with self._lock:
            if (self._thread and self._thread.is_alive()) or self.jobs.next_at() is None or self.jobs.workers():
                return
            worker = Worker(self.jobs, self.library.originals, self.ingestion)
            run = lambda: worker.run(until_empty=True)  # noqa: E731
            self._thread = threading.Thread(target=run, name="page worker", daemon=True)
            self._thread.start()


@st.cache_resource(hash_funcs={Library: id}, show_spinner=False)
def _worker(library: Library) -> PageWorker:
    return PageWorker(library)


def page_worker(room: Room) -> PageWorker:
    """The worker of the room's library: not as the reader may see it, for it does what was allowed before."""
    return _worker(open_library(room.library.settings))
