"""Work in a process of its own that may be killed: a fork of this one, so that the imports are paid once.

Only a process that has opened no library and started no thread may fork (`bench.torture.part` is such a process):
FAISS's threads and SQLite's connections do not survive it.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: what its work returned, or the error it told, or ``killed``."""

    result: Any = None
    error: str = ""
    killed: bool = False
    seconds: float = 0.0

    def wanted(self) -> Any:
        """The result of work that has to succeed. Raises RuntimeError."""
        if self.killed or self.error:
            raise RuntimeError(self.error or "it was killed")
        return self.result


class Running:
    """A process at its work."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._read, write = os.pipe()
        self._began = time.monotonic()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._read)
            _serve(work, write)
        os.close(write)

    def kill_after(self, seconds: float) -> Ended:
        """Send kill -9 after ``seconds``, unless it ends before."""
        ready, _, _ = select.select([self._read], [], [], seconds)
        if not ready:
            os.kill(self.pid, signal.SIGKILL)
        return self.end()

    def end(self) -> Ended:
        """Wait for its end."""
        told = b""
        while block := os.read(self._read, 1 << 20):
            told += block
        os.close(self._read)
        os.waitpid(self.pid, 0)
        seconds = time.monotonic() - self._began
        if not told:
            return Ended(killed=True, seconds=seconds)
        try:
            result, error = pickle.loads(told)  # noqa: S301  # written by our own fork
        except (EOFError, pickle.UnpicklingError):  # killed while it told the result
            return Ended(killed=True, seconds=seconds)
        return Ended(result, error, seconds=seconds)


def forked(work: Callable[[], Any]) -> Ended:
    """Do ``work`` in a process of its own and wait for it."""
    return Running(work).end()


def _serve(work: Callable[[], Any], write: int) -> None:
    told: tuple[Any, str] = (None, "")
    try:
        told = (work(), "")
    except BaseException:  # noqa: BLE001  # whatever it is, the parent is told
        told = (None, traceback.format_exc(limit=-6))
    finally:
        try:
            with os.fdopen(write, "wb") as pipe:
                pipe.write(pickle.dumps(told))
        finally:
            os._exit(0)
