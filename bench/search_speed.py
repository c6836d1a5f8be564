"""Search at 100,000 real passages: each leg, the whole, and what lies around the legs, against what others use.

    pip install "shujia[bench]" bm25s
    python -m bench.search_speed SET_FOLDER... --library DIR [--passages 100000] [--parts keyword hybrid around context]

Passages and vectors come from the evaluation folder (setting eval_folder), questions from the sets. The library DIR is
filled at the first run and kept. All sides are asked in turn within one run, so that other load hits all of them; every
figure is a median, by the clock and in processor time, and stands beside the check of what was found.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from app.contexts import context_of
from app.settings import load
from app.wiring import Library
from bench.real_passages import fill_real, question_texts
from bench.search_rivals import RankBM25, Terms, at_border, bm25s_search, ensemble, overlap
from bench.turns import interleaved, processor, report
from models.types import Vectors
from retrieval.languages import LOOKED_AT
from retrieval.search import CANDIDATES, Retriever
from store.analyzer import analyze
from store.asking import question_terms
from store.dense.engine import Engine
from store.dense.leg import Look
from store.filters import Filters
from store.keyword_index import KeywordIndex
from store.language import language_of
from store.shelf import Shelf
from store.standing import standing

K1 = 1.2  # of the keyword index
RIVALS = 12  # questions of each language that the slow sides are asked
CALLERS = 8
WARM = 240  # searches before anything is measured: what is made for a library that is asked often is there then
PARTS = ("keyword", "hybrid", "around", "context")


class Known:
    """The library's embedder, with questions it was asked before: what is measured is the search."""

    def __init__(self, library: Library, questions: Sequence[str]) -> None:
        inner = library.embedder
        self.name, self.dimension, self.max_tokens, self.tokens = (
            inner.name,
            inner.dimension,
            inner.max_tokens,
            inner.tokens,
        )
        self.vectors = {one: inner.embed_queries([one])[0] for one in questions}

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Their vectors, float32 of shape (n, dimension)."""
        return np.stack([self.vectors[text] for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Not asked for."""
        raise NotImplementedError("passages are embedded already")


@dataclass(frozen=True)
class Bench:
    """The library with its passages, and the questions."""

    library: Library
    shelf: Shelf
    questions: list[str]
    known: Known

    @cached_property
    def texts(self) -> dict[int, str]:
        """Every passage as it is searched, by key, ascending."""
        return dict(self.shelf.read.texts(self.shelf.read.delta(0).added))

    @cached_property
    def sequence(self) -> int:
        """The change that the library stands at: nobody writes to it."""
        return self.shelf.follow()

    @cached_property
    def terms(self) -> tuple[Terms, float]:
        """The terms of every passage and the processor seconds that making them took."""
        began = time.process_time()
        made = [analyze(text) for text in self.texts.values()]
        return made, time.process_time() - began

    def some(self, each: int = RIVALS) -> list[str]:
        """So many questions of each language, in turn."""
        return [
            one for language in ("en", "zh") for one in [q for q in self.questions if language_of(q) == language][:each]
        ]

    def warm(self, shelf: Shelf | None = None) -> Retriever:
        """A retriever with nothing in its memory, of a library that has been asked a while."""
        for _ in range(0, WARM, len(self.questions)):
            list(map(self.retriever(shelf).search, self.questions))
        return self.retriever(shelf)

    def retriever(self, shelf: Shelf | None = None) -> Retriever:
        """As the library makes it, with a memory of its own and nothing in it."""
        made = self.library.retriever_of(shelf or self.shelf)
        return Retriever(made.shelf, self.known, made.candidates, made.dense_weight, both_languages=made.both_languages)


