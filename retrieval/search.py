"""ENTRY of retrieval: a question → ranked passages, with the trace of every stage.

legs: dense ∥ keyword → fuse → rerank, where a reranker is set → passages

The legs run side by side: while the embedder reads the question, tantivy already searches.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from models.types import Embedder
from retrieval.duplicates import without_copies
from retrieval.fuse import DENSE_WEIGHT, fuse
from retrieval.languages import DEEP, LOOKED_AT, READ, heard, mixed, stands_out
from retrieval.memory import Memory
from retrieval.nearness import SHARE, with_neighbours
from retrieval.rerank import DEPTH, RERANK_SECONDS, RERANK_WEIGHT, Reranker, read, reranked
from retrieval.rewrite.legs import keyword_hits, keyword_mass, query_vector
from retrieval.types import Context, Hit, Mode, Passage, Query, Ranking, StageScore, StageTrace, Trace
from store.dense.leg import Look
from store.filters import NO_FILTERS, Allowed, Filters
from store.language import Language, language_of
from store.reading import passage_text
from store.shelf import Shelf

CANDIDATES = 100  # hits a leg gives to the fusion
MAX_QUESTION = 8_000  # characters; more is a document, not a question


@cache
def _threads_of(process: int) -> ThreadPoolExecutor:
    """The threads that run the legs of all searches of a process; a forked one has none of its parent's."""
    return ThreadPoolExecutor(32, "leg")


class EmptyQuestion(ValueError):
    """A question without a single word."""


