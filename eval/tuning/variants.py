"""The same search with one thing done otherwise: the legs run once, every variant is computed from their rankings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from eval.measures.ranking import MEASURES, score_rankings
from eval.run import KEPT, Corpus, Evaluation, direction, first_relevant
from eval.searching import DEPTH, Outcome
from eval.types import Dataset, Question, Ranked, Row
from retrieval.fuse import DENSE_WEIGHT, convex, fuse, reciprocal
from retrieval.rerank import Reranker, reranked
from retrieval.search import cleaned
from retrieval.types import Hit, Ranking
from store.reading import passage_text
from store.shelf import Shelf

Fusion = Literal["dense", "keyword", "weighted", "rrf", "minmax"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to search. ``rerank_depth`` 0 reranks nothing; ``candidates`` at most eval.run.DEPTH.

    ``fusion``: one leg alone, ``weighted`` (retrieval.fuse.fuse, the product's), ``rrf`` or ``minmax`` (``convex``).
    ``dense_weight`` counts for weighted and minmax.
    """

    name: str
    fusion: Fusion = "weighted"
    dense_weight: float = DENSE_WEIGHT
    candidates: int = 100
    rerank_depth: int = 0
    rerank_weight: float = 0.5

    def __post_init__(self) -> None:
        if not 10 <= self.candidates <= DEPTH:
            raise ValueError(f"candidates are {self.candidates}; a leg is searched to 10 to {DEPTH} hits")


@dataclass(frozen=True, slots=True)
class Legs:
    """What the legs found for one question, to depth DEPTH, and the keyword leg's mass; ``failed`` says why nothing."""

    question: Question
    dense: Ranking = ()
    keyword: Ranking = ()
    mass: float = 0.0
    failed: str = ""


@dataclass(slots=True)
class Reading:
    """A reranker that reads each passage once a question, however many variants ask.

    Sound for rerankers that judge a passage by itself, such as MaxSim.
    """

    shelf: Shelf
    reranker: Reranker
    _known: dict[str, dict[int, float]] = field(default_factory=dict)

    def scores(self, question: Question, keys: Sequence[int]) -> dict[int, float]:
        """The scores of those passages that are live."""
        known = self._known.setdefault(question.id, {})
        located = self.shelf.located([key for key in keys if key not in known])
        if located:
            chunks = [one.chunk for one in located.values()]
            texts = [passage_text(chunk.headings, chunk.text) for chunk in chunks]
            known |= zip(located, self.reranker.score(cleaned(question.text), texts), strict=True)
        return {key: known[key] for key in keys if key in known}


def legs_of(evaluation: Evaluation, corpus: Corpus) -> tuple[Legs, ...]:
    """The legs of every question of a run that had the hybrid mode."""
    return tuple(_legs(outcome, corpus) for outcome in evaluation.outcomes)


def _legs(outcome: Outcome, corpus: Corpus) -> Legs:
    if outcome.failed:
        return Legs(outcome.question, failed=outcome.failed)
    dense, keyword = (outcome.stages[name].ranking for name in ("dense", "keyword"))
    mass = corpus.retriever.shelf.keyword_mass(cleaned(outcome.question.text))
    return Legs(outcome.question, dense, keyword, mass)


def order(variant: Variant, legs: Legs, reading: Reading | None = None) -> Ranking:
    """The passages as the variant ranks them, best first; the same as the product's own search where it is the same."""
    dense, keyword = legs.dense[: variant.candidates], legs.keyword[: variant.candidates]
    fusions: dict[Fusion, Callable[[], Ranking]] = {
        "dense": lambda: legs.dense,
        "keyword": lambda: legs.keyword,
        "weighted": lambda: fuse(dense, keyword, keyword_mass=legs.mass, dense_weight=variant.dense_weight),
        "rrf": lambda: reciprocal(dense, keyword),
        "minmax": lambda: convex(dense, keyword, dense_weight=variant.dense_weight),
    }
    fused = fusions[variant.fusion]()
    if not variant.rerank_depth:
        return fused
    if reading is None:
        raise ValueError(f"{variant.name} reranks, which needs a reranker")
    best = fused[: variant.rerank_depth]
    scores = reading.scores(legs.question, [hit.key for hit in best])
    live = [hit for hit in best if hit.key in scores]
    return reranked(
        live, [scores[hit.key] for hit in live], fused[variant.rerank_depth :], weight=variant.rerank_weight
    )


def variant_rows(
    variant: Variant, dataset: Dataset, corpus: Corpus, legs: Sequence[Legs], reading: Reading | None = None
) -> tuple[Row, ...]:
    """One row a question, its mode the variant's name; a failed question scores 0 and says why."""
    orders = {one.question.id: () if one.failed else order(variant, one, reading) for one in legs}
    rankings = {question: _documents(ranking, corpus) for question, ranking in orders.items()}
    scores = _scores(dataset, rankings)
    rows = []
    for one in legs:
        identity = one.question.id
        relevant = {record for record, grade in dataset.judgments[identity].items() if grade > 0}
        rank = first_relevant(orders[identity], relevant, corpus.places)
        rows.append(
            Row(
                question=identity,
                mode=variant.name,
                text=one.question.text,
                direction=direction(one.question, sorted(relevant), corpus.languages),
                measures={name: 0.0 if one.failed else scores[identity][name] for name in MEASURES},
                ranking=rankings[identity][:KEPT],
                failed=one.failed,
                found={"last": rank} if rank else {},
            )
        )
    return tuple(rows)


def variant_values(
    variant: Variant,
    dataset: Dataset,
    corpus: Corpus,
    legs: Sequence[Legs],
    reading: Reading | None = None,
    *,
    measure: str = "ndcg@10",
) -> list[float]:
    """One measure of every question, in the order of ``legs``; only what its ten best documents decide (…@5, …@10)."""
    rankings = {
        one.question.id: () if one.failed else _documents(order(variant, one, reading), corpus, first=10)
        for one in legs
    }
    scores = _scores(dataset, rankings)
    return [0.0 if one.failed else scores[one.question.id][measure] for one in legs]


def _scores(dataset: Dataset, rankings: Mapping[str, Sequence[Ranked]]) -> dict[str, dict[str, float]]:
    judged = {question: dataset.judgments[question] for question in rankings}
    return score_rankings(judged, {q: [one.document for one in ranking] for q, ranking in rankings.items()})


def _documents(ranking: Sequence[Hit], corpus: Corpus, first: int | None = None) -> tuple[Ranked, ...]:
    """The documents where their best passages stand, as eval.run ranks them; the ``first`` of them."""
    best: dict[str, float] = {}
    for hit in ranking:
        for record in corpus.places[hit.key].records:
            best.setdefault(record, hit.score)
        if first is not None and len(best) >= first:
            break
    return tuple(Ranked(record, score) for record, score in best.items())


def part(dataset: Dataset, questions: Sequence[Question]) -> Dataset:
    """The dataset with these of its questions alone."""
    judgments = {question.id: dataset.judgments[question.id] for question in questions}
    return replace(dataset, questions=tuple(questions), judgments=judgments)
