"""Poison among good files, through queue, worker and sandbox: the good come in, the bad are told apart."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import ingest.sandbox
import store.jobs
from bench.torture.forks import forked
from bench.torture.outcome import Outcome
from bench.torture.poison_files import HOOK, KILLED, good, poison
from ingest.chunkers import Chunker
from ingest.files import discover
from ingest.limits import MIB, Limits
from ingest.pipeline import Ingestion
from ingest.queued import job_of
from ingest.sandbox import ParserPool
from ingest.worker import Worker
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.jobs import ATTEMPTS, Job, Jobs
from store.originals import Originals
from store.shelf import Shelf

COLLECTION = "毒"
SECONDS, START = 2.0, 3.0
LIMITS = Limits(seconds=SECONDS, memory_bytes=512 * MIB, decompressed_bytes=256 * MIB)
SHARE = 1.3  # of the clean run, beside the kill limits


def poisoned(
    work: Path, chance: random.Random, *, good_files: int = 200, bad_files: int = 0, hangs: int = 1
) -> Iterator[Outcome]:
    """The clean run, then the one with ``bad_files`` of the poison (0 for all) strewn among the good files.

    ``hangs`` 0 leaves out those that take the whole time that a file may take.
    """
    hook = work / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    sys.path.insert(0, str(hook))  # the sandbox hands its path to its children
    ingest.sandbox.START_SECONDS = START
    store.jobs.BACKOFF_SECONDS = 0.05
    kinds = good(good_files)
    bad = {name: data for name, data in poison().items() if hangs or name not in ("hang.txt", "sleep.txt")}
    bad = dict(list(bad.items())[: bad_files or None])
    for folder, files in (("rein", kinds), ("gemischt", kinds | bad)):
        (work / folder).mkdir()
        for name, data in files.items():
            (work / folder / name).write_bytes(data)
    clean, _, _ = forked(partial(_worked, work / "rein", work / "clean", None)).wanted()
    seconds, left, jobs = forked(partial(_worked, work / "gemischt", work / "mixed", chance)).wanted()
    missing = [name for name in kinds if name not in left]
    yield Outcome("good files", f"not in the library: {missing[:5]}" if missing else "", f"{len(kinds)} good files in")
    told = {Path(job.path).name: job for job in jobs}
    for name in bad:
        yield _judged(name, told.get(name))
    kills = ATTEMPTS * sum(name.removesuffix(".txt") in KILLED for name in bad)
    allowed = SHARE * clean + kills * (SECONDS + START)
    noted = f"{seconds:.1f} s, the clean run {clean:.1f} s, {kills} kills of up to {SECONDS + START:.0f} s"
    yield Outcome("time", "" if seconds <= allowed else f"{seconds:.1f} s, allowed {allowed:.1f} s", noted)


def _judged(name: str, job: Job | None) -> Outcome:
    """A poison file has to be given up, and to say why."""
    if job is None:
        return Outcome(name, "it is not in the queue any more, and nobody says why")
    wrong = "" if job.state == "failed" and job.reason and job.code else f"{job.state}: {job.reason or 'no reason'}"
    return Outcome(name, wrong, f"{job.code}: {job.reason}")


def _worked(files: Path, folder: Path, chance: random.Random | None) -> tuple[float, set[str], list[Job]]:
    """One worker takes all of a folder: seconds, the names in the library, what the queue says."""
    catalogue, embedder = Catalogue(folder / "catalogue.sqlite"), HashEmbedder()
    jobs, originals = Jobs(catalogue.engine), Originals(folder / "originals")
    found = list(discover([files]))
    if chance:
        chance.shuffle(found)
    jobs.add(job_of(file, COLLECTION) for file in found)

    @contextmanager
    def opened(name: str, moves: Callable[[], None]) -> Iterator[Ingestion]:
        yield Ingestion(catalogue, shelf, originals, embedder, pool, LIMITS, cut)

    cut = Chunker("recursive", 60)
    made = catalogue.ensure_collection(
        COLLECTION, embedder=embedder.name, dimension=embedder.dimension, chunker=cut.version
    )
    shelf = Shelf(catalogue, made, folder / "index")
    began = time.monotonic()
    with ParserPool(2, LIMITS) as pool:
        Worker(jobs, originals, opened).run(until_empty=True)
    seconds = time.monotonic() - began
    names = {Path(path).name for path in shelf.read.sources()}
    return seconds, names, list(jobs.items())
