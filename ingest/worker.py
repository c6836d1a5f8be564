"""A worker: takes files from the queue, ingests them, and says what became of each.

claim (leased) → ingestion, while a heartbeat keeps the leases → done, again later, or given up

A worker that dies loses its leases and another takes over; what it had committed is found unchanged. What fails for
another reason than the file (a model that is not there, a full disk) puts the files back without counting the attempt.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field

from ingest.pipeline import FileResult, Ingestion
from ingest.queued import Kept, file_of
from models.types import ModelError
from store.errors import StoreError
from store.jobs import BEAT_SECONDS, Job, Jobs

AGAIN = frozenset({"timeout", "crashed"})  # failures that may pass: the machine was busy, memory was short
IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 30.0  # before files are tried again that nothing was wrong with
STUCK_SECONDS = 1800.0  # without a result or a batch of vectors: the leases are let go
BATCH = 16  # files a claim: enough to embed texts of several documents together
log = logging.getLogger(__name__)

Open = Callable[[str, Callable[[], None]], AbstractContextManager[Ingestion]]


@dataclass(slots=True)
class Worker:
    """``open_ingestion`` opens a collection by name, and is handed what to call when it gets on.

    ``told`` hears every result with its job.
    """

    jobs: Jobs
    kept: Kept
    open_ingestion: Open
    told: Callable[[Job, FileResult], None] = lambda job, result: None
    ending: threading.Event = field(default_factory=threading.Event)
    _moved: float = 0.0

    def run(self, *, until_empty: bool = False) -> int:
        """Work until ``ending`` is set, or until nothing waits; returns how many files were taken.

        KeyboardInterrupt puts what is in hand back and is raised again.
        """
        name, count = self.jobs.register(), 0
        try:
            with self._beating(name):
                while not self.ending.is_set():
                    taken = self.jobs.claim(name, BATCH)
                    if taken:
                        self._work(taken)
                        count += len(taken)
                    elif until_empty and self.jobs.next_at() is None:
                        break
                    else:
                        self.ending.wait(IDLE_SECONDS)
        finally:
            self.jobs.leave(name)
        return count

    def _work(self, taken: tuple[Job, ...]) -> None:
        """Ingest files of one collection; whatever goes wrong, each is answered for."""
        self._moved = time.monotonic()
        left = {job.path: job for job in taken}
        try:
            files = []
            for job in taken:
                file = file_of(job, self.kept)
                if file is None:
                    self._settle(
                        left, FileResult(job.path, "failed", "its bytes are gone: upload it again", "unreadable")
                    )
                else:
                    files.append(file)
            if files:
                with self.open_ingestion(taken[0].collection, self._moves) as ingestion:
                    for result in ingestion.run(files, retry=True):
                        self._settle(left, result)
                        if self.ending.is_set():
                            break
        except (ModelError, StoreError, OSError) as exc:
            log.warning("%d files wait again: %s", len(left), exc)
            self.jobs.put_back([*left.values()], str(exc), seconds=TROUBLE_SECONDS)
            left.clear()
        finally:
            self.jobs.put_back([*left.values()], "the worker was stopped")

    def _settle(self, left: dict[str, Job], result: FileResult) -> None:
        self._moves()
        job = left.pop(result.path, None)
        if job is None:  # a file inside another: the job is done when that one is
            return
        if result.status == "failed":
            self.jobs.fail(job, result.code, result.reason, again=result.code in AGAIN)
        else:
            self.jobs.finish(job, asdict(result))
        self.told(job, result)

    def _moves(self) -> None:
        self._moved = time.monotonic()

    @contextmanager
    def _beating(self, name: str) -> Iterator[None]:
        done = threading.Event()
        self._moves()

        def beat() -> None:
            while not done.wait(BEAT_SECONDS):
                if time.monotonic() - self._moved > STUCK_SECONDS and self.jobs.holds(name):
                    log.error("nothing has moved for %.0f s: this worker's files are let go", STUCK_SECONDS)
                    return
                try:
                    self.jobs.beat(name)
                except StoreError as exc:
                    log.warning("a heartbeat was lost: %s", exc)

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
