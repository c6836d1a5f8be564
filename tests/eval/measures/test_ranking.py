from __future__ import annotations

import math

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalInputError
from eval.measures.ranking import MEASURES, recall_curve, score_rankings

DOCUMENTS = [f"文档{i}" for i in range(12)] + [f"doc-{i}" for i in range(120)]
QUESTIONS = [f"q{i}" for i in range(6)]
GRADES = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3), min_size=1, max_size=12)
JUDGMENTS = st.dictionaries(st.sampled_from(QUESTIONS), GRADES, min_size=1)
# Few scores and many documents: almost every ranking has ties. Questions are missing from the run, and may be empty.
SCORES = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 4).map(lambda x: x / 4), max_size=130)
RUNS = st.dictionaries(st.sampled_from(QUESTIONS), SCORES)


def best_first(scores: dict[str, float]) -> list[str]:
    """As trec_eval breaks ties: the higher id first."""
    return [document for document, _ in sorted(scores.items(), key=lambda one: (one[1], one[0].encode()), reverse=True)]


def naive(grades: dict[str, int], ranking: list[str]) -> dict[str, float]:
    """The measures from their formulas, ranks from 1."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    gains = [grades.get(document, 0) for document in ranking]
    hits = [rank for rank, document in enumerate(ranking, 1) if document in relevant]

    def dcg(values: list[int]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(values[:10], 1))

    def recall(k: int) -> float:
        return sum(rank <= k for rank in hits) / len(relevant) if relevant else 0.0

    ideal = dcg(sorted(grades.values(), reverse=True))
    return {
        "recall@5": recall(5),
        "recall@20": recall(20),
        "recall@100": recall(100),
        "hit@5": float(any(rank <= 5 for rank in hits)),
        "mrr@10": 1 / hits[0] if hits and hits[0] <= 10 else 0.0,
        "ndcg@10": dcg(gains) / ideal if ideal else 0.0,
        "map": sum((i + 1) / rank for i, rank in enumerate(hits)) / len(relevant) if relevant else 0.0,
    }


@given(JUDGMENTS, RUNS)
def test_the_measures_are_those_of_the_formulas_with_ties_and_missing_questions(judgments, run) -> None:
    rankings = {question: best_first(scores) for question, scores in run.items() if question in judgments}
    found = score_rankings(judgments, rankings)
    assert list(found) == list(judgments)
    for question, grades in judgments.items():
        assert tuple(found[question]) == MEASURES
        assert found[question] == pytest.approx(naive(grades, rankings.get(question, [])), abs=1e-9)


@given(JUDGMENTS, RUNS)
def test_the_measures_are_those_of_ir_measures_on_the_tied_scores_themselves(judgments, run) -> None:
    run = {question: scores for question, scores in run.items() if question in judgments}
    found = score_rankings(judgments, {question: best_first(scores) for question, scores in run.items()})
    # Measures of the trec_eval engine alone: it breaks ties as best_first does (RR@10 has another engine).
    names = {"R@5": "recall@5", "R@20": "recall@20", "R@100": "recall@100", "Success@5": "hit@5"}
    names |= {"nDCG@10": "ndcg@10", "AP": "map"}
    wanted = {question: dict.fromkeys(names.values(), 0.0) for question in judgments}
    tied = {question: scores for question, scores in run.items() if scores}
    for one in ir_measures.iter_calc([ir_measures.parse_measure(name) for name in names], judgments, tied):
        wanted[one.query_id][names[str(one.measure)]] = one.value
    assert {q: {name: row[name] for name in names.values()} for q, row in found.items()} == wanted


@given(JUDGMENTS, RUNS)
def test_mrr_is_that_of_ir_measures_on_the_ranks(judgments, run) -> None:
    rankings = {question: best_first(scores) for question, scores in run.items() if question in judgments and scores}
    found = score_rankings(judgments, rankings)
    ranks = {q: {document: 1 / (rank + 1) for rank, document in enumerate(row)} for q, row in rankings.items()}
    for one in ir_measures.iter_calc([ir_measures.parse_measure("RR@10")], judgments, ranks):
        assert found[one.query_id]["mrr@10"] == pytest.approx(one.value)


def test_our_own_order_counts_where_scores_tie() -> None:
    for ranking in (["a", "b"], ["b", "a"]):
        assert score_rankings({"q": {"a": 1}}, {"q": ranking})["q"]["mrr@10"] == 1 / (1 + ranking.index("a"))


def test_a_question_without_a_ranking_counts_zero() -> None:
    found = score_rankings({"甲": {"a": 1}, "乙": {"b": 1}, "丙": {"c": 0}}, {"甲": ["a"], "乙": []})
    assert found["甲"]["ndcg@10"] == 1.0
    assert set(found["乙"].values()) == set(found["丙"].values()) == {0.0}


def test_a_grade_below_zero_counts_as_zero() -> None:
    ranking = {"q": ["junk", "good"]}
    assert score_rankings({"q": {"junk": -2, "good": 1}}, ranking) == score_rankings({"q": {"good": 1}}, ranking)


def test_a_document_ranked_twice_is_refused_by_name() -> None:
    with pytest.raises(EvalInputError, match="'q1' ranks document '甲' twice"):
        score_rankings({"q1": {"甲": 1}}, {"q1": ["甲", "乙", "甲"]})


def test_a_ranked_question_without_judgment_is_refused_by_name() -> None:
    with pytest.raises(EvalInputError, match="'q9'"):
        score_rankings({"q1": {"a": 1}}, {"q9": ["a"]})


def test_the_recall_curve_averages_over_all_judged_questions() -> None:
    judgments = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}}
    # depth 1: (1/2 + 0)/2, depth 3: (2/2 + 0)/2; q2 has no ranking
    assert recall_curve(judgments, {"q1": ["a", "x", "b"]}, [1, 3, 1]) == [0.25, 0.5, 0.25]
    with pytest.raises(ValueError, match="depth of 1"):
        recall_curve(judgments, {}, [0])
    with pytest.raises(EvalInputError):
        recall_curve({}, {}, [1])
