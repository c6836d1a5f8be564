"""ENTRY of retrieval: a question → ranked passages, with the trace of every stage.

legs: dense ∥ keyword → fuse → rerank, where a reranker is set → passages

The legs run side by side: while the embedder reads the question, tantivy already searches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.types import Embedder
from retrieval.fuse import DENSE_WEIGHT, fuse
from retrieval.rerank import DEPTH, RERANK_WEIGHT, Reranker, reranked
from retrieval.types import Context, Hit, Mode, Passage, Query, Ranking, StageScore, StageTrace, Trace
from store.reading import passage_text
from store.shelf import Shelf

CANDIDATES = 100  # hits a leg gives to the fusion
MAX_QUESTION = 8_000  # characters; more is a document, not a question


class EmptyQuestion(ValueError):
    """A question without a single word."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one shelf.

    ``dense_weight`` is the dense leg's share in the fusion and ``rerank_weight`` the reranker's share in the order of
    the ``rerank_depth`` best, both from 0 to 1.
    """

    shelf: Shelf
    embedder: Embedder
    candidates: int = CANDIDATES
    dense_weight: float = DENSE_WEIGHT
    reranker: Reranker | None = None
    rerank_depth: int = DEPTH
    rerank_weight: float = RERANK_WEIGHT
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "leg"), repr=False)

    def search(self, question: str | Query, *, k: int = 10, mode: Mode = "hybrid") -> Context:
        """The ``k`` best passages, best first, numbered from 1. Raises EmptyQuestion."""
        sequence = self.shelf.follow()
        query = asked(question)
        stages = self.rank(query, k=k, mode=mode)
        began = time.perf_counter()
        passages = self._passages(stages, k)
        stages.append(StageTrace("passages", time.perf_counter() - began))
        return Context(query.text, passages, Trace(tuple(stages), sequence))

    def rank(
        self,
        question: str | Query,
        *,
        k: int = 10,
        mode: Mode = "hybrid",
        depth: int = 0,
        vector: NDArray[np.float32] | None = None,
    ) -> list[StageTrace]:
        """What each stage makes of a question, in the order they run; the last one's ranking counts.

        ``depth`` is how many hits a leg returns where more are wanted than the fusion sees; ``vector`` the question's
        own, where it is known already. Raises EmptyQuestion.
        """
        query = asked(question)
        width = max(k, self.candidates)
        depth = max(width, depth)
        legs = {
            "dense": lambda: self._dense(query, depth, vector),
            "keyword": lambda: self._keyword(query, depth),
        }
        running = [self._threads.submit(_timed, name, leg) for name, leg in legs.items() if mode in (name, "hybrid")]
        stages = [leg.result() for leg in running]
        if mode == "hybrid":
            dense, sparse = (stage.ranking[:width] for stage in stages)
            stages.append(_timed("fused", lambda: self._fuse(query, dense, sparse)))
            if self.reranker is not None:
                stages.append(self.rerank(query.text, stages[-1].ranking, self.reranker))
        return stages

    def rerank(self, question: str, fused: Ranking, reranker: Reranker) -> StageTrace:
        """The stage that reads the best ``rerank_depth`` passages beside the question and orders them anew."""

        def stage() -> Ranking:
            best = fused[: self.rerank_depth]
            located = self.shelf.located([hit.key for hit in best])
            live = [hit for hit in best if hit.key in located]
            texts = [passage_text(located[hit.key].chunk.headings, located[hit.key].chunk.text) for hit in live]
            scores = reranker.score(cleaned(question), texts)
            return reranked(live, scores, fused[self.rerank_depth :], weight=self.rerank_weight)

        return _timed("rerank", stage)

    def _dense(self, query: Query, k: int, vector: NDArray[np.float32] | None) -> Ranking:
        if vector is None:
            vector = self.embedder.embed_queries([query.text])[0]
        return tuple(Hit(key, score) for key, score in self.shelf.search_dense(vector, k))

    def _keyword(self, query: Query, k: int) -> Ranking:
        return tuple(Hit(key, score) for key, score in self.shelf.search_keyword(query.text, k))

    def _fuse(self, query: Query, dense: Ranking, keyword: Ranking) -> Ranking:
        mass = self.shelf.keyword_mass(query.text)
        return fuse(dense, keyword, keyword_mass=mass, dense_weight=self.dense_weight)

    def _passages(self, stages: list[StageTrace], k: int) -> tuple[Passage, ...]:
        """The last stage's best ``k`` that are live, with the place every stage gave them."""
        final = stages[-1].ranking
        places = {
            stage.name: {hit.key: StageScore(rank, hit.score) for rank, hit in enumerate(stage.ranking, start=1)}
            for stage in stages
        }
        # A chunk may have been deleted between the search and this line, so a few more are asked for.
        located = self.shelf.located([hit.key for hit in final[: k + 10]])
        live = [hit for hit in final[: k + 10] if hit.key in located][:k]
        return tuple(
            Passage(
                number=number,
                chunk=located[hit.key].chunk,
                title=located[hit.key].title,
                path=located[hit.key].path,
                score=hit.score,
                stages={name: place[hit.key] for name, place in places.items() if hit.key in place},
            )
            for number, hit in enumerate(live, start=1)
        )


def asked(question: str | Query) -> Query:
    """The question as the legs are asked it. Raises EmptyQuestion."""
    query = Query(question) if isinstance(question, str) else question
    return replace(query, text=cleaned(query.text))


def cleaned(question: str) -> str:
    """The question as it is searched. Raises EmptyQuestion where there is not a single word in it."""
    # A terminal in another encoding hands over lone surrogates, which no tokenizer and no JSON takes.
    question = question.encode("utf-8", "replace").decode().strip()[:MAX_QUESTION]
    if not any(character.isalnum() for character in question):
        raise EmptyQuestion("the question is empty: write what you want to know")
    return question


def _timed(name: str, stage: Callable[[], Ranking]) -> StageTrace:
    began = time.perf_counter()
    found = stage()
    return StageTrace(name, time.perf_counter() - began, found)
