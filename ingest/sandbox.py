"""Files are parsed in child processes that can be killed: a parser that hangs, eats memory or dies costs one file.

A thread cannot be stopped, and ``concurrent.futures.ProcessPoolExecutor`` breaks for good after one killed child. So
each of the pool's threads owns one child at a time and talks to it over its standard input and output. The children
are started as fresh interpreters (not through ``multiprocessing``, whose spawn runs the parent's main script again,
which a Streamlit page or a script without a guard does not survive). A child that loses its parent, however that died,
reads the end of its
input and leaves.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, cast

import psutil

from ingest.errors import IngestError, ParserCrashed, ParserTimeout
from ingest.limits import MIB, Limits
from ingest.types import Parsed
from ingest.wire import decode_reply, decode_wish, encode_job, encode_limits, read_frame, write_frame

FILES_PER_CHILD = 200  # then a fresh one: leaks of parsers do not add up
RECYCLE_SHARE = 0.5  # of the memory limit: a child that rests above it is replaced
START_SECONDS = 30.0  # added to the first file of a child, for imports on a busy machine
POLL_SECONDS = 0.05


class ParserPool:
    """``workers`` children, one file at a time each. ``submit`` may be called from any thread.

    A context manager; ``close`` waits for nothing: files not yet read end as cancelled futures and the children die.
    """

    def __init__(self, workers: int, limits: Limits) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}: at least one is needed")
        self._limits = limits
        self._jobs: queue.SimpleQueue[tuple[bytes, str, Future[Parsed]] | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        self._threads = [threading.Thread(target=self._work, name=f"parser-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        """Read ``data`` (a file called ``name``); the future gives a Parsed or raises an IngestError, nothing else."""
        future: Future[Parsed] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the parser pool is closed")
            self._jobs.put((data, name, future))
        return future

    def close(self) -> None:
        """Kill the children, cancel what waits, and join the threads. Safe to call twice."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for _ in self._threads:
            self._jobs.put(None)
        for child in children:
            child.kill("the pool was closed")
        for thread in self._threads:
            thread.join(timeout=10)

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        child: _Child | None = None
        try:
            while (job := self._jobs.get()) is not None:
                data, name, future = job
                if self._closed or not future.set_running_or_notify_cancel():
                    future.cancel()
                    continue
                try:
                    child = self._ready(child)
                    future.set_result(child.parse(data, name))
                except IngestError as error:
                    future.set_exception(error)
                except Exception as error:  # noqa: BLE001  # the waiting side must hear of it, whatever it is
                    future.set_exception(ParserCrashed(f"the parser could not be run: {type(error).__name__}: {error}"))
        finally:
            self._drop(child)

    def _ready(self, child: _Child | None) -> _Child:
        """The child itself while it is fit, else a new one."""
        if child is not None and child.fit():
            return child
        self._drop(child)
        fresh = _Child(self._limits)
        with self._lock:
            self._children.add(fresh)
            if self._closed:
                fresh.kill("the pool was closed")
        return fresh

    def _drop(self, child: _Child | None) -> None:
        if child is not None:
            with self._lock:
                self._children.discard(child)
            child.end()


class _Child:
    """One child process with its temporary folder, the only place it may write to."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files = 0
        self._reason = ""
        self._folder = tempfile.mkdtemp(prefix="shujia-parser-")
        root = str(Path(__file__).resolve().parent.parent)
        paths = dict.fromkeys([root, *(entry for entry in sys.path if entry)])
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": self._folder,
            "TEMP": self._folder,
            "TMP": self._folder,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from ingest.sandbox_child import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=environment,
            start_new_session=True,  # its own process group, so that whatever it started dies with it
        )
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._started = False
        self._deadline = 0.0

    def parse(self, data: bytes, name: str) -> Parsed:
        """The child's answer; ParserTimeout or ParserCrashed when it gave none."""
        self._deadline = time.monotonic() + self._limits.seconds + (0.0 if self._started else START_SECONDS)
        reply = b""
        with self._watched():
            try:
                if not self._started:
                    write_frame(self._input, encode_limits(asdict(self._limits)))
                    self._started = True
                write_frame(self._input, encode_job(name, data))
                reply = self._reply()
            except (OSError, EOFError, ValueError):
                reply = b""
        if not reply:
            raise self._death()
        self._files += 1
        return decode_reply(reply)

    def _reply(self) -> bytes:
        """The child's answer; what it asks for in time before is granted, page by page, as far as the limits go."""
        for _ in range(self._limits.ocr_pages + 1):
            frame = read_frame(self._output)
            seconds = decode_wish(frame)
            if seconds is None:
                return frame
            self._deadline = max(self._deadline, time.monotonic() + min(seconds, self._limits.ocr_page_seconds))
        return read_frame(self._output)

    def fit(self) -> bool:
        """Whether it may read another file: alive, not used too often, not grown too large."""
        if self._process.poll() is not None or self._reason or self._files >= FILES_PER_CHILD:
            return False
        return self._resident() <= RECYCLE_SHARE * self._limits.memory_bytes

    def kill(self, reason: str) -> None:
        """End the whole process group now; ``reason`` becomes the error of the file being read."""
        self._reason = self._reason or reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def end(self) -> None:
        """Kill, reap, close the pipes, remove the folder."""
        if self._process.poll() is None:
            self.kill("ended")
        self._process.wait()
        for pipe in (self._input, self._output):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(done,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(POLL_SECONDS):
            if time.monotonic() > self._deadline:
                self.kill("time")
                return
            if self._resident() > self._limits.memory_bytes:
                self.kill("memory")
                return

    def _resident(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def _death(self) -> IngestError:
        code = self._process.wait()
        if self._reason == "time":
            return ParserTimeout(
                f"the parser ran longer than {self._limits.seconds:g} s (more for pages by OCR) and was killed:"
                " split the file"
            )
        if self._reason == "memory":
            return ParserCrashed(
                f"the parser took more than {self._limits.memory_bytes // MIB} MiB and was killed: split the file"
            )
        if self._reason:
            return ParserCrashed(f"the parser was stopped: {self._reason}")
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return ParserCrashed(f"the parser died ({how}): the file is damaged, or needs more memory than allowed")