def main() -> None:
    """Fill the library, then the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    settings = load(library=options.library)
    with Library(settings) as library:
        shelf = fill_real(library, Path(settings.eval_folder).expanduser(), options.passages)
        questions = question_texts(options.sets, 20)
        bench = Bench(library, shelf, questions, Known(library, questions))
        count = shelf.read.counts().chunks
        print(f"{count:,} passages {dict(shelf.languages)}, {len(questions)} questions, load {os.getloadavg()[0]:.1f}")
        for part in options.parts:
            print(f"\n{part}", flush=True)
            {"keyword": keyword, "hybrid": hybrid, "around": around, "context": contexts}[part](bench)


def keyword(bench: Bench) -> None:
    """The keyword leg against rank-bm25 and bm25s over the same terms; indexing with 1,000 questions too."""
    terms, analysis = bench.terms
    keys = list(bench.texts)
    with tempfile.TemporaryDirectory() as folder:
        ours = KeywordIndex(Path(folder))
        ours.clear()
        build = {"shujia": processor(lambda: ours.write((), bench.texts.items(), 1))}
    made: dict[str, Any] = {}
    build["rank-bm25"] = analysis + processor(lambda: made.update(rank=RankBM25(terms)))
    build["bm25s"] = analysis + processor(lambda: made.update(bm25s=bm25s_search(terms, keys)))
    asked = {one: list(question_terms(one).elements()) for one in bench.questions}
    sides: dict[str, Callable[[str], list[int]]] = {
        "shujia": lambda one: [key for key, _ in bench.shelf.search_keyword(one, 10)],
        "rank-bm25": lambda one: made["rank"].top(asked[one], keys),
    }
    if made["bm25s"] is not None:
        sides["bm25s"] = lambda one: made["bm25s"](asked[one])
    for side in sides.values():
        side(bench.questions[0])
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for language in ("en", "zh"):
        questions = [one for one in bench.some() if language_of(one) == language]
        found = interleaved(sides, questions)
        report(language, found)
        for name in sides:
            seconds[name] += [one[1] for one in found[name]]
        lists = {name: [one[2] for one in found[name]] for name in sides}
        print(f"  best ten in common with rank-bm25 as it comes: {overlap(lists['shujia'], lists['rank-bm25']):.2f}")  # type: ignore[arg-type]
        same = sum(same_scoring(bench, made["rank"], one) for one in questions)
        print(f"  best ten equal to rank-bm25 with our weights, k1 and rounded lengths: {same} of {len(questions)}")
    whole = {name: build[name] + 1000 * sum(spent) / len(spent) for name, spent in seconds.items()}
    for name in sides:
        ratio = whole[name] / whole["shujia"]
        print(f"  {name}: index {build[name]:.1f} s, with 1,000 questions {whole[name]:.1f} s, {ratio:.1f} times ours")


def same_scoring(bench: Bench, rank: RankBM25, question: str) -> bool:
    """Whether our best ten are rank-bm25's, when it is given our weights."""
    terms = question_terms(question)
    weights = {term: weight for term, (weight, _) in bench.shelf.keyword_weights(terms, language_of(question)).items()}
    scores = rank.scores_weighed(list(terms.elements()), weights, K1)
    return at_border(scores, list(bench.texts), [key for key, _ in bench.shelf.search_keyword(question, 10)])


def hybrid(bench: Bench) -> None:
    """The whole search, the vector given, against langchain-classic's ensemble with jieba over the same vectors."""
    keys, rows = bench.shelf.read.vectors(list(bench.texts))
    kept = keys.tolist()
    rival, spent = ensemble([bench.texts[key] for key in kept], kept, rows, bench.known.vectors, CANDIDATES)
    print(f"  the ensemble was built in {spent:.0f} s of processor time")
    settings = bench.library.settings
    with tempfile.TemporaryDirectory(dir=settings.library) as folder:
        ivf = Shelf(bench.library.catalogue, bench.shelf.collection, Path(folder), bench.shelf.space, Engine("ivf"))
        ivf.follow(publish=True)
        engines = {"shujia": bench.shelf, "shujia, ivf": ivf}
        sides: dict[str, Callable[[str], list[int]]] = {"ensemble": rival}
        for name, shelf in engines.items():
            retriever = bench.warm(shelf)
            sides[name] = lambda one, retriever=retriever: ranked(retriever, one)
        found = interleaved(sides, bench.some())
        report("both", found)
        lists = {name: [one[2] for one in each] for name, each in found.items()}
        for name in list(sides)[1:]:
            print(
                f"  {name}: best ten in common with the exact search {overlap(lists['shujia'], lists[name]):.3f}, "  # type: ignore[arg-type]
                f"with the ensemble {overlap(lists['ensemble'], lists[name]):.2f}"
            )  # type: ignore[arg-type]
        exact(bench, rows, keys, engines)


