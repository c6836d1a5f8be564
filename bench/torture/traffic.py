"""Questions go on while documents come in, and while one generation takes another's place."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.reindexing import Report, reindex, roll_back
from app.wiring import Library
from bench.torture.child import COLLECTION
from bench.torture.forks import Running, forked
from bench.torture.outcome import Outcome
from bench.torture.shelves import fill, make_pages, opened
from ingest.chunkers import Chunker
from models.fakes import HashEmbedder
from store.types import Chunk, chunk_id

BUDGETS = (25, 40)  # tokens a chunk, of the two generations
QUESTIONS = ("声明", "内容 3-2", "第 2 章", "编号 62")


def traffic(work: Path, chance: random.Random, *, documents: int = 200, switches: int = 10) -> Iterator[Outcome]:
    """p95 while another process ingests, over p95 idle; then switches and rollbacks under questions."""
    make_pages(work / "first", documents)
    make_pages(work / "second", 2 * documents)
    forked(partial(fill, work / "library", work / "first")).wanted()
    idle, busy, asked = forked(partial(_beside_ingest, work)).wanted()
    ratio = busy / idle
    yield Outcome("questions during ingest", noted=f"{asked} asked, p95 {ratio:.2f} x idle ({idle * 1000:.1f} ms)")
    forked(partial(fill, work / "small", _few(work, 30))).wanted()
    told = forked(partial(_beside_switches, work / "small", switches)).wanted()
    wrong = "; ".join(told["wrong"][:3])
    yield Outcome(
        "questions during switches", wrong, f"{told['asked']} asked, {told['switched']} switches and rollbacks"
    )


def _few(work: Path, count: int) -> Path:
    make_pages(work / "few", count)
    return work / "few"


def _beside_ingest(work: Path) -> tuple[float, float, int]:
    """Seconds of p95 without and with an ingest beside, and how many were asked during it."""
    running: Running | None = Running(partial(_wait_then_fill, work))
    with opened(work / "library") as library:
        _ask(library, 40)  # warm
        idle = [_ask(library, 1) for _ in range(300)]
        (work / "go").touch()
        busy = []
        while not (work / "done").exists():
            busy.append(_ask(library, 1))
    assert running is not None  # noqa: S101
    running.end().wanted()
    return statistics.quantiles(idle, n=20)[-1], statistics.quantiles(busy, n=20)[-1], len(busy)


def _wait_then_fill(work: Path) -> None:
    while not (work / "go").exists():
        time.sleep(0.01)
    try:
        fill(work / "library", work / "second")
    finally:
        (work / "done").touch()


def _ask(library: Library, times: int) -> float:
    began = time.perf_counter()
    for n in range(times):
        library.search(f"{QUESTIONS[n % len(QUESTIONS)]} {time.perf_counter_ns() % 997}", k=10)
    return time.perf_counter() - began


def _beside_switches(folder: Path, switches: int) -> dict[str, object]:
    """Reindex with two chunkers by turns, and roll back, while questions are asked."""
    with opened(folder) as library:
        over, asked, wrong = threading.Event(), [0], list[str]()
        threads = [threading.Thread(target=_watch, args=(folder, over, asked, wrong)) for _ in range(2)]
        for thread in threads:
            thread.start()
        done = 0
        for number in range(switches):
            cut = Chunker("recursive", BUDGETS[number % 2])
            outcome = reindex(library, COLLECTION, HashEmbedder(), cut, report=Report())
            done += outcome.switched
            done += roll_back(library, COLLECTION, report=Report()).switched
        over.set()
        for thread in threads:
            thread.join()
    if done != 2 * switches:
        wrong.append(f"{done} of {2 * switches} switches were made")
    return {"asked": asked[0], "switched": done, "wrong": wrong}


def _watch(folder: Path, over: threading.Event, asked: list[int], wrong: list[str]) -> None:
    """Ask until it is over; every answer has to be whole and of one generation."""
    with opened(folder) as library:
        while not over.is_set():
            try:
                told = _one_answer(library)
            except Exception as exc:  # noqa: BLE001  # any failure is what is looked for
                told = f"{type(exc).__name__}: {exc}"
            asked[0] += 1
            if told:
                wrong.append(told)


def _one_answer(library: Library) -> str:
    """What is wrong with one answer: nothing found, or passages of more than one generation."""
    context = library.search(QUESTIONS[time.perf_counter_ns() // 1000 % len(QUESTIONS)], k=20)
    if not context.passages:
        return "no hits"
    made = {_cut_by(passage.chunk) for passage in context.passages}
    return "" if len(made) == 1 and None not in made else f"one answer of the generations {made}"


def _cut_by(chunk: Chunk) -> int | None:
    """The chunker's budget, which the id of a chunk is made of."""
    for budget in BUDGETS:
        if chunk.id == chunk_id(chunk.document_id, chunk.start, chunk.end, Chunker("recursive", budget).version):
            return budget
    return None
