"""Reranking with engines whose scores are known: the order, what is kept, and what happens when a model fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.fakes import HashEmbedder
from models.types import Message, ModelUnavailable
from retrieval.maxsim import MaxSim
from retrieval.rerank import STEP, read, reranked
from retrieval.rerank_chat import MAX_QUESTION, ChatJudge
from retrieval.rerank_memory import Remembering
from retrieval.search import Retriever
from retrieval.types import Hit


class Engine:
    """Scores a text by its length, and counts what it read; fails or sleeps when told."""

    name = "engine"

    def __init__(self, *, fails_after: int = 1_000, sleeps: float = 0.0, says: float | None = None) -> None:
        self.read: list[str] = []
        self.fails_after, self.sleeps, self.says = fails_after, sleeps, says

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        if len(self.read) >= self.fails_after:
            raise ModelUnavailable("the model is down: is it running?")
        time.sleep(self.sleeps)
        self.read += texts
        return [float(len(text)) if self.says is None else self.says for text in texts]


def test_the_order_is_a_convex_combination_of_both_stretched_to_one() -> None:
    fused = [Hit(1, 0.9), Hit(2, 0.7), Hit(3, 0.5)]  # stretched: 1, 0.5, 0
    found = reranked(fused, [2.0, 4.0, 3.0], (Hit(9, 0.4),), weight=0.5)  # stretched: 0, 1, 0.5
    # 1: 0.5·0 + 0.5·1 = 0.5; 2: 0.5·1 + 0.5·0.5 = 0.75; 3: 0.5·0.5 + 0 = 0.25
    assert found == (Hit(2, 0.75), Hit(1, 0.5), Hit(3, 0.25), Hit(9, -1.0))


@pytest.mark.parametrize(("weight", "order"), [(0.0, [1, 2, 3]), (1.0, [2, 3, 1])])
def test_weight_0_keeps_the_fused_order_and_weight_1_takes_the_rerankers(weight: float, order: list[int]) -> None:
    fused = [Hit(1, 0.9), Hit(2, 0.7), Hit(3, 0.5)]
    assert [hit.key for hit in reranked(fused, [2.0, 4.0, 3.0], (), weight=weight)] == order


def test_equal_scores_of_the_reranker_change_nothing() -> None:
    fused = [Hit(1, 0.9), Hit(2, 0.7)]
    assert [hit.key for hit in reranked(fused, [0.5, 0.5], (), weight=0.5)] == [1, 2]


def test_everything_is_read_in_one_go_without_a_clock() -> None:
    engine = Engine()
    assert read(engine, "?", ["a", "bbb", "cc"]) == ([1.0, 3.0, 2.0], "")
    with pytest.raises(ModelUnavailable):
        read(Engine(fails_after=0), "?", ["a"])


def test_a_slow_model_stops_when_its_time_is_over_and_the_notice_says_so() -> None:
    engine = Engine(sleeps=0.03)
    scores, note = read(engine, "?", ["x"] * 40, seconds=0.02)
    assert len(scores) == len(engine.read) == STEP  # the clock is looked at after a step
    assert note == f"engine read {STEP} of 40 passages in 0.02 s"


def test_a_model_that_fails_in_the_middle_leaves_the_scores_it_gave() -> None:
    scores, note = read(Engine(fails_after=STEP), "?", ["x"] * 10, seconds=9)
    assert scores == [1.0] * STEP
    assert note == f"engine failed after {STEP} of 10 passages: the model is down: is it running?"


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_not_used(nonsense: float) -> None:
    scores, note = read(Engine(says=nonsense), "?", ["x"] * 10, seconds=9)
    assert (scores, note) == ([], "engine gave no usable scores after 0 of 10 passages")


PASSAGES = (
    "长江的源头在唐古拉山",
    "黄河流过九个省区，长江流过十一个",
    "江豚生活在长江中下游",
    "源头活水来自朱熹的一首诗",
    "三峡大坝横跨长江，一九九四年动工",
    "The Yangtze is called 长江 in Chinese",
    "珠江在广州附近入海，与长江不相通",
)


@pytest.fixture
def retriever(library) -> Retriever:
    for number, text in enumerate(PASSAGES):
        library.put(f"/书/{number}.txt", text)
    return Retriever(library.shelf, library.embedder, candidates=10, reranker=Engine(), rerank_depth=5)


def test_the_search_has_a_rerank_stage_and_reads_no_deeper_than_it_is_told(retriever) -> None:
    found = retriever.search("长江的源头", k=7)
    stages = {stage.name: stage for stage in found.trace.stages}
    assert list(stages) == ["dense", "keyword", "fused", "rerank", "passages"]
    assert len(retriever.reranker.read) == 5
    before, after = ([hit.key for hit in stages[name].ranking] for name in ("fused", "rerank"))
    assert sorted(after[:5]) == sorted(before[:5])
    assert after[5:] == before[5:]
    assert len(found.passages) == 7


def test_a_dead_reranker_costs_the_order_not_the_answer(retriever) -> None:
    dead = replace(retriever, reranker=Engine(fails_after=0))
    found = dead.search("长江的源头", k=7)
    plain = replace(retriever, reranker=None).search("长江的源头", k=7)
    assert [passage.chunk for passage in found.passages] == [passage.chunk for passage in plain.passages]
    (stage,) = [stage for stage in found.trace.stages if stage.name == "rerank"]
    assert stage.note.startswith("engine failed after 0 of 5 passages")


def test_what_was_not_read_in_time_stands_behind_what_was(retriever) -> None:
    slow = replace(retriever, reranker=Engine(sleeps=0.02), rerank_seconds=0.01)
    stages = {stage.name: stage for stage in slow.rank("长江的源头", k=7)}
    before, after = ([hit.key for hit in stages[name].ranking] for name in ("fused", "rerank"))
    assert sorted(after[:STEP]) == sorted(before[:STEP])
    assert after[STEP:] == before[STEP:]
    assert stages["rerank"].note


def test_an_evaluation_without_a_clock_hears_of_a_dead_reranker(retriever) -> None:
    fused = retriever.rank("长江的源头")[2].ranking
    with pytest.raises(ModelUnavailable):
        retriever.rerank("长江的源头", fused, Engine(fails_after=0))


class CountingTokens(HashEmbedder):
    """Remembers which texts it gave token vectors for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed_tokens(self, texts, *, query=False):
        if not query:
            self.asked += texts
        return super().embed_tokens(texts, query=query)


