"""The dense leg's engines side by side: recall@10 and @100 against exact search, processor time, memory, opening.

python -m bench.dense_engines --library DIR [--vectors 100000] [--engines flat ivf hnsw] [--questions FILE.npy]

The vectors are those of the library's catalogue, as its embedder made them. Where more are asked for, each further one
lies between two real ones, with noise: dense neighbourhoods as in text, which random vectors do not have. Questions are
rows of FILE.npy (unit vectors), or held-out passages. Every engine is built in one process and searched in another.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import create_engine, text

from store.dense.coded import CodedBody
from store.dense.halves import BATCH, Halves, unit
from store.dense.leg import best
from store.dense_index import DenseIndex

ASKED = 200
DEPTH = 100
EMBEDDER = "bench"


@dataclass(frozen=True, slots=True)
class Searched:
    """What one engine did; seconds and milliseconds of processor time, megabytes of this process's own memory."""

    engine: str
    build_s: float
    build_peak_mb: float
    disk_mb: float
    open_s: float
    p50_ms: float
    recall10: float
    recall100: float
    memory_mb: float
    mapped_mb: float


def main() -> None:
    """Make the data, then build and search every engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--engines", nargs="*", default=["flat", "ivf", "hnsw"])
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--step", choices=["build", "search"])
    options = parser.parse_args()
    if options.step:
        step = build if options.step == "build" else search
        print(json.dumps(step(options.work, options.engines[0])))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make(work, options.library, options.vectors, options.questions)
        truth(work)
        for engine in options.engines:
            built, found = (child(work, engine, each) for each in ("build", "search"))
            print(json.dumps(asdict(Searched(engine=engine, **built, **found))), flush=True)


def make(work: Path, library: Path, count: int, questions: Path | None) -> None:
    """rows.npy, float16 of shape (count, dimension), and questions.npy."""
    engine, rng = create_engine(f"sqlite:///{library}/catalogue.sqlite"), np.random.default_rng(3)
    with engine.connect() as connection:
        data = connection.execute(text("SELECT data FROM vector ORDER BY text_id")).scalars().all()
    real = np.frombuffer(b"".join(data), np.float16).reshape(len(data), -1)
    asked = np.load(questions) if questions else real[:ASKED]
    real = real if questions else real[ASKED:]
    np.save(work / "questions.npy", unit(asked[rng.permutation(len(asked))[:ASKED]], np.zeros(ASKED, np.uint8), None))
    rows = np.lib.format.open_memmap(work / "rows.npy", "w+", np.float16, (count, real.shape[1]))
    rows[: len(real)] = real[:count]
    for start in range(len(real), count, BATCH):
        size = min(BATCH, count - start)
        one, other = (real[rng.integers(len(real), size=size)].astype(np.float32) for _ in range(2))
        mixed = one + rng.uniform(0.0, 0.6, (size, 1)).astype(np.float32) * (other - one)
        mixed += rng.standard_normal(mixed.shape, np.float32) * 0.01
        rows[start : start + size] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    rows.flush()


def batches(work: Path) -> Iterator[Halves]:
    """The rows under keys that count from 1."""
    rows = np.load(work / "rows.npy", mmap_mode="r")
    for start in range(0, len(rows), BATCH):
        some = np.array(rows[start : start + BATCH])
        yield Halves(np.arange(start + 1, start + len(some) + 1), some, np.zeros(len(some), np.uint8))


def truth(work: Path) -> None:
    """truth.npy: the keys of the DEPTH nearest of each question."""
    questions = np.load(work / "questions.npy")
    found: list[list[tuple[int, float]]] = [[] for _ in questions]
    for batch in batches(work):
        scores = unit(batch.rows, batch.english, None) @ questions.T
        for n, before in enumerate(found):
            here = best(batch.keys, scores[:, n], DEPTH)
            found[n] = sorted(before + here, key=lambda hit: (-hit[1], hit[0]))[:DEPTH]
    np.save(work / "truth.npy", np.array([[key for key, _ in hits] for hits in found]))


def child(work: Path, engine: str, step: str) -> dict[str, float]:
    """One step in a process of its own."""
    command = [sys.executable, "-m", "bench.dense_engines", "--work", str(work), "--engines", engine, "--step", step]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}  # waiting threads would count as processor time
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=one_thread)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def build(work: Path, engine: Any) -> dict[str, float]:
    """Fill an index and publish it."""
    folder = work / engine
    folder.mkdir()
    began = time.process_time()
    index = opened(work, engine)
    body = index._body
    if isinstance(body, CodedBody):
        body.fill(batches(work), building=True)
    else:
        for batch in batches(work):
            body._index.add_with_ids(unit(batch.rows, batch.english, None), batch.keys)
    index.sequence = 1
    index.publish()
    disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return {"build_s": time.process_time() - began, "build_peak_mb": status("VmHWM"), "disk_mb": disk}


def search(work: Path, engine: Any) -> dict[str, float]:
    """Load what was published and ask every question."""
    questions, wanted = np.load(work / "questions.npy"), np.load(work / "truth.npy")
    index = opened(work, engine)
    before, began = (status("RssAnon"), status("RssFile")), time.process_time()
    if not index.load():
        raise AssertionError(f"{engine} cannot be loaded")
    opening = time.process_time() - began
    seconds, hits = [], []
    for query in questions:
        began = time.process_time()
        hits.append([key for key, _ in index.search(query, DEPTH)])
        seconds.append(time.process_time() - began)
    return {
        "open_s": opening,
        "p50_ms": median(seconds) * 1000,
        "recall10": recall(hits, wanted, 10),
        "recall100": recall(hits, wanted, 100),
        "memory_mb": status("RssAnon") - before[0],
        "mapped_mb": status("RssFile") - before[1],
    }


def opened(work: Path, engine: Any) -> DenseIndex:
    """The index of one engine, not loaded."""
    dimension = np.load(work / "questions.npy", mmap_mode="r").shape[1]
    return DenseIndex(work / engine, embedder=EMBEDDER, dimension=dimension, kind=engine)


def recall(hits: list[list[int]], wanted: NDArray[np.int64], k: int) -> float:
    """The share of the true ``k`` nearest among the first ``k`` found."""
    shared = [len(set(one[:k]) & set(true[:k].tolist())) for one, true in zip(hits, wanted, strict=True)]
    return float(np.mean(shared)) / k


def status(name: str) -> float:
    """A line of /proc/self/status, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1000
    raise AssertionError(f"no {name} here")


if __name__ == "__main__":
    main()
