"""Searches go on while documents come in: the indexes are brought to the last change beside them.

A run of ingestion commits file by file and brings the indexes along at the end of each batch. A search that meets it
half way would otherwise bring them itself, 60 to 120 ms for the keyword index alone, again and again. It answers from
where they stand and leaves the bringing to a thread, as long as they stood at the last change, or were brought, a
moment ago.

What is finished is never missed. Whoever brings the keyword index notes its number in a file beside it, before an
ingestion, a deletion or a sync is reported as done: at a change that is noted there a search follows first. What a
deletion took away is in no answer from its commit on, because passages are read from the catalogue.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Protocol

from store.files import aside

LAG = 1.0  # seconds since the indexes stood at the last change or were brought; past them a search waits for them
PAUSE = 0.25  # seconds between the beginnings of two bringings: many small commits are brought together
log = logging.getLogger(__name__)


class Follower(Protocol):
    """What is brought: a shelf."""

    def follow(self) -> int:
        """Bring both indexes to the last change, waiting for whoever does so already; its number."""
        ...


class CatchingUp:
    """Where the indexes of one shelf stand, and the thread that brings them on. Safe for several threads."""

    def __init__(self, folder: Path, lag: float) -> None:
        """``folder`` holds the indexes; ``lag`` 0 makes every search wait for the last change."""
        self._note, self._lag = folder / "brought", lag
        self._at: int | None = None  # None while an index must not be asked
        self._fresh = self._began = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def stands(self, sequence: int) -> None:
        """Both indexes stand at this change now, in memory, and the keyword index on disk."""
        if self._noted() != sequence:
            self._write(sequence)
        self._at, self._fresh = sequence, monotonic()

    def falls(self) -> None:
        """An index is emptied: nobody asks it before it stands again."""
        self._at = None

    def place(self, last: Callable[[], int], follower: Follower) -> int:
        """The change that a search may answer from; ``last`` reads the number of the last one."""
        at = self._at
        if at is None or not self._lag:
            return follower.follow()
        head, now = last(), monotonic()
        if at == head:
            self._fresh = now
            return head
        if head < at or self._noted() >= head:
            return follower.follow()
        if not self._bring(now, follower) and now - self._fresh > self._lag:
            return follower.follow()
        return at

    def rest(self) -> None:
        """Wait until nothing is being brought."""
        if (thread := self._thread) is not None:
            thread.join()

    def _bring(self, now: float, follower: Follower) -> bool:
        """Whether a thread is bringing the indexes on; one is begun where none did so a moment ago."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return True
            if now - self._began < PAUSE or now - self._fresh > self._lag:
                return False
            self._began = now
            self._thread = threading.Thread(target=_brought, args=(follower.follow,), name="bring")
            self._thread.start()
            return True

    def _write(self, sequence: int) -> None:
        temporary = aside(self._note)
        try:
            temporary.write_bytes(str(sequence).encode())
            temporary.replace(self._note)
        except OSError as exc:  # a full disk or a folder that may only be read: searches lag by LAG at most
            log.info("%s cannot be written (%s)", self._note, exc)
            temporary.unlink(missing_ok=True)

    def _noted(self) -> int:
        try:
            return int(self._note.read_bytes() or b"0")
        except (FileNotFoundError, ValueError):  # nothing was brought yet, or what is noted is damaged
            return 0


def _brought(follow: Callable[[], int]) -> None:
    try:
        follow()
    except Exception as exc:  # noqa: BLE001  # the search that waits for the indexes a second later raises it
        log.warning("the indexes could not be brought to the last change (%s)", exc)
