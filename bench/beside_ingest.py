"""Questions while documents come in: the 95th percentile of a search beside `shujia ingest`, over that at rest.

    python -m bench.beside_ingest [--texts 300] [--inside]

Everything is what a user has: the default embedder on both sides, a process that ingests and one that is asked, as the
page or the API is; with ``--inside`` a thread of the asked one ingests, as `shujia serve` does with uploads where no
worker runs. Every answer must hold passages. What the questions cost the ingestion is measured too.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.settings import load
from app.wiring import Library
from bench.ingest_speed import corpus, generated
from bench.processes import SHUJIA
from ingest.files import discover

BEGINNINGS = ("编号是多少", "which passage tells of evidence", "谁负责恢复演练", "reranking depth in production")
IDLE = 300  # questions before the ingestion begins
PACE = 0.05  # seconds between two questions: a reader of a busy page, not a flood


def main() -> None:
    """A small library, questions to it, then the same beside an ingestion."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        first, second, library = (Path(made) / name for name in ("first", "second", "library"))
        for folder in (first, second):
            folder.mkdir()
        corpus(first, None, 100)
        generated(second, options.texts, seed=8)
        ingest(library, first).wait()
        alone = Path(made) / "alone"
        quiet = seconds_of(alone, second)
        with Library(load(library=library)) as opened:
            for number in range(40):
                ask(opened, number)
            idle = [ask(opened, number) for number in range(IDLE)]
            began, busy = time.perf_counter(), list[float]()
            over = inside(opened, second) if options.inside else beside(library, second)
            while not over():
                busy.append(ask(opened, len(busy)))
            took = time.perf_counter() - began
    for name, times in (("idle", idle), ("beside an ingestion", busy)):
        print(f"  {name}: {len(times)} questions, p50 {median(times):.1f} ms, p95 {last(times):.1f} ms")
    print(f"  p95 {last(busy) / last(idle):.2f} times; the ingestion {took:.1f} s, without questions {quiet:.1f} s")


def ingest(library: Path, files: Path) -> subprocess.Popen[bytes]:
    """One `shujia ingest`, begun."""
    command = [*SHUJIA, "--library", str(library), "ingest", str(files)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def beside(library: Path, files: Path) -> Callable[[], bool]:
    """An ingestion in a process of its own, begun; what is returned says whether it is over."""
    running = ingest(library, files)

    def over() -> bool:
        if running.poll():
            raise RuntimeError(f"shujia ingest ended with {running.returncode}")
        return running.returncode is not None

    return over


def inside(library: Library, files: Path) -> Callable[[], bool]:
    """The same in a thread of this process."""
    pool = ThreadPoolExecutor(1)
    running = pool.submit(lambda: [one.status for one in library.ingest(discover([files]))])
    return lambda: running.done() and "failed" not in running.result()


def seconds_of(library: Path, files: Path) -> float:
    """The same ingestion while nobody asks."""
    began = time.perf_counter()
    ingest(library, files).wait()
    return time.perf_counter() - began


def ask(library: Library, number: int) -> float:
    """Seconds of one search; no two questions are alike, so that none is remembered."""
    question = f"{BEGINNINGS[number % len(BEGINNINGS)]} {random.randrange(10**6)}"
    began = time.perf_counter()
    found = library.search(question, k=10)
    took = time.perf_counter() - began
    if not found.passages:
        raise AssertionError(f"no passage for {question!r}")
    time.sleep(PACE)
    return took


def median(times: list[float]) -> float:
    """Milliseconds."""
    return statistics.median(times) * 1000


def last(times: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return statistics.quantiles(times, n=20)[-1] * 1000


if __name__ == "__main__":
    main()
