from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.measures.macro import macro
from eval.run import Corpus, Place, evaluate
from eval.tuning.halves import halves, sample
from eval.tuning.variants import Legs, Reading, Variant, legs_of, order, part, variant_rows, variant_values
from eval.types import Dataset, Question
from models.fakes import HashEmbedder
from retrieval.maxsim import MaxSim
from retrieval.search import Retriever

KEEPERS = ("法务部", "财务部", "设计院", "Archive team")
KEPT_BY = [(what, who) for what in ("合同", "发票", "图纸", "档案", "样品") for who in KEEPERS]
TEXTS = [f"第{n}条规定：{what}的保管期限为{n}年，由{who}负责。" for n, (what, who) in enumerate(KEPT_BY, 1)]
QUESTIONS = (
    Question("q1", "图纸由谁保管"),
    Question("q2", "Archive team 负责哪些样品"),
    Question("q3", "？"),
    Question("q4", "发票保管几年"),
)
JUDGMENTS = {"q1": {"d11": 1}, "q2": {"d20": 2, "d4": 1}, "q3": {"d1": 1}, "q4": {"d6": 1}}


@pytest.fixture
def corpus(library) -> Corpus:
    for number, text in enumerate(TEXTS, start=1):
        library.put(f"d{number}", text)
    paths = {card.id: card.paths for card in library.shelf.read.cards()}
    places = {s.key: Place(s.document, paths[s.document], s.start, s.end, s.tokens) for s in library.shelf.read.spans()}
    return Corpus(Retriever(library.shelf, library.embedder, candidates=12), places, dict.fromkeys(paths, "zh"))


@pytest.fixture
def dataset(tmp_path) -> Dataset:
    return Dataset("规定", "dev", tmp_path / "corpus.jsonl", "c" * 64, "h" * 64, QUESTIONS, JUDGMENTS)


@pytest.fixture
def legs(dataset, corpus) -> tuple[Legs, ...]:
    vectors = corpus.retriever.embedder.embed_queries([question.text for question in QUESTIONS])
    return legs_of(evaluate(dataset, corpus, ["hybrid"], np.asarray(vectors)), corpus)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("depth", [0, 5])
def test_a_variant_ranks_as_the_product_does_with_the_same_settings(corpus, legs, weight, depth):
    reranker = MaxSim(HashEmbedder())
    product = replace(
        corpus.retriever, dense_weight=weight, reranker=reranker if depth else None, rerank_depth=5, rerank_weight=0.7
    )
    variant = Variant("v", "weighted", weight, candidates=12, rerank_depth=depth, rerank_weight=0.7)
    reading = Reading(corpus.retriever.shelf, reranker)
    for one in legs:
        if not one.failed:
            assert order(variant, one, reading) == product.rank(one.question.text)[-1].ranking


def test_rows_and_values_are_those_of_the_evaluation(dataset, corpus, legs):
    vectors = corpus.retriever.embedder.embed_queries([question.text for question in QUESTIONS])
    evaluated = evaluate(dataset, corpus, ["hybrid"], np.asarray(vectors)).rows
    variant = Variant("v", candidates=12)
    rows = variant_rows(variant, dataset, corpus, legs)
    assert [row.measures for row in rows] == [row.measures for row in evaluated]
    assert [row.ranking for row in rows] == [row.ranking for row in evaluated]
    assert variant_values(variant, dataset, corpus, legs) == [row.measures["ndcg@10"] for row in rows]
    assert (rows[2].measures["ndcg@10"], "empty" in rows[2].failed) == (0.0, True)


def test_the_legs_alone_and_the_other_fusions(dataset, corpus, legs):
    one = legs[0]
    assert order(Variant("dense", "dense"), one) == one.dense
    assert order(Variant("keyword", "keyword"), one) == one.keyword
    assert {hit.key for hit in order(Variant("rrf", "rrf", candidates=10), one)} >= {one.dense[0].key}
    with pytest.raises(ValueError, match="needs a reranker"):
        order(Variant("r", rerank_depth=3), one)
    with pytest.raises(ValueError, match="10 to 300"):
        Variant("deep", candidates=900)


def test_a_passage_is_read_once_a_question(corpus, legs):
    class Counting(MaxSim):
        read = 0

        def score(self, question, texts):
            self.read += len(texts)
            return super().score(question, texts)

    counting = Counting(HashEmbedder())
    reading = Reading(corpus.retriever.shelf, counting)
    for weight in (0.2, 0.5, 0.8):
        order(Variant("v", rerank_depth=6, rerank_weight=weight), legs[0], reading)
    assert counting.read == 6


def test_halves_and_samples_stay_the_same_when_questions_are_added():
    asked = [Question(f"q{n}", "问") for n in range(200)]
    first, second = halves(asked[:150], 7)
    assert {*first, *second} == set(asked[:150])
    assert not {*first} & {*second}
    assert 50 <= len(first) <= 100  # 75 ± 25 is four standard deviations
    assert set(first) <= set(halves(asked, 7)[0])
    assert halves(asked, 7) != halves(asked, 8)
    assert len(sample(asked, 30, 7)) == 30
    assert sample(asked, 30, 7) == tuple(q for q in asked if q in set(sample(asked, 30, 7)))
    assert sample(asked, None, 7) == sample(asked, 900, 7) == tuple(asked)


def test_every_dataset_weighs_the_same():
    """(0 + 1) / 2, though the second has nine times as many questions."""
    found = macro([[0.0], [1.0] * 9])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="at least one question"):
        macro([[1.0], []])


def test_a_part_of_a_dataset_has_its_own_judgments(dataset):
    assert list(part(dataset, dataset.questions[:2]).judgments) == ["q1", "q2"]