def ranked(retriever: Retriever, question: str) -> list[int]:
    """The keys of the ten passages that a search returns, in order."""
    return [hit.key for hit in retriever.search(question).trace.stages[-1].ranking[:10]]


def exact(bench: Bench, rows: Vectors, keys: Any, engines: dict[str, Shelf]) -> None:
    """How many of numpy's nearest ten each dense leg finds, on the same vectors."""
    space = bench.shelf.space
    rows = rows if space is None else space.passages(rows, bench.shelf.read.written_in(keys.tolist()))
    found: dict[str, list[list[int]]] = {name: [] for name in engines}
    wanted = []
    for one in bench.some():
        vector = bench.shelf.asked(bench.known.vectors[one], language_of(one))
        scores = rows @ vector
        wanted.append(keys[np.lexsort((keys, -scores))[:10]].tolist())
        for name, shelf in engines.items():
            found[name].append([key for key, _ in shelf.search_dense(vector, 10)])
    for name in engines:
        print(f"  {name}: recall@10 of the dense leg against numpy {overlap(wanted, found[name]):.4f}")


def around(bench: Bench) -> None:
    """What a search spends beside its legs, and how it bears many callers.

    The legs by themselves and the whole search take turns. In a library of two languages the dense leg gives two
    rankings: of all passages, and of those in the other language. Processor time, since the legs run side by side.
    """
    retriever = bench.warm()
    found = interleaved({"legs": lambda one: legs(bench, one), "search": retriever.search}, bench.questions[1:])
    own, busy = ([one[1] for one in found[name]] for name in ("legs", "search"))
    rest = [all_of - legs_only for all_of, legs_only in zip(busy, own, strict=True)]
    share = median(outside / leg for outside, leg in zip(rest, own, strict=True))
    clock = [one[0] for one in found["search"]]
    print(f"  search p50 {1000 * median(clock):.1f} ms, {1000 * median(busy):.1f} ms of processor: legs", end="")
    print(f" {1000 * median(own):.1f} ms, around them {1000 * median(rest):.2f} ms; share p50 {share:.1%}", flush=True)
    many = concurrent(bench)
    for name, times in (("one caller", clock), (f"{CALLERS} callers", many)):
        middle, late = median(times), quantiles(times, n=20)[-1]
        print(f"  {name}: p50 {1000 * middle:.1f} ms, p95 {1000 * late:.1f} ms, {late / middle:.1f} times")


def legs(bench: Bench, question: str) -> None:
    """The searches that the legs do, one after the other, with no more than the indexes' own work."""
    shelf, language = bench.shelf, language_of(question)
    vector = shelf.asked(bench.known.vectors[question], language)
    with standing(shelf, bench.sequence):
        other = "en" if language == "zh" else "zh"
        foreign = shelf.allowed(Filters(languages=(other,))) if shelf.languages.get(other) else None
        looks = [Look(CANDIDATES), *([Look(LOOKED_AT, foreign)] if foreign is not None else [])]
        shelf.searches_dense(vector, looks)
        shelf.search_keyword(question, CANDIDATES)


def concurrent(bench: Bench) -> list[float]:
    """The seconds of every search, when so many callers ask without a pause, each with a share of the questions."""
    retriever = bench.retriever()
    times: list[float] = []

    def ask(mine: list[str]) -> None:
        for one in mine:
            began = time.perf_counter()
            retriever.search(one)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=ask, args=(bench.questions[place::CALLERS],)) for place in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def contexts(bench: Bench) -> None:
    """Question to context with the default embedder, no chat model: what `ask` does before it writes."""
    library = bench.library
    clock, busy = [], []
    for one in bench.questions[:60]:
        began, used = time.perf_counter(), time.process_time()
        found = library.search(one, k=40)
        context_of(library, found)
        clock.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    wall, used = 1000 * median(clock[5:]), 1000 * median(busy[5:])
    print(f"  question to context: p50 {wall:.1f} ms ({used:.1f} ms of processor)")


if __name__ == "__main__":
    main()
