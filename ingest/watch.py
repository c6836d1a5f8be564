"""Watching a folder: its listing is compared every few seconds, and a sync runs when something is different.

Polling, on purpose: it sees what happens on network folders and in containers, where a system's notices do not come.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest.folder import Listing

SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Watch:
    """``look`` lists the folder, ``sync`` carries out what has changed and says whether something still waits."""

    look: Callable[[], Listing]
    sync: Callable[[Listing], bool]
    seconds: float = SECONDS
    sleep: Callable[[float], None] = time.sleep
    refused: Callable[[OSError], None] = lambda _: None

    def run(self, *, rounds: int | None = None) -> None:
        """Until KeyboardInterrupt, or for so many ``rounds``. A folder that cannot be read is told and waited for."""
        seen: Listing | None = None
        done = 0
        while rounds is None or done < rounds:
            if done:
                self.sleep(self.seconds)
            done += 1
            try:
                now = self.look()
            except OSError as error:
                self.refused(error)
                seen = None
                continue
            if now != seen and not self.sync(now):
                seen = now
