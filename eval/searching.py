"""Questions → what every stage of the search found, and for a few of them how long a user would have waited."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eval.types import Question
from models.types import ModelError
from retrieval.memory import Memory
from retrieval.rerank import Reranker
from retrieval.search import EmptyQuestion, Retriever
from retrieval.types import StageTrace

EvalMode = Literal["dense", "keyword", "hybrid", "hybrid+rerank"]
MODES: tuple[EvalMode, ...] = ("dense", "keyword", "hybrid", "hybrid+rerank")
STAGES: Mapping[str, tuple[str, ...]] = {
    "dense": ("dense",),
    "keyword": ("keyword",),
    "hybrid": ("dense", "keyword", "fused"),
    "hybrid+rerank": ("dense", "keyword", "fused", "rerank"),
}
DEPTH = 300  # passages a leg returns, so that a hundred documents are among them
TIMED = 20  # questions a set that are searched a second time as a user's is, embedding included: the latency is theirs
AT_ONCE = 2  # of the others; more only wait for each other


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all modes made of one question: the stages' rankings by name, or why it failed.

    ``seconds`` is time by stage of a question that was searched as a user's is, empty for all others; the times in
    ``stages`` mean nothing.
    """

    question: Question
    stages: Mapping[str, StageTrace]
    seconds: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Searching:
    """How questions are searched: ``retriever`` and, where a mode reranks, what it reads passages with."""

    retriever: Retriever
    modes: Sequence[EvalMode]
    reranker: Reranker | None

    def timed(self, question: Question) -> Outcome:
        """The question embedded, and with both legs side by side, as the product searches."""
        plain = replace(self.retriever, reranker=None, memory=Memory())  # another set may ask the same questions
        found = self._outcome(question, lambda: self._legs(question, None, plain))
        return replace(found, seconds={stage.name: stage.seconds for stage in found.stages.values()})

    def outcomes(self, questions: Sequence[Question], vectors: NDArray[np.float32]) -> Iterator[Outcome]:
        """The same rankings, sooner: two questions at a time, the legs of each one after the other.

        ``vectors`` are the questions' embeddings, float32 of shape (questions, dimension). Passages are reranked by the
        caller's thread.
        """
        plain = replace(self.retriever, reranker=None, _threads=_Here())
        pool = ThreadPoolExecutor(AT_ONCE, "question")
        try:
            with _undisturbed():
                running = [pool.submit(self._legs, *one, plain) for one in zip(questions, vectors, strict=True)]
                running.reverse()
                for question in questions:
                    yield self._outcome(question, running.pop().result)
        finally:
            pool.shutdown(cancel_futures=True)

    def _outcome(self, question: Question, legs: Callable[[], list[StageTrace]]) -> Outcome:
        try:
            stages = legs()
            if self.reranker is not None:
                stages.append(self.retriever.rerank(question.text, stages[-1].ranking, self.reranker))
        except (EmptyQuestion, ModelError) as exc:
            return Outcome(question, {}, failed=str(exc))
        return Outcome(question, {stage.name: stage for stage in stages})

    def _legs(self, question: Question, vector: NDArray[np.float32] | None, retriever: Retriever) -> list[StageTrace]:
        only = self.modes[0] if len(self.modes) == 1 else "hybrid"
        mode = only if only in ("dense", "keyword") else "hybrid"
        return retriever.rank(question.text, mode=mode, depth=DEPTH, vector=vector)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Threads hand over where they wait for an index, not every 5 ms; and nobody looks for rubbish, for there is none.

    Measured on 1,483 questions: the first is worth a quarter of the time, the second (a million hits are kept) a tenth.
    """
    interval, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(0.05)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collecting:
            gc.enable()


class _Here(ThreadPoolExecutor):
    """Does what it is handed at once and in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as exc:  # noqa: BLE001 - it is raised where the result is asked for, as a thread's is
            done.set_exception(exc)
        return done
