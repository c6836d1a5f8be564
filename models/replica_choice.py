"""Which of several servers takes the next prompt: the least busy that works. One that fails rests, and is looked at.

A server that rests is asked by its health route, beside the questions of people: none of them waits for it, and none
is spent on finding out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

FIRST_REST, LONGEST_REST = 1.0, 60.0  # seconds a server that failed is left alone: doubled each time it fails again


class Server(Protocol):
    """Something that can say whether it is up."""

    base_url: str

    def healthy(self, seconds: float = ...) -> bool:
        """Whether it answers within so long."""
        ...


S = TypeVar("S", bound=Server)


@dataclass(slots=True, eq=False)
class Replica(Generic[S]):
    """One server: ``load`` is the prompts it has now; it rests until ``until``, and then has to be seen healthy."""

    server: S
    load: int = 0
    used: int = 0  # when it was last chosen, as a count of all choices
    resting: bool = False
    until: float = 0.0
    rest: float = FIRST_REST
    looked_at: bool = False


@dataclass(slots=True)
class Choice(Generic[S]):
    """The servers, at least one. Every method may be called from any thread; ``clock`` is seconds that only grow."""

    servers: Sequence[S]
    clock: Callable[[], float] = time.monotonic
    _replicas: list[Replica[S]] = field(init=False, repr=False)
    _chosen: int = field(default=0, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.servers:
            raise ValueError("no server: give at least one URL")
        self._replicas = [Replica(server) for server in self.servers]

    def in_turn(self) -> Iterator[tuple[Replica[S], bool]]:
        """The servers to try, the best first, each with whether it is the last.

        Those that rest are left out; when all do, the one whose rest ends first is the only one.
        """
        tried: list[Replica[S]] = []
        while True:
            with self._lock:
                self._look_after_resting()
                free = [each for each in self._replicas if not each.resting and each not in tried]
                if not free and not tried:
                    free = [min(self._replicas, key=lambda each: each.until)]
                if not free:
                    return
                best = min(free, key=lambda each: (each.load, each.used))
                self._chosen += 1
                best.used = self._chosen
                tried.append(best)
            yield best, len(free) == 1

    def working(self) -> list[S]:
        """The servers that do not rest; all of them when all do."""
        with self._lock:
            found = [each.server for each in self._replicas if not each.resting]
        return found or list(self.servers)

    @contextmanager
    def busy(self, replica: Replica[S], load: int) -> Iterator[None]:
        """Within the block the server has so many prompts more."""
        with self._lock:
            replica.load += load
        try:
            yield
        finally:
            with self._lock:
                replica.load -= load

    def failed(self, replica: Replica[S], reason: Exception) -> None:
        """Let it rest."""
        with self._lock:
            log.warning("%s is set aside for %.0f s: %s", replica.server.base_url, replica.rest, reason)
            self._rest(replica)

    def worked(self, replica: Replica[S]) -> None:
        """It gave a whole answer: whatever was before is forgotten."""
        with self._lock:
            replica.resting, replica.rest = False, FIRST_REST

    def _rest(self, replica: Replica[S]) -> None:
        replica.resting, replica.until = True, self.clock() + replica.rest
        replica.rest = min(LONGEST_REST, 2 * replica.rest)

    def _look_after_resting(self) -> None:
        for replica in self._replicas:
            if replica.resting and not replica.looked_at and self.clock() >= replica.until:
                replica.looked_at = True
                threading.Thread(target=self._look, args=(replica,), name="health", daemon=True).start()

    def _look(self, replica: Replica[S]) -> None:
        up = replica.server.healthy()
        with self._lock:
            replica.looked_at = False
            if up:
                replica.resting = False  # its rest stays long until it has given an answer
                log.info("%s is back", replica.server.base_url)
            else:
                self._rest(replica)
