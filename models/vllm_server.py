"""One running vLLM: started in a process group of its own, waited for, and ended whole.

vLLM is several processes (an API server, an engine, workers). A signal to the group reaches them all.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.openai_health import status
from models.processor import native_bf16
from models.types import ModelUnavailable
from models.vllm_command import Serving, arguments, environment
from models.vllm_environment import VllmEnvironment

TAIL_LINES = 25  # of the log that are shown when it ends by itself
_LOOK_EVERY = 0.5  # seconds
_GRACE = 20.0  # seconds between asking the processes to end and ending them


@dataclass(slots=True)
class VllmServer:
    """A vLLM that was started; ``log`` is where its words go."""

    serving: Serving
    log: Path
    _process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, vllm: VllmEnvironment, serving: Serving, log: Path, *, key: str = "", offline: bool = False,
        threads: int | None = None, first_device: int | None = None,
    ) -> VllmServer:  # fmt: skip
        """Start it, with the arguments of ``environment``. Raises ModelUnavailable when its port is taken."""
        if status(serving.url) is not None:
            raise ModelUnavailable(f"something listens on port {serving.port} already: choose another with --port")
        variables = environment(
            serving, vllm.build, os.environ, key=key, offline=offline, threads=threads, first_device=first_device
        )
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(vllm.python), str(vllm.program), *arguments(serving, vllm.build, native_bf16=native_bf16())]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=variables,
                cwd=log.parent, start_new_session=True,
            )  # fmt: skip
        return cls(serving, log, process)

    @property
    def pid(self) -> int:
        """The process that was started, and the number of its group."""
        return self._process.pid

    def wait_healthy(self, seconds: float, said: Callable[[str], None] = lambda line: None) -> float:
        """Wait until it answers questions; how long that took. ``said`` hears the last line of the log, often.

        Raises ModelUnavailable, with the end of the log, when it ended or took longer than ``seconds``.
        """
        began = time.monotonic()
        while not ready(self.serving.url):
            self.check()
            if time.monotonic() - began > seconds:
                raise ModelUnavailable(
                    f"vLLM was not ready after {seconds:.0f} s, --wait gives it longer:\n{self.tail()}"
                )
            said(self.tail(1))
            time.sleep(_LOOK_EVERY)
        return time.monotonic() - began

    def check(self) -> None:
        """Raise ModelUnavailable, with the end of its log and what to do, when it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise ModelUnavailable(
                f"vLLM ended with code {code}. The end of {self.log}:\n{self.tail()}\n{advice(self.tail(200))}"
            )

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines of its log that say something."""
        text = self.log.read_bytes()[-200_000:].decode("utf-8", "replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])

    def stop(self) -> None:
        """End all its processes: asked first, after 20 seconds made to. Does nothing when they have ended."""
        if not _signal(self.pid, signal.SIGTERM):
            self._process.poll()
            return
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline and (self._process.poll() is None or _signal(self.pid, 0)):
            time.sleep(0.1)
        _signal(self.pid, signal.SIGKILL)
        self._process.wait()


def ready(url: str) -> bool:
    """Whether vLLM says that it can answer: it listens only when its engine has started."""
    found = status(url)
    return found is not None and found < http.client.BAD_REQUEST


def advice(log: str) -> str:
    """What to do about a log's usual ends; one sentence."""
    for signs, step in _ADVICE.items():
        if any(sign in log for sign in signs):
            return step
    return "Next: read the log; `make vllm` makes the environment anew if it is damaged."


_ADVICE: Mapping[tuple[str, ...], str] = {
    ("out of memory", "OutOfMemory", "No available memory for the cache blocks", "Cannot allocate memory"): (
        "Next: memory was short; give a smaller --max-length, a smaller model, or --quantization."
    ),
    ("is larger than the maximum number of tokens", "larger than the derived max_model_len", "max seq len"): (
        "Next: the context is too long for the model or the memory; give a smaller --max-length."
    ),
    ("LocalEntryNotFoundError", "OfflineModeIsEnabled", "couldn't connect to", "Repository Not Found"): (
        "Next: the weights are not here and the hub was not reached; give a folder with the weights."
    ),
    ("address already in use", "Address already in use"): "Next: the port is taken; choose another with --port.",
    (
        "No module named",
        "ImportError",
        "PackageNotFoundError",
    ): "Next: the environment is damaged; run `make vllm` again.",
}


def _signal(group: int, number: int) -> bool:
    """Signal a process group; False when none of it is left."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
