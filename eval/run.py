"""ENTRY of eval: questions → what each mode finds → rows, and from rows the numbers of a report.

The legs run once a question, whatever modes are asked for: dense and keyword are the legs themselves, hybrid is their
fusion, hybrid+rerank the fusion read again. Every mode is scored on documents; a document's best passage counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.measures.ranking import MEASURES, score_rankings
from eval.types import Dataset, Question, Ranked, Row
from models.types import ModelError
from retrieval.rerank import Reranker
from retrieval.search import EmptyQuestion, Retriever
from retrieval.types import Ranking, StageTrace
from store.language import language_of

EvalMode = Literal["dense", "keyword", "hybrid", "hybrid+rerank"]
MODES: tuple[EvalMode, ...] = ("dense", "keyword", "hybrid", "hybrid+rerank")
STAGES: Mapping[str, tuple[str, ...]] = {
    "dense": ("dense",),
    "keyword": ("keyword",),
    "hybrid": ("dense", "keyword", "fused"),
    "hybrid+rerank": ("dense", "keyword", "fused", "rerank"),
}
DEPTH = 300  # passages a leg returns, so that a hundred documents are among them
TIMED = 50  # questions that are searched as a user's is, their embedding included: the latency is theirs
KEPT = 10  # documents of a ranking that a row keeps


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands: its document (sha256), the records with that content, its span and its length."""

    document: str
    records: tuple[str, ...]
    start: int
    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """A test collection on the shelf. ``places`` are its passages by key, ``languages`` the language of each record."""

    retriever: Retriever
    places: Mapping[int, Place]
    languages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all modes made of one question: the stages' rankings by name, or why it failed."""

    question: Question
    stages: Mapping[str, StageTrace]
    timed: bool
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of a run, and every mode's documents by question, best first, for curves and attribution."""

    rows: tuple[Row, ...]
    rankings: Mapping[str, Mapping[str, tuple[str, ...]]]
    outcomes: tuple[Outcome, ...]


def evaluate(
    dataset: Dataset,
    corpus: Corpus,
    modes: Sequence[EvalMode],
    vectors: NDArray[np.float32],
    *,
    reranker: Reranker | None = None,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Search every question in every mode and score it.

    Args:
        dataset: questions and judgments.
        corpus: the documents, on a shelf.
        modes: which of MODES to score.
        vectors: the questions' embeddings, float32 of shape (questions, dimension), in the dataset's order.
        reranker: what ``hybrid+rerank`` reads passages with.
        watch: called with (questions done, questions in all).

    A question that cannot be searched scores 0 in every measure and its row says why; anything unexpected is raised.
    """
    outcomes = []
    for number, outcome in enumerate(_outcomes(dataset, corpus.retriever, modes, vectors, reranker), start=1):
        outcomes.append(outcome)
        watch(number, len(dataset.questions))
    rankings = {mode: {o.question.id: _documents(o, mode, corpus) for o in outcomes} for mode in modes}
    rows: list[Row] = []
    for mode in modes:
        scores = score_rankings(dataset.judgments, {q: [d.document for d in r] for q, r in rankings[mode].items()})
        rows += [_row(o, mode, rankings[mode][o.question.id], scores[o.question.id], dataset, corpus) for o in outcomes]
    names: dict[str, dict[str, tuple[str, ...]]] = {
        mode: {q: tuple(d.document for d in r) for q, r in by.items()} for mode, by in rankings.items()
    }
    return Evaluation(tuple(rows), names, tuple(outcomes))


def _outcomes(
    dataset: Dataset,
    retriever: Retriever,
    modes: Sequence[EvalMode],
    vectors: NDArray[np.float32],
    reranker: Reranker | None,
) -> Iterator[Outcome]:
    retriever = replace(retriever, reranker=None)
    for number, (question, vector) in enumerate(zip(dataset.questions, vectors, strict=True)):
        timed = number < TIMED
        try:
            stages = _search(question.text, None if timed else vector, retriever, modes, reranker)
        except (EmptyQuestion, ModelError) as exc:
            yield Outcome(question, {}, timed=False, failed=str(exc))
        else:
            yield Outcome(question, {stage.name: stage for stage in stages}, timed)


def _search(
    question: str,
    vector: NDArray[np.float32] | None,
    retriever: Retriever,
    modes: Sequence[EvalMode],
    reranker: Reranker | None,
) -> list[StageTrace]:
    only = modes[0] if len(modes) == 1 else "hybrid"
    mode = only if only in ("dense", "keyword") else "hybrid"
    stages = retriever.rank(question, mode=mode, depth=DEPTH, vector=vector)
    if "hybrid+rerank" in modes:
        if reranker is None:
            raise ValueError("hybrid+rerank needs a reranker")
        stages.append(retriever.rerank(question, stages[-1].ranking, reranker))
    return stages


def _documents(outcome: Outcome, mode: EvalMode, corpus: Corpus) -> tuple[Ranked, ...]:
    """A mode's ranking of records: each where its best passage stands; records of one content side by side."""
    if outcome.failed:
        return ()
    best: dict[str, float] = {}
    for hit in outcome.stages[STAGES[mode][-1]].ranking:
        for record in corpus.places[hit.key].records:
            best.setdefault(record, hit.score)
    return tuple(Ranked(record, score) for record, score in best.items())


def _row(
    outcome: Outcome,
    mode: EvalMode,
    ranking: Sequence[Ranked],
    measures: Mapping[str, float],
    dataset: Dataset,
    corpus: Corpus,
) -> Row:
    question = outcome.question
    relevant = {record for record, grade in dataset.judgments[question.id].items() if grade > 0}
    return Row(
        question=question.id,
        mode=mode,
        text=question.text,
        direction=direction(question, sorted(relevant), corpus.languages),
        measures={name: 0.0 if outcome.failed else measures[name] for name in MEASURES},
        ranking=tuple(ranking[:KEPT]),
        seconds=_seconds(outcome, mode),
        failed=outcome.failed,
        found={
            name: place
            for name in STAGES[mode]
            if not outcome.failed
            for place in [first_relevant(outcome.stages[name].ranking, relevant, corpus.places)]
            if place
        },
    )


def direction(question: Question, relevant: Sequence[str], languages: Mapping[str, str]) -> str:
    """Question's language → language of the first judged document, such as ``zh→en``."""
    own = language_of(question.text)
    return f"{own}→{next((languages[record] for record in relevant if record in languages), own)}"


def first_relevant(ranking: Ranking, relevant: set[str], places: Mapping[int, Place]) -> int:
    """The rank, from 1, of the first passage of a relevant document; 0 when there is none."""
    return next((rank for rank, hit in enumerate(ranking, 1) if relevant.intersection(places[hit.key].records)), 0)


def _seconds(outcome: Outcome, mode: EvalMode) -> dict[str, float]:
    """Time by stage and in all (the legs run side by side); only of questions that were searched as a user's is."""
    if not outcome.timed:
        return {}
    seconds = {name: outcome.stages[name].seconds for name in STAGES[mode]}
    legs = [seconds[name] for name in ("dense", "keyword") if name in seconds]
    rest = [value for name, value in seconds.items() if name not in ("dense", "keyword")]
    return seconds | {"total": max(legs) + sum(rest)}