def test_maxsim_is_the_mean_of_each_question_tokens_best_match() -> None:
    both, one, none = MaxSim(HashEmbedder()).score("长江", ["江长水", "长水水", ""])
    tokens = HashEmbedder().embed_tokens(["长江", "长水水"])
    best = tokens[0] @ tokens[1].T  # float16 rounds ±1/8 exactly
    assert both == pytest.approx(1.0)  # each of the two characters is there
    assert one == pytest.approx(best.max(axis=1).mean())
    assert none == -1.0


def test_maxsim_reads_a_passage_once_and_gives_the_same_scores_from_memory() -> None:
    embedder = CountingTokens()
    engine = MaxSim(embedder)
    first = engine.score("长江的源头", ["江水", "河水", "江水"])
    assert embedder.asked == ["江水", "河水"]
    assert first[0] == first[2]
    assert engine.score("长江的源头", ["河水", "海水", "江水"])[::2] == [first[1], first[0]]
    assert embedder.asked == ["江水", "河水", "海水"]


def test_maxsim_keeps_no_more_than_its_memory_and_gives_up_the_longest_unused() -> None:
    embedder = CountingTokens()
    engine = MaxSim(embedder, memory_bytes=2 * 2 * 64 * 2)  # two passages of 2 tokens, 64 numbers, 2 bytes each
    for text in ("江水", "河水", "江水", "海水", "江水", "河水"):
        engine.score("水", [text])
    assert embedder.asked == ["江水", "河水", "海水", "河水"]  # 河水 made room for 海水
    engine.score("水", ["很长的一段文字"])  # larger than the memory: read, not kept
    assert engine.score("水", ["很长的一段文字"]) == engine.score("水", ["很长的一段文字"])


def test_maxsim_may_be_asked_from_several_threads() -> None:
    engine, texts = MaxSim(HashEmbedder(), memory_bytes=2_000), [f"第{number}段水" for number in range(30)]
    expected = MaxSim(HashEmbedder()).score("水段", texts)
    found: list[Sequence[float]] = []
    threads = [threading.Thread(target=lambda: found.append(engine.score("水段", texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.allclose(scores, expected) for scores in found)


def test_what_was_judged_once_is_remembered_by_question_and_text() -> None:
    engine = Engine()
    memory = Remembering(engine)
    assert (memory.name, memory.score("问", ["a", "bb", "a"])) == ("engine", [1.0, 2.0, 1.0])
    assert memory.score("问", ["bb", "ccc"]) == [2.0, 3.0]
    assert engine.read == ["a", "bb", "ccc"]
    memory.score("另问", ["a"])
    assert engine.read == ["a", "bb", "ccc", "a"]


def test_the_memory_is_bounded_and_a_failure_is_not_remembered() -> None:
    engine = Engine()
    memory = Remembering(engine, kept=2)
    for text in ("a", "bb", "a", "ccc", "bb"):
        memory.score("问", [text])
    assert engine.read == ["a", "bb", "ccc", "bb"]
    down = Engine(fails_after=0)
    with pytest.raises(ModelUnavailable):
        Remembering(down).score("问", ["a"])

    class Short(Engine):
        def score(self, question, texts):
            return [1.0]

    with pytest.raises(ModelUnavailable, match="gave 1 scores for 2 passages"):
        Remembering(Short()).score("问", ["a", "b"])


class Judge:
    """Says yes to a passage with 15 in it and keeps the prompts."""

    def __init__(self) -> None:
        self.prompts: list[Sequence[Message]] = []

    def yes_probabilities(self, prompts: Sequence[Sequence[Message]]) -> list[float]:
        self.prompts += prompts
        return [0.9 if "15" in prompt[-1].content else 0.2 for prompt in prompts]


def test_the_chat_model_is_asked_in_the_questions_language_with_a_common_opening() -> None:
    judge = Judge()
    assert ChatJudge(judge).score("年假有几天？", ["年假 15 天", "总部在杭州"]) == [0.9, 0.2]
    first, second = (prompt[-1].content for prompt in judge.prompts)
    assert judge.prompts[0][0] == judge.prompts[1][0]
    assert first.split("年假 15 天")[0] == second.split("总部在杭州")[0] == "问题：年假有几天？\n段落："
    ChatJudge(judge).score("How many days?", ["年假 15 天"])
    assert judge.prompts[-1][-1].content.startswith("Question: How many days?\nPassage: 年假 15 天\n")


def test_braces_in_a_passage_or_a_question_stay_as_they_are() -> None:
    judge = Judge()
    ChatJudge(judge).score("What is {passage}?", ["{question} and {passage}"])
    assert "Question: What is {passage}?\nPassage: {question} and {passage}\n" in judge.prompts[0][-1].content


def test_a_very_long_question_is_cut_before_every_passage() -> None:
    judge = Judge()
    ChatJudge(judge).score("问" * 5_000, ["段"])
    assert judge.prompts[0][-1].content.count("问") <= MAX_QUESTION + 3
