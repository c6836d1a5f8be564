"""ENTRY of eval: questions → what each mode finds → rows, and from rows the numbers of a report.

The legs run once a question, whatever modes are asked for: dense and keyword are the legs themselves, hybrid is their
fusion, hybrid+rerank the fusion read again. Every mode is scored on documents; a document's best passage counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from eval.measures.ranking import MEASURES, score_rankings
from eval.searching import STAGES, TIMED, EvalMode, Outcome, Searching
from eval.types import Dataset, Question, Ranked, Row
from retrieval.rerank import Reranker
from retrieval.search import Retriever
from retrieval.types import Ranking
from store.language import language_of

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
    """A test collection on the shelf. ``places`` are its passages by key, ``languages`` the language of each record.

    While ``still`` is held nobody changes the collection, so that its shelf need not ask before every search.
    """

    retriever: Retriever
    places: Mapping[int, Place]
    languages: Mapping[str, str]
    still: Callable[[], AbstractContextManager[object]] = nullcontext


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
    if "hybrid+rerank" in modes and reranker is None:
        raise ValueError("hybrid+rerank needs a reranker")
    found = []
    watch(0, len(dataset.questions))
    for number, outcome in enumerate(_searched(dataset, corpus, modes, vectors, reranker), start=1):
        found.append(outcome)
        watch(number, len(dataset.questions))
    about = {outcome.question.id: _about(outcome, dataset, corpus) for outcome in found}
    rows: list[Row] = []
    names: dict[str, dict[str, tuple[str, ...]]] = {}
    for mode in modes:
        ranked = {outcome.question.id: _documents(outcome, mode, corpus) for outcome in found}
        names[mode] = {question: tuple(documents) for question, documents in ranked.items()}
        scores = score_rankings(dataset.judgments, names[mode])
        rows += [_row(one, mode, ranked[id_], scores[id_], about[id_]) for one in found for id_ in [one.question.id]]
    return Evaluation(tuple(rows), names, tuple(found))


def _searched(
    dataset: Dataset,
    corpus: Corpus,
    modes: Sequence[EvalMode],
    vectors: NDArray[np.float32],
    reranker: Reranker | None,
) -> Iterator[Outcome]:
    if len(vectors) != len(dataset.questions):
        raise ValueError(f"{len(vectors)} vectors of {len(dataset.questions)} questions")
    search = Searching(corpus.retriever, modes, reranker if "hybrid+rerank" in modes else None)
    timed = [search.timed(question) for question in dataset.questions[:TIMED]]
    with corpus.still():
        for number, outcome in enumerate(search.outcomes(dataset.questions, vectors)):
            if number < len(timed):  # a search that failed in the user's way is a failure, whatever else could be done
                yield timed[number] if timed[number].failed else replace(outcome, seconds=timed[number].seconds)
            else:
                yield outcome


def _documents(outcome: Outcome, mode: EvalMode, corpus: Corpus) -> dict[str, float]:
    """A mode's ranking of records: each where its best passage stands; records of one content side by side."""
    best: dict[str, float] = {}
    if not outcome.failed:
        for hit in outcome.stages[STAGES[mode][-1]].ranking:
            for record in corpus.places[hit.key].records:
                if record not in best:
                    best[record] = hit.score
    return best


@dataclass(frozen=True, slots=True)
class _About:
    """What a question's rows have in common: its direction, and the first relevant passage's rank in every stage."""

    direction: str
    found: Mapping[str, int]


def _about(outcome: Outcome, dataset: Dataset, corpus: Corpus) -> _About:
    relevant = {record for record, grade in dataset.judgments[outcome.question.id].items() if grade > 0}
    ranks = {name: first_relevant(s.ranking, relevant, corpus.places) for name, s in outcome.stages.items()}
    return _About(direction(outcome.question, sorted(relevant), corpus.languages), ranks)


def _row(
    outcome: Outcome, mode: EvalMode, ranked: Mapping[str, float], measures: Mapping[str, float], about: _About
) -> Row:
    ranks = {name: about.found.get(name, 0) for name in STAGES[mode]}
    return Row(
        question=outcome.question.id,
        mode=mode,
        text=outcome.question.text,
        direction=about.direction,
        measures={name: 0.0 if outcome.failed else measures[name] for name in MEASURES},
        ranking=tuple(Ranked(record, score) for record, score in islice(ranked.items(), KEPT)),
        seconds=_seconds(outcome, mode),
        failed=outcome.failed,
        found={name: rank for name, rank in ranks.items() if rank},
    )


def direction(question: Question, relevant: Sequence[str], languages: Mapping[str, str]) -> str:
    """Question's language → language of the first judged document, such as ``zh→en``."""
    own = language_of(question.text)
    return f"{own}→{next((languages[record] for record in relevant if record in languages), own)}"


def first_relevant(ranking: Ranking, relevant: set[str], places: Mapping[int, Place]) -> int:
    """The rank, from 1, of the first passage of a relevant document; 0 when there is none."""
    for rank, hit in enumerate(ranking, 1):
        if not relevant.isdisjoint(places[hit.key].records):
            return rank
    return 0


def _seconds(outcome: Outcome, mode: EvalMode) -> dict[str, float]:
    """Time by stage and in all (the legs run side by side); only of questions that were searched as a user's is."""
    if not outcome.seconds:
        return {}
    seconds = {name: outcome.seconds[name] for name in STAGES[mode]}
    legs = [seconds[name] for name in ("dense", "keyword") if name in seconds]
    rest = [value for name, value in seconds.items() if name not in ("dense", "keyword")]
    return seconds | {"total": max(legs) + sum(rest)}
