"""Eight faults planted in a small library of real parts; attribution names the stage of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.attribution import (
    LOST,
    Attribution,
    Gold,
    Stage,
    Taken,
    attribute_answer,
    attribute_search,
    gold_of_documents,
    gold_of_spans,
    said,
)
from eval.cases import Case
from eval.losses import count_losses, lost_in_library, lost_in_search, passages_of_records, with_losses
from eval.measures.spans import label
from eval.run import Corpus, Place, evaluate
from eval.searching import Outcome
from eval.types import Dataset, GoldSpan, Question
from generation.answer import answer
from generation.types import Finished
from ingest.chunkers import chunker
from models.fakes import BlindEmbedder, ScriptedChat
from retrieval.context import OVERHEAD, fit
from retrieval.search import Retriever
from retrieval.stages import Cut
from retrieval.types import Hit

LEAVE = "满五年的员工每年享有十天带薪年假。"
TEMPLATE = "第{}号会议室在{}楼，可以容纳{}个人开会。"
ROOMS = tuple(TEMPLATE.format(n, n % 7, 3 * n) for n in range(1, 21))
ASKED = "满五年的员工有几天带薪年假？"
WIDE = Cut(budget=10_000)


class Contrary:
    """A reranker that puts the passage about leave last."""

    name = "contrary"

    def score(self, question, texts):
        return [0.0 if LEAVE in text else 1.0 + n for n, text in enumerate(texts)]


def corpus_of(library, **options) -> Corpus:
    paths = {card.id: card.paths for card in library.shelf.read.cards()}
    spans = library.shelf.read.spans()
    places = {span.key: Place(span.document, paths[span.document], span.start, span.end, span.tokens) for span in spans}
    return Corpus(Retriever(library.shelf, library.embedder, candidates=10, **options), places, {})


def of_documents(corpus: Corpus, *paths: str) -> Gold:
    return gold_of_documents(paths, passages_of_records(corpus))


def searched(corpus: Corpus, gold: Gold, cut: Cut = WIDE, question: str = ASKED) -> Attribution:
    stages = {stage.name: stage for stage in corpus.retriever.rank(question)}
    return lost_in_search(gold, Outcome(Question("q", question), stages), list(stages), corpus, cut)


def placed_gold(library, corpus: Corpus, quote: str) -> Gold:
    """The gold of a case, its label placed in the text that the library has today."""
    cards = library.shelf.read.cards()
    documents = {card.id: library.shelf.read.document(card.id) for card in cards}
    gold = GoldSpan("", 0, len(quote), quote, "handbook.txt")
    (labelled,) = label([Case("q", ASKED, "zh", (gold,))], documents, {p: c.id for c in cards for p in c.paths})
    return gold_of_spans(labelled.spans, corpus.places)


@pytest.fixture
def blind(library):
    """Twenty passages about rooms and one about leave, which the dense leg never finds."""
    library.embedder = BlindEmbedder(LEAVE)
    for n, room in enumerate(ROOMS):
        library.put(f"room-{n}.txt", room)
    library.put("leave.txt", LEAVE)
    return library


# The eight faults


def test_a_page_that_was_not_parsed(runs):
    runs.write("handbook.txt", "# 手册\n\n第一页说的是出差。")  # its second page, with LEAVE, is a picture
    runs.write("refused.txt", "!an unreadable file")
    runs.run()
    corpus = corpus_of(runs.library)
    assert searched(corpus, placed_gold(runs.library, corpus, LEAVE)).stage is Stage.PARSING
    assert searched(corpus, of_documents(corpus, "refused.txt")).stage is Stage.PARSING


def test_a_chunk_split_in_two(runs):
    """Chunks of 32 characters: the sentence of 16 begins at 24, so no chunk holds it and the context takes one half."""
    path = runs.write(
        "handbook.txt", "出差住宿的标准由各部门的主管按城市的类别另行规定" + LEAVE + "加班费按月结算。" * 4
    )
    runs.run(chunker=chunker("fixed", 32))
    assert path.read_text().index(LEAVE) == 24
    corpus = corpus_of(runs.library)
    gold = placed_gold(runs.library, corpus, LEAVE)
    lost = searched(corpus, gold, Cut(budget=1))
    assert (lost.stage, lost.numbers["right"], lost.numbers["taken"]) == (Stage.CHUNKING, 0, 1)
    assert searched(corpus, gold).stage is None  # both halves together are as good as a whole


def test_a_passage_that_only_the_keyword_leg_could_find_and_does_not(blind):
    corpus = corpus_of(blind)
    gold = of_documents(corpus, "leave.txt")
    found = searched(corpus, gold)
    assert (found.stage, found.numbers["dense"], found.numbers["keyword"]) == (None, 0, 1)
    lost = searched(corpus, gold, question="干久了能歇多长时间？")  # not a word of the passage
    assert (lost.stage, lost.numbers["dense"], lost.numbers["keyword"]) == (Stage.RECALL, 0, 0)


def test_a_wrong_fusion_weight(blind):
    corpus = corpus_of(blind, dense_weight=1.0)
    lost = searched(corpus, of_documents(corpus, "leave.txt"))
    assert (lost.stage, lost.numbers["keyword"]) == (Stage.FUSION, 1)
    assert lost.numbers["fused"] > lost.numbers["cut"] == 8


def test_a_reranker_that_puts_the_right_passage_low(blind):
    corpus = corpus_of(blind, dense_weight=0.2, reranker=Contrary(), rerank_weight=1.0)
    lost = searched(corpus, of_documents(corpus, "leave.txt"))
    assert (lost.stage, lost.numbers["fused"]) == (Stage.RERANK, 1)
    assert lost.numbers["rerank"] > 8


def test_a_context_that_was_cut(library):
    """The better passage takes 14 + 24 of 60 tokens, the right one would take 17 + 24 more."""
    library.put("question.txt", ASKED)
    library.put("leave.txt", LEAVE)
    corpus = corpus_of(library)
    gold = of_documents(corpus, "leave.txt")
    lost = searched(corpus, gold, Cut(budget=60))
    assert (lost.stage, lost.numbers["fused"], lost.numbers["taken"]) == (Stage.CONTEXT, 2, 1)
    assert searched(corpus, gold, Cut(budget=14 + 17 + 2 * OVERHEAD)).stage is None


TWICE = "按人事制度，满五年的员工每年享有十天带薪年假，新员工为五天。"


def answered(library, text: str):
    context = fit(Retriever(library.shelf, library.embedder).search(ASKED, k=100), budget=640)
    *_, last = answer(ASKED, context, ScriptedChat([text]))
    assert isinstance(last, Finished)
    return last.answer, {p.path: p.number for p in context.passages}


@pytest.fixture
def two_sources(library):
    """The passage about leave, another document that says the same, and a third that says something else."""
    library.put("leave.txt", LEAVE)
    library.put("twice.txt", TWICE)
    library.put("travel.txt", "满三年的员工出差可以乘坐高铁一等座。")
    return library


def test_a_model_that_ignores_the_passage(two_sources):
    _, numbers = answered(two_sources, "。")
    given, _ = answered(two_sources, f"满三年的员工出差可以乘坐高铁一等座。[{numbers['travel.txt']}]")
    lost = attribute_answer(given, {numbers["leave.txt"]}, correct=False)
    assert (lost.stage, lost.numbers) == (Stage.UNUSED, {"right": 1, "cited": 1, "cited_right": 0})


def test_a_wrong_marker(two_sources):
    _, numbers = answered(two_sources, "。")
    right = {numbers["leave.txt"]}
    given, _ = answered(two_sources, f"满五年的员工每年享有十天带薪年假。[{numbers['twice.txt']}]")
    lost = attribute_answer(given, right, correct=True)
    assert (lost.stage, lost.numbers) == (Stage.CITATION, {"right": 1, "cited": 1, "cited_right": 0})
    given, _ = answered(two_sources, f"满五年的员工每年享有十天带薪年假。[{numbers['leave.txt']}]")
    assert attribute_answer(given, right, correct=True).stage is None


# The borders between the stages


def hits(*keys: int) -> tuple[Hit, ...]:
    return tuple(Hit(key, float(-rank)) for rank, key in enumerate(keys))


RIGHT = Gold(frozenset({1}), parsed=True)


@pytest.mark.parametrize(
    ("dense", "keyword", "fused", "stage"),
    [
        ((5, 6, 1), (), (5, 6, 1), Stage.RANKING),  # rank 3 where the cut is 2, in leg and fusion alike
        ((5, 1, 6), (), (5, 6, 1), Stage.FUSION),  # the leg had it within the cut
        ((5, 6, 7, 1), (), (5, 6, 7), Stage.RECALL),  # rank 4 of a leg that gives 3 candidates
        ((5, 6, 7), (5, 1), (5, 1, 6), Stage.CONTEXT),  # in the cut to the end, and yet not taken
    ],
)
def test_the_first_stage_that_drops_it_below_the_cut_is_named(dense, keyword, fused, stage):
    stages = {"dense": hits(*dense), "keyword": hits(*keyword), "fused": hits(*fused)}
    assert attribute_search(RIGHT, stages, Taken((5,)), {}, candidates=3, most=2).stage is stage


def test_a_reranker_that_lifts_what_it_may_not_have_lost_is_never_blamed():
    stages = {"dense": hits(5, 6, 1), "keyword": (), "fused": hits(5, 6, 1), "rerank": hits(5, 7, 1)}
    assert attribute_search(RIGHT, stages, Taken((5,)), {}, candidates=3, most=2).stage is Stage.RANKING


def test_a_copy_that_took_the_place_is_told(library):
    library.put("copy.txt", LEAVE, "另一段。")  # the same words stand in two documents
    library.put("leave.txt", LEAVE)
    corpus = corpus_of(library)
    # Else what stands beside the copy takes it below the other one, and its document is there by its second passage.
    corpus = replace(corpus, retriever=replace(corpus.retriever, neighbour_share=0.0))
    lost = [searched(corpus, of_documents(corpus, path)) for path in ("copy.txt", "leave.txt")]
    assert {one.stage for one in lost} == {None, Stage.CONTEXT}
    (context,) = [one for one in lost if one.stage]
    assert context.numbers["copy"] == 1
    assert "同样的文字已在其中" in said(context).zh


def test_what_the_search_lost_is_no_fault_of_the_model(two_sources):
    given, _ = answered(two_sources, "资料中没有提到。")
    search = Attribution(Stage.FUSION, {"fused": 9})
    assert attribute_answer(given, (), correct=False, search=search) == search
    assert attribute_answer(given, (), correct=False).stage is Stage.CONTEXT


def test_every_stage_has_words_in_both_languages():
    assert set(LOST) == set(Stage)
    numbers = {"dense": 3, "keyword": 0, "fused": 12, "cut": 8, "taken": 4, "right": 1}
    words = said(Attribution(Stage.FUSION, numbers))
    assert words.en.endswith("(dense rank 3, fused rank 12, the context took 4 of at most 8)")
    assert words.zh.endswith("（语义第 3 名，融合第 12 名，上下文取 4 段，至多 8 段）")
    assert said(Attribution()).zh == ""


# Whole runs


def test_rows_of_the_hybrid_are_told_and_counted(blind, tmp_path):
    corpus = corpus_of(blind, dense_weight=1.0)
    asked = (Question("q1", ASKED), Question("q2", "第3号会议室在几楼"), Question("q3", "？"), Question("q4", "会议室"))
    judgments = {"q1": {"leave.txt": 1}, "q2": {"room-2.txt": 1}, "q3": {"room-0.txt": 1}, "q4": {"gone.txt": 1}}
    dataset = Dataset("手册", "dev", tmp_path / "corpus.jsonl", "c", "h", asked, judgments)
    vectors = blind.embedder.embed_queries([question.text for question in asked])
    found = evaluate(dataset, corpus, ["keyword", "hybrid"], vectors)
    rows = with_losses(dataset, corpus, found, WIDE)
    lost = {(row.mode, row.question): row.lost for row in rows if row.lost}
    assert lost[("hybrid", "q1")] == "fusion"
    assert lost[("hybrid", "q4")] == "parsing"
    assert {mode for mode, _ in lost} == {"hybrid"}
    assert ("hybrid", "q3") not in lost  # it failed: nothing was searched, so no stage lost it
    counted = count_losses(row for row in rows if row.mode == "hybrid")
    assert [(stage, each["count"]) for stage, each in counted.items() if stage in ("parsing", "fusion")] == [
        ("parsing", 1),
        ("fusion", 1),
    ]
    first = next(row for row in rows if (row.mode, row.question) == ("hybrid", "q1"))
    assert first.detail["lost_en"].startswith("fusion: high enough in a leg, not after fusing (keyword rank 1, fused")


def test_gold_that_is_words_is_found_wherever_it_stands(blind):
    corpus = corpus_of(blind, dense_weight=1.0)
    documents = [blind.shelf.read.document(card.id) for card in blind.shelf.read.cards()]
    found = corpus.retriever.search(ASKED, k=100)
    assert lost_in_library(["每年享有十天带薪年假"], found, corpus, documents, WIDE).stage is Stage.FUSION
    assert lost_in_library(["每年享有二十一天产假"], found, corpus, documents, WIDE).stage is Stage.PARSING
    good = corpus_of(blind, dense_weight=0.2)
    found = good.retriever.search(ASKED, k=100)
    assert lost_in_library(["每年享有十天带薪年假"], found, good, documents, WIDE).stage is None
