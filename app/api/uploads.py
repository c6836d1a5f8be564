"""Uploads: kept at once, read by a worker of this server, or by any `shujia worker` of the library.

The queue is the catalogue's own, so an upload that was accepted outlives the server.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.api.metrics import Metrics
from app.web_addresses import job_for, page_file
from app.wiring_ingest import FollowedIngestion
from ingest.files import upload
from ingest.pipeline import FileResult
from ingest.worker import Worker
from store.jobs import Job, Jobs
from store.types import document_id

if TYPE_CHECKING:
    from app.wiring import Library


class Uploads:
    """The queue of one library, and the worker of this server; ``ingestion.progress`` is how far it is."""

    def __init__(self, library: Library, metrics: Metrics) -> None:
        self.library = library
        self.queue = Jobs(library.catalogue.engine)
        self.ingestion = FollowedIngestion(library)
        self._metrics = metrics
        self._worker = Worker(self.queue, library.originals, self.ingestion, self._told)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work on the queue."""
        self._thread = threading.Thread(target=self._worker.run, name="uploads", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the file in hand; what waits stays in the queue."""
        self._worker.ending.set()
        if self._thread is not None:
            self._thread.join()

    def add(self, name: str, data: bytes, collection: str) -> Job:
        """Keep a file and queue it; its bytes are on disk when this returns."""
        file = upload(name, data)
        content = document_id(data)
        self.library.originals.put(content, data)
        return self._queued(Job(collection, file.path, file.size, 0, content=content))

    def fetch(self, address: str, collection: str) -> Job:
        """Fetch a web page, keep and queue it. Raises UrlRefused, and IngestError where it cannot be had."""
        return self._queued(job_for(self.library, page_file(self.library.settings, address), collection))

    def get(self, identity: int) -> Job | None:
        """The job with that number; None when there is none (any more)."""
        return next((job for job in self.queue.items() if job.id == identity), None)

    def waiting(self) -> int:
        """How many files are not done."""
        return len(self.queue.items("waiting", "working"))

    def _queued(self, job: Job) -> Job:
        self.queue.add([job])
        return next(one for one in self.queue.items() if (one.collection, one.path) == (job.collection, job.path))

    def _told(self, _: Job, result: FileResult) -> None:
        self._metrics.file(result.status)
