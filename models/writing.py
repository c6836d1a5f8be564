"""An answer on its way: pieces that come one by one, and that any thread can end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress


class Cut:
    """Ends one streamed request from another thread, also while the prompt is being read and nothing was sent yet.

    Called before the request begins it ends it at once; called after its end it does nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cut = False
        self._line: socket.socket | None = None

    def __call__(self) -> None:
        """End the request: the server stops within one batch of tokens, and who reads gets a ModelUnavailable."""
        with self._lock:
            self._cut = True
            self._hang_up()

    def watch(self, line: socket.socket | None) -> None:
        """The connection that is to be ended; None when it is no longer ours."""
        with self._lock:
            self._line = line
            if self._cut:
                self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            with suppress(OSError):  # the other end was faster
                self._line.shutdown(socket.SHUT_RDWR)


class Writing(Iterator[str]):
    """The pieces of one answer on its way."""

    def __init__(self, pieces: Generator[str], cut: Callable[[], None]) -> None:
        self._pieces, self._cut = pieces, cut

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        """End the answer, between two pieces."""
        self._pieces.close()

    def abort(self) -> None:
        """End the answer from any thread, also while the prompt is read: who waits gets a ModelUnavailable."""
        self._cut()
