"""`make bench`: the figures of docs/performance.md, each with the equality check that makes it worth something.

python -m bench.run [--passages N] [--ask]
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from app.settings import load
from app.wiring import Library
from bench.processes import median_seconds, peak, run
from bench.synthetic import fill
from retrieval.memory import Memory
from retrieval.search import Retriever

SAMPLE = Path(__file__).parents[1] / "examples" / "library"
QUESTIONS = [
    "语言模型的向量索引怎么部署？",
    "which passage holds the evidence for the answer",
    "编号 4711",
    "number 1234",
]


def main() -> None:
    """Run every figure and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--ask", action="store_true", help="also the chat model: minutes on a slow machine")
    options = parser.parse_args()
    print(f"machine: {platform.processor() or platform.machine()}, {platform.python_version()}\n")
    show("shujia --help, seconds (median of 5)", median_seconds(5, "--help"))
    with tempfile.TemporaryDirectory() as folder:
        ingest_twice(Path(folder))
        large(Path(folder) / "large", options.passages)
        if options.ask:
            ask(Path(folder))


def show(what: str, value: float | str) -> None:
    """One figure on one line."""
    print(f"{what:<72} {value if isinstance(value, str) else f'{value:.3f}'}", flush=True)


def ingest_twice(folder: Path) -> None:
    """The sample library, then again unchanged: nothing may be read or embedded the second time."""
    first = run("--library", str(folder), "ingest", str(SAMPLE), "--json")
    second = run("--library", str(folder), "ingest", str(SAMPLE), "--json")
    totals, again = (json.loads(each.output)["totals"] for each in (first, second))
    if again["changed"] or again["embedded"] or again["unchanged"] != totals["files"]:
        raise AssertionError(f"the second run was not a no-op: {again}")
    show(f"ingest of {totals['files']} files, {totals['chunks']} chunks, seconds", totals["seconds"])
    show("the same again (0 changed, 0 embedded), share of the first", again["seconds"] / totals["seconds"])


def large(folder: Path, passages: int) -> None:
    """Search over many passages; the dense leg must equal a brute-force search with numpy."""
    with Library(load(library=folder)) as library:
        shelf = fill(folder, library.embedder, passages)
        retriever = Retriever(shelf, library.embedder, memory=Memory(0))  # each question is searched anew
        equal_to_numpy(retriever)
        show(
            f"search, first question over {passages:,} passages, seconds", timed(lambda: retriever.search(QUESTIONS[0]))
        )
        times = [timed(lambda question=question: retriever.search(question)) for question in QUESTIONS * 10]
        show("search, p50 seconds", median(times))
        show("search, p95 seconds", quantiles(times, n=20)[-1])
        legs = retriever.search(QUESTIONS[1]).trace.seconds
        show("of which", ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in legs.items()))
    done = peak("--library", str(folder), "search", QUESTIONS[0], "--json")
    show("shujia search as a process, seconds from start to end", done.seconds)
    show("shujia search, peak megabytes", done.megabytes)
    done = peak("--library", str(folder), "ask", QUESTIONS[0], "--model", "extractive", "--json")
    show("shujia ask --model extractive as a process, seconds", done.seconds)


def equal_to_numpy(retriever: Retriever) -> None:
    """FAISS's ten nearest are numpy's ten nearest."""
    read = retriever.shelf.read
    keys, vectors = read.vectors(read.delta(0).added)
    for question in QUESTIONS:
        query = retriever.embedder.embed_queries([question])[0]
        scores = vectors @ query
        best = keys[np.lexsort((keys, -scores))[:10]].tolist()
        found = [key for key, _ in retriever.shelf.search_dense(query, 10)]
        if found != best:
            raise AssertionError(f"dense search of {question!r} gave {found}, numpy {best}")
    show("dense ranking equals numpy's on 4 questions", "yes")


def ask(folder: Path) -> None:
    """Answers of the default chat model from the sample library: time to the first word, and memory."""
    for question in ("禾问部署在几台服务器上？", "How long are chat logs kept?"):
        done = peak("--library", str(folder), "ask", question, "--json")
        trace = json.loads(done.output)["trace"]
        show(f"ask {question!r}, process seconds", done.seconds)
        show("  first word after, seconds", trace["first_token"])
        show("  peak megabytes", done.megabytes)


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
