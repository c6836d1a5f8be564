from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.run import Corpus, Place, evaluate
from eval.searching import MODES
from eval.summary import summarize
from eval.types import Dataset, Question
from models.fakes import HashEmbedder
from models.types import ModelError
from retrieval.maxsim import MaxSim
from retrieval.search import Retriever

RECORDS = {
    "d1": ("长江的源头在唐古拉山脉", "它流经十一个省级行政区"),
    "d2": ("黄河的源头在巴颜喀拉山",),
    "d3": ("the harbour freezes in winter",),
    "d4": ("a ferry leaves the harbour at noon",),
}
QUESTIONS = (
    Question("q1", "长江的源头"),
    Question("q2", "when does the harbour freeze in winter"),
    Question("q3", "？？"),
)
JUDGMENTS = {"q1": {"d1": 2, "d2": 1}, "q2": {"d3": 1, "d9": 1}, "q3": {"d4": 1}}


@pytest.fixture
def corpus(library) -> Corpus:
    for name, paragraphs in RECORDS.items():
        library.put(name, *paragraphs)
    library.put("d2-copy", *RECORDS["d2"])  # the same content under a second name
    cards = library.shelf.read.cards()
    paths = {card.id: card.paths for card in cards}
    places = {s.key: Place(s.document, paths[s.document], s.start, s.end, s.tokens) for s in library.shelf.read.spans()}
    languages = {path: ("en" if path in ("d3", "d4") else "zh") for card in cards for path in card.paths}
    return Corpus(Retriever(library.shelf, library.embedder, candidates=10), places, languages)


@pytest.fixture
def dataset(tmp_path) -> Dataset:
    return Dataset("江河", "dev", tmp_path / "corpus.jsonl", "c" * 64, "h" * 64, QUESTIONS, JUDGMENTS)


def vectors(corpus: Corpus) -> np.ndarray:
    return corpus.retriever.embedder.embed_queries([question.text for question in QUESTIONS])


def test_every_question_gets_a_row_in_every_mode(dataset, corpus):
    found = evaluate(dataset, corpus, MODES, vectors(corpus), reranker=MaxSim(HashEmbedder()))
    assert [(row.mode, row.question) for row in found.rows] == [(mode, q.id) for mode in MODES for q in QUESTIONS]
    first = {row.mode: row for row in found.rows if row.question == "q1"}
    assert first["hybrid"].ranking[0].document == "d1"
    assert first["hybrid"].direction == "zh→zh"
    assert first["hybrid"].found == {"dense": 1, "keyword": 1, "fused": 1}
    assert list(first["hybrid+rerank"].found) == ["dense", "keyword", "fused", "rerank"]
    assert set(first["hybrid"].seconds) == {"dense", "keyword", "fused", "total"}


def test_a_document_counts_once_and_copies_stand_side_by_side(dataset, corpus):
    found = evaluate(dataset, corpus, ["dense"], vectors(corpus))
    ranked = found.rankings["dense"]["q1"]
    assert len(ranked) == len(set(ranked)) == 5  # d1 has two passages
    assert abs(ranked.index("d2") - ranked.index("d2-copy")) == 1


def test_a_question_that_cannot_be_searched_scores_zero_and_says_why(dataset, corpus):
    found = evaluate(dataset, corpus, ["hybrid"], vectors(corpus))
    failed = found.rows[2]
    assert set(failed.measures.values()) == {0.0}
    assert "the question is empty" in failed.failed
    report = summarize(dataset, corpus, found, ["hybrid"], configuration={}, seed=0)
    assert (report["queries"], report["failed"]) == (3, 1)
    assert report["modes"]["hybrid"]["hit@5"]["value"] == pytest.approx(2 / 3, abs=1e-6)


def test_a_model_that_fails_is_a_failed_question_and_a_defect_is_raised(dataset, corpus, monkeypatch):
    def down(*_: object, **__: object) -> None:
        raise ModelError("the endpoint is down")

    monkeypatch.setattr(type(corpus.retriever.embedder), "embed_queries", down)
    rows = evaluate(dataset, corpus, ["dense"], np.zeros((3, 64), np.float32)).rows
    assert [row.failed for row in rows[:2]] == ["the endpoint is down"] * 2

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(corpus.retriever.embedder), "embed_queries", broken)
    with pytest.raises(ZeroDivisionError):
        evaluate(dataset, corpus, ["dense"], np.zeros((3, 64), np.float32))


