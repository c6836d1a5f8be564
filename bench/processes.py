"""Whole processes, timed from outside: wall seconds, peak memory, and what they printed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median

SHUJIA = [sys.executable, "-c", "from app.cli import main; main()"]


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall seconds, peak resident memory in megabytes, standard output, exit code."""

    seconds: float
    megabytes: float
    output: str
    code: int


def run(*arguments: str) -> Run:
    """Run `shujia` with these arguments; raises RuntimeError with its stderr when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen([*SHUJIA, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode not in (0, 1):
        raise RuntimeError(f"shujia {' '.join(arguments)} ended with {process.returncode}: {errors}")
    return Run(seconds, 0.0, output, process.returncode)


def peak(*arguments: str) -> Run:
    """The same with the peak memory of the process and its children, measured in a child of its own."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        done = run(*arguments)
        kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        os.write(writer, f"{done.seconds} {kilobytes / 1000} {done.code}\n".encode() + done.output.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        first, output = pipe.readline().split(), pipe.read()
    os.waitpid(pid, 0)
    return Run(float(first[0]), float(first[1]), output, int(first[2]))


def median_seconds(times: int, *arguments: str) -> float:
    """The median wall time of several runs, the first (cold) one left out."""
    run(*arguments)
    return median(run(*arguments).seconds for _ in range(times))
