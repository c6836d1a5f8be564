"""Comparisons over simulated retrieval runs.

A question's one to three relevant documents score N(difficulty, 1), 150 others N(0, 1); difficulty is N(2.5, 1.2). A
run adds noise of its own, as quantized vectors or a graph index do, rounds its scores and breaks ties by chance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.comparing.compare import compare_rows
from eval.errors import EvalInputError
from eval.measures.ranking import MEASURES, score_rankings
from eval.types import Ranked, Row

DIRECTIONS = ("zh→zh", "en→en", "zh→en", "en→zh")
OTHERS = 150


class World:
    """Questions with their true scores; runs over the same world are paired."""

    def __init__(self, questions: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        self.relevant = rng.integers(1, 4, size=questions)
        self.scores = [
            np.concatenate([rng.normal(rng.normal(2.5, 1.2), 1, count), rng.normal(0, 1, OTHERS)])
            for count in self.relevant
        ]
        self.judgments = {f"q{i}": {f"d{j}": 1 for j in range(count)} for i, count in enumerate(self.relevant)}

    def rankings(self, seed: int, *, gain: float = 0.0) -> dict[str, list[str]]:
        """A run with noise of its own; ``gain`` lifts the relevant documents."""
        rng = np.random.default_rng([seed, 2])
        found = {}
        for i, true in enumerate(self.scores):
            scores = true + rng.normal(0, 0.3, len(true))
            scores[: self.relevant[i]] += gain
            order = np.lexsort((rng.random(len(scores)), -np.round(scores, 1)))[:100]
            found[f"q{i}"] = [f"d{j}" for j in order]
        return found

    def rows(self, rankings: dict[str, list[str]], *, directions: tuple[str, ...] = DIRECTIONS) -> list[Row]:
        return [
            Row(
                question,
                "dense",
                f"问题 {question}？",
                directions[i % len(directions)],
                measures,
                tuple(Ranked(document, -float(rank)) for rank, document in enumerate(rankings[question][:10])),
            )
            for i, (question, measures) in enumerate(score_rankings(self.judgments, rankings).items())
        ]


def shuffled(rankings: dict[str, list[str]], share: float, seed: int) -> dict[str, list[str]]:
    """The same rankings, ``share`` of them in random order."""
    rng = np.random.default_rng([seed, 3])
    chosen = set(rng.choice(list(rankings), size=round(share * len(rankings)), replace=False).tolist())
    return {
        question: [ranking[i] for i in rng.permutation(len(ranking))] if question in chosen else ranking
        for question, ranking in rankings.items()
    }


def row(question: str, value: float, **changes: object) -> Row:
    plain = Row(
        question, "hybrid", f"什么是 {question}？", "zh→zh", {"ndcg@10": value}, (Ranked(f"doc-{question}", 1.0),)
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_system_against_itself_differs_in_at_most_five_of_a_hundred_seeds() -> None:
    different = 0
    for seed in range(100):
        world = World(80, seed)
        a, b = (world.rows(world.rankings(2 * seed + i), directions=("zh→zh",)) for i in (0, 1))
        compared = compare_rows(a, b, seed=seed)
        different += any(one.verdict != "cannot tell" for one in compared.measures.values())  # by any measure at all
    assert different <= 5


@pytest.mark.parametrize("seed", range(4))
def test_a_tenth_of_the_rankings_shuffled_is_detected_with_300_questions(seed) -> None:
    world = World(300, seed)
    rankings = world.rankings(seed)
    compared = compare_rows(world.rows(rankings), world.rows(shuffled(rankings, 0.1, seed)), seed=seed)
    assert compared.measures["ndcg@10"].verdict == "worse"
    assert compared.measures["ndcg@10"].needed < 300
    assert len(compared.wins) + len(compared.losses) <= 30
    assert set(compared.by_direction) == set(DIRECTIONS)
    assert sum(found["ndcg@10"].n for found in compared.by_direction.values()) == 300


def test_a_real_gain_is_found_in_every_measure_it_moves() -> None:
    world = World(200, 1)
    compared = compare_rows(world.rows(world.rankings(1)), world.rows(world.rankings(2, gain=0.8)))
    assert tuple(compared.measures) == MEASURES
    found = compared.measures["ndcg@10"]
    assert found.verdict == "better"
    assert found.mean == pytest.approx(compared.means_b["ndcg@10"].value - compared.means_a["ndcg@10"].value)
    assert found.low < found.mean < found.high
    assert found.adjusted >= found.p


def test_the_order_of_the_rows_does_not_count() -> None:
    world = World(40, 2)
    a, b = world.rows(world.rankings(1)), world.rows(world.rankings(2))
    assert compare_rows(a, b) == compare_rows(a, b[::-1])


def test_wins_and_losses_are_listed_largest_first_with_both_values_and_top_documents() -> None:
    a = [row("q1", 0.2), row("q2", 1.0), row("q3", 0.5), row("q4", 0.5)]
    b = [row("q1", 0.3), row("q2", 0.4), row("q3", 0.5), row("q4", 1.0, ranking=(Ranked("別的文件", 1.0),))]
    compared = compare_rows(a, b, names=("稠密", "混合"))
    assert [one.question for one in compared.wins] == ["q4", "q1"]
    assert [one.question for one in compared.losses] == ["q2"]
    assert [one.question for one in compared.ties] == ["q3"]
    best = compared.wins[0]
    assert (best.text, best.a, best.b, best.difference) == ("什么是 q4？", 0.5, 1.0, 0.5)
    assert (best.top_a, best.top_b) == ("doc-q4", "別的文件")
    assert (compared.a, compared.b) == ("稠密", "混合")


def test_without_a_ranking_the_answer_stands_in_its_place() -> None:
    a, b = row("q1", 0.0, ranking=(), detail={"answer": "十五天[1]"}), row("q1", 1.0, ranking=())
    compared = compare_rows([a], [b])
    assert (compared.wins[0].top_a, compared.wins[0].top_b) == ("十五天[1]", "")


def test_a_failed_question_counts_zero_and_is_counted() -> None:
    a = [row("q1", 0.8), row("q2", 0.6)]
    b = [row("q1", 0.8), row("q2", 0.9, failed="模型超时", measures={})]
    compared = compare_rows(a, b)
    assert compared.measures["ndcg@10"].mean == pytest.approx((0 + (0 - 0.6)) / 2)
    assert (compared.failed_a, compared.failed_b) == (0, 1)
    assert compared.losses[0].failed_b == "模型超时"


def test_a_measure_is_compared_over_the_questions_that_have_it() -> None:
    both = {"ndcg@10": 0.5, "harm_withheld": 1.0}
    compared = compare_rows(
        [row("q1", 0.5), row("q2", 0, measures=both)], [row("q1", 0.5), row("q2", 0, measures=both)]
    )
    assert compared.measures["ndcg@10"].n == 2
    assert compared.measures["harm_withheld"].n == 1


def test_a_question_of_one_run_only_is_refused_unless_asked_for() -> None:
    a, b = [row("q1", 0.5), row("只有A", 1.0)], [row("q1", 0.5), row("q8", 1.0), row("q9", 1.0)]
    with pytest.raises(EvalInputError, match="1 questions stand only in A and 2 only in B, the first is '只有A'"):
        compare_rows(a, b)
    compared = compare_rows(a, b, allow_partial=True)
    assert (compared.only_a, compared.only_b, compared.measures["ndcg@10"].n) == (1, 2, 1)


@pytest.mark.parametrize(
    ("b", "told"),
    [
        ([row("q1", 0.5), row("q1", 0.5, mode="dense")], r"'q1' twice \(modes \['dense', 'hybrid'\]\)"),
        ([row("q1", 0.5, text="另一个问题")], "另一个问题"),
        ([row("q1", 0.5, direction="zh→en")], "compare runs over the same data"),
        ([row("q1", 0.5, measures={"map": 1.0})], "no 'ndcg@10' in B"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(b, told) -> None:
    with pytest.raises(EvalInputError, match=told):
        compare_rows([row("q1", 0.5)], b)


def test_an_unknown_measure_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(EvalInputError, match=r"'bleu'; there is \['ndcg@10'\]"):
        compare_rows([row("q1", 0.5)], [row("q1", 0.5)], measure="bleu")
    with pytest.raises(EvalInputError, match="no question"):
        compare_rows([], [])