@dataclass(slots=True)
class _Foreign:
    """The other language of a mixed library: its chunks, the nearest of them, and how their cosines spread."""

    language: Language
    chunks: Allowed
    hits: Ranking = ()
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one shelf.

    ``dense_weight`` is the dense leg's share in the fusion and ``rerank_weight`` the reranker's share in the order of
    the ``rerank_depth`` best, both from 0 to 1. ``both_languages`` keeps places for the other language of a mixed
    library (retrieval.languages). ``memory`` may be shared by retrievers of any configuration. ``neighbour_share`` is
    what a passage's neighbours have of its score in the dense leg (retrieval.nearness).
    """

    shelf: Shelf
    embedder: Embedder
    candidates: int = CANDIDATES
    dense_weight: float = DENSE_WEIGHT
    reranker: Reranker | None = None
    rerank_depth: int = DEPTH
    rerank_weight: float = RERANK_WEIGHT
    rerank_seconds: float = RERANK_SECONDS
    both_languages: bool = True
    memory: Memory = field(default_factory=Memory, repr=False)
    neighbour_share: float = SHARE
    _threads: ThreadPoolExecutor = field(default_factory=lambda: _threads_of(os.getpid()), repr=False)

    def search(
        self, question: str | Query, *, k: int = 10, mode: Mode = "hybrid", filters: Filters = NO_FILTERS
    ) -> Context:
        """The ``k`` best passages that pass the filters, best first, numbered from 1.

        Raises EmptyQuestion, and NothingToFilter for a filter that names what no document has.
        """
        query = asked(question)
        with self.shelf.standing() as sequence:
            stages = self._remembered(query, sequence, k=k, mode=mode, filters=filters)
            began = time.perf_counter()
            passages = self._passages(stages, k)
        last = stages[-1]
        taken = tuple(last.ranking[passage.stages[last.name].rank - 1] for passage in passages)
        stages.append(StageTrace("passages", time.perf_counter() - began, taken))
        return Context(query.text, passages, Trace(tuple(stages), sequence), query=query)

    def _remembered(
        self, query: Query, sequence: int, *, k: int, mode: Mode, filters: Filters
    ) -> list[StageTrace]:  # fmt: skip
        """The stages of a search; those of an equal one, in no time, where the library has not changed since."""
        allowed = self.shelf.allowed(filters)
        reading = (self.reranker and self.reranker.name, self.rerank_depth, self.rerank_weight)
        legs = (self.embedder.name, self.candidates, self.dense_weight, self.neighbour_share)
        configuration = (*legs, *reading, self.both_languages)
        place = (self.shelf.collection.id, sequence, allowed and allowed.digest)
        key = ("search", query, max(k, self.candidates), mode, place, configuration)
        ran: list[StageTrace] = []

        def search() -> list[StageTrace]:
            ran.extend(self.rank(query, k=k, mode=mode, filters=filters))
            return ran

        found = self.memory.get(
            key,
            search,
            keep=lambda stages: not any(stage.note for stage in stages),  # a model that failed may be back in a moment
        )
        return list(ran) or [replace(stage, seconds=0.0) for stage in found]

    def rank(
        self,
        question: str | Query,
        *,
        k: int = 10,
        mode: Mode = "hybrid",
        depth: int = 0,
        vector: NDArray[np.float32] | None = None,
        filters: Filters = NO_FILTERS,
    ) -> list[StageTrace]:
        """What each stage makes of a question, in the order they run; the last one's ranking counts.

        ``depth`` is how many hits a leg returns where more are wanted than the fusion sees; ``vector`` the question's
        own, where it is known already; ``filters`` hold in both legs. Raises EmptyQuestion, NothingToFilter, ValueError
        for a mode that is none.
        """
        if mode not in get_args(Mode):
            raise ValueError(f"mode {mode!r}: choose hybrid, dense or keyword")
        query = asked(question)
        width = max(k, self.candidates)
        with self.shelf.standing():
            foreign = self._foreign(query, filters) if mode == "hybrid" else None
            stages = self._legs(query, max(width, depth), mode, vector, self.shelf.allowed(filters), foreign)
            if mode == "hybrid":
                dense, sparse = (stage.ranking[:width] for stage in stages)
                mass = keyword_mass(self.shelf, query)
                stages.append(_timed("fused", lambda: self._fuse(mass, dense, sparse)))
                if self.reranker is not None:
                    seconds = self.rerank_seconds
                    stages.append(self.rerank(query.text, stages[-1].ranking, self.reranker, seconds=seconds))
                if foreign is not None:
                    share = sparse[0].score / mass if sparse and mass > 0 else 0.0
                    stages += self._other_language(foreign, stages[-1].ranking, share)
        return stages

    def _legs(
        self,
        query: Query,
        depth: int,
        mode: Mode,
        vector: NDArray[np.float32] | None,
        allowed: Allowed | None,
        foreign: _Foreign | None,
    ) -> list[StageTrace]:
        """The rankings of the legs that the mode asks, side by side."""
        legs = {
            "dense": lambda: self._dense(query, depth, vector, allowed, foreign),
            "keyword": lambda: keyword_hits(self.shelf, query, depth, allowed),
        }
        wanted = [(name, leg) for name, leg in legs.items() if mode in (name, "hybrid")]
        running = [self._threads.submit(copy_context().run, _timed, name, leg) for name, leg in wanted]
        return [leg.result() for leg in running]

    def rerank(self, question: str, fused: Ranking, reranker: Reranker, *, seconds: float | None = None) -> StageTrace:
        """The stage that reads the best ``rerank_depth`` passages beside the question and orders them anew.

        With ``seconds``, passages that are not read in that time, or not before the model fails, stay behind those that
        were, in their order, and the trace has a note; without, all are read and a ModelError is raised.
        """
        began = time.perf_counter()
        best = fused[: self.rerank_depth]
        located = self.shelf.located([hit.key for hit in best])
        live = tuple(hit for hit in best if hit.key in located)
        texts = [passage_text(located[hit.key].chunk.headings, located[hit.key].chunk.text) for hit in live]
        scores, note = read(reranker, cleaned(question), texts, seconds)
        rest = (*live[len(scores) :], *fused[self.rerank_depth :])
        ranking = reranked(live[: len(scores)], scores, rest, weight=self.rerank_weight) if scores else fused
        return StageTrace("rerank", time.perf_counter() - began, ranking, note)

    def fusing(self, question: str | Query) -> Callable[[Ranking, Ranking], Ranking]:
        """How a dense and a keyword ranking of this question become one, for explanations. Raises EmptyQuestion."""
        mass = keyword_mass(self.shelf, asked(question))
        return lambda dense, keyword: self._fuse(mass, dense, keyword)

    def _dense(
        self,
        query: Query,
        k: int,
        vector: NDArray[np.float32] | None,
        allowed: Allowed | None,
        foreign: _Foreign | None,
    ) -> Ranking:
        """The dense leg's ranking; ``foreign`` is told what the same comparison found of it."""
        asked = self._vector(query, vector)
        looks = [Look(k, allowed), *([Look(LOOKED_AT, foreign.chunks)] if foreign else [])]
        hits, *others = self.shelf.searches_dense(asked, looks)
        if foreign:
            foreign.hits = tuple(Hit(*hit) for hit in others[0])
            foreign.spread = self.shelf.spread(asked, foreign.chunks)
        return with_neighbours(self.shelf, asked, hits, self.neighbour_share)

    def _vector(self, query: Query, own: NDArray[np.float32] | None) -> NDArray[np.float32]:
        if own is not None:
            raw = query_vector(self.embedder, query, own)
        else:
            raw = self.memory.get(("vector", self.embedder.name, query), lambda: query_vector(self.embedder, query))
        return self.shelf.asked(raw, language_of(query.text))

    def _foreign(self, query: Query, filters: Filters) -> _Foreign | None:
        """The other language, where the library has passages in it and nobody asked for one of them alone."""
        other: Language = "en" if language_of(query.text) == "zh" else "zh"
        if not self.both_languages or filters.languages or not self.shelf.languages.get(other):
            return None
        chunks = self.shelf.allowed(replace(filters, languages=(other,)))
        return None if chunks is None else _Foreign(other, chunks)

    def _other_language(self, foreign: _Foreign, ranking: Ranking, share: float) -> list[StageTrace]:
        """The stage that gives places to the other language; none where there is nothing in it that stands out."""
        began = time.perf_counter()
        hits = self._plain(foreign.hits) if foreign.language == "en" else foreign.hits
        if not stands_out(hits, foreign.spread, share):
            return []
        return [StageTrace("languages", time.perf_counter() - began, heard(ranking, hits, foreign.chunks))]

    def _plain(self, hits: Ranking) -> Ranking:
        """The best English hits whose text is not mixed: all, or as many as the stage looks at."""
        plain: list[Hit] = []
        for start in range(0, len(hits), READ):
            batch = hits[start : start + READ]
            texts = self.shelf.read.words([hit.key for hit in batch])
            plain += [hit for hit in batch if hit.key in texts and not mixed(texts[hit.key])]
            if len(plain) >= DEEP:
                break
        return tuple(plain)

    def _fuse(self, mass: float, dense: Ranking, keyword: Ranking) -> Ranking:
        return fuse(dense, keyword, keyword_mass=mass, dense_weight=self.dense_weight)

    def _passages(self, stages: list[StageTrace], k: int) -> tuple[Passage, ...]:
        """The last stage's best ``k`` that are live and no copies, with the place every stage gave them."""
        found = enumerate(islice(without_copies(self._live(stages, k + 3)), k), start=1)
        return tuple(replace(passage, number=number) for number, passage in found)

    def _live(self, stages: Sequence[StageTrace], step: int) -> Iterator[Passage]:
        """The last stage's passages; one that was deleted meanwhile is not among them. ``step`` are read at a time."""
        ranking = stages[-1].ranking
        for start in range(0, len(ranking), step):
            batch = ranking[start : start + step]
            located = self.shelf.located([hit.key for hit in batch])
            places = {stage.name: _places(stage.ranking, located.keys()) for stage in stages}
            for hit in batch:
                if one := located.get(hit.key):
                    at = {name: place[hit.key] for name, place in places.items() if hit.key in place}
                    yield Passage(0, one.chunk, one.title, one.path, hit.score, at)