def test_a_mode_scores_as_if_it_had_run_alone(dataset, corpus):
    together = evaluate(dataset, corpus, ["dense", "keyword", "hybrid"], vectors(corpus))
    for mode in ("dense", "keyword", "hybrid"):
        alone = evaluate(dataset, corpus, [mode], vectors(corpus))
        assert alone.rankings[mode] == together.rankings[mode]
        assert [row.measures for row in alone.rows] == [row.measures for row in together.rows if row.mode == mode]


def test_the_report_holds_what_the_contract_names(dataset, corpus):
    found = evaluate(dataset, corpus, ["dense", "hybrid"], vectors(corpus))
    configuration = {"config": {"a": 1}, "models": {"embedder": "x"}, "program": {"version": "1"}}
    report = summarize(dataset, corpus, found, ["dense", "hybrid"], configuration=configuration, seed=7)
    assert {
        "version",
        "dataset",
        "split",
        "documents",
        "queries",
        "failed",
        "modes",
        "latency",
        "config",
        "models",
    } <= set(report)
    assert {"recall@5", "recall@20", "recall@100", "mrr@10", "ndcg@10"} <= set(report["modes"]["hybrid"])
    assert set(report["modes"]["dense"]["ndcg@10"]) == {"value", "low", "high"}
    assert {"p50", "p95"} <= set(report["latency"]["hybrid"])
    assert set(report["directions"]) == {"zh→zh", "en→en"}
    assert sum(each["queries"] for each in report["directions"].values()) == 3
    (compared,) = report["comparisons"]
    assert {compared["a"], compared["b"]} == {"dense", "hybrid"}


def test_reranking_reorders_the_front_and_keeps_the_rest(dataset, corpus):
    class Backwards:
        name = "backwards"

        def score(self, question: str, texts: list[str]) -> list[float]:
            return [float(place) for place in range(len(texts))]

    retriever = replace(corpus.retriever, rerank_depth=2, rerank_weight=1.0)
    found = evaluate(
        dataset,
        replace(corpus, retriever=retriever),
        ["hybrid", "hybrid+rerank"],
        vectors(corpus),
        reranker=Backwards(),
    )
    stages = found.outcomes[0].stages
    before, after = ([hit.key for hit in stages[name].ranking] for name in ("fused", "rerank"))
    assert after == [before[1], before[0], *before[2:]]
    scores = [hit.score for hit in stages["rerank"].ranking]
    assert scores == sorted(scores, reverse=True)


def test_only_the_first_questions_are_timed_and_their_rankings_are_those_of_all(dataset, corpus, monkeypatch):
    monkeypatch.setattr("eval.run.TIMED", 1)
    many = replace(dataset, questions=QUESTIONS[:2], judgments={q: JUDGMENTS[q] for q in ("q1", "q2")})
    found = evaluate(many, corpus, ["hybrid"], vectors(corpus)[:2])
    assert [set(row.seconds) for row in found.rows] == [{"dense", "keyword", "fused", "total"}, set()]
    for outcome, vector in zip(found.outcomes, vectors(corpus), strict=False):
        product = corpus.retriever.rank(outcome.question.text, depth=300, vector=vector)
        assert {stage.name: stage.ranking for stage in product} == {
            name: stage.ranking for name, stage in outcome.stages.items()
        }


def test_vectors_of_other_questions_are_refused(dataset, corpus):
    with pytest.raises(ValueError, match="2 vectors of 3 questions"):
        evaluate(dataset, corpus, ["dense"], vectors(corpus)[:2])


def test_reranking_without_a_reranker_is_refused(dataset, corpus):
    with pytest.raises(ValueError, match="needs a reranker"):
        evaluate(dataset, corpus, ["hybrid+rerank"], vectors(corpus))


def test_the_collection_is_held_still_while_nothing_is_timed(dataset, corpus):
    from contextlib import contextmanager

    held = []

    @contextmanager
    def still():
        held.append("begun")
        yield
        held.append("ended")

    evaluate(dataset, replace(corpus, still=still), ["dense"], vectors(corpus))
    assert held == ["begun", "ended"]