def asked(question: str | Query) -> Query:
    """The question as the legs are asked it. Raises EmptyQuestion."""
    query = Query(question) if isinstance(question, str) else question
    wordings, imagined = (tuple(map(printable, each)) for each in (query.wordings, query.imagined))
    return Query(cleaned(query.text), wordings, imagined, printable(query.before))


def cleaned(question: str) -> str:
    """The question as it is searched. Raises EmptyQuestion where there is not a single word in it."""
    question = printable(question)
    if not any(character.isalnum() for character in question):
        raise EmptyQuestion("the question is empty: write what you want to know")
    return question


def printable(text: str) -> str:
    """``text`` as it may be searched: stripped, not too long, and without what cannot be encoded."""
    # A terminal in another encoding hands over lone surrogates, which no tokenizer and no JSON takes.
    return text.encode("utf-8", "replace").decode().strip()[:MAX_QUESTION]


def _places(ranking: Ranking, keys: Container[int]) -> dict[int, StageScore]:
    """Where a stage put those of ``keys`` that it has."""
    return {hit.key: StageScore(rank, hit.score) for rank, hit in enumerate(ranking, start=1) if hit.key in keys}


def _timed(name: str, stage: Callable[[], Ranking]) -> StageTrace:
    began = time.perf_counter()
    found = stage()
    return StageTrace(name, time.perf_counter() - began, found)
