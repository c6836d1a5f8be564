from __future__ import annotations

import pytest

from eval.cases import Anchored, Case
from eval.measures.spans import SPAN_MEASURES, label, span_measures
from eval.run import Place
from eval.types import GoldSpan
from store.types import Document


def place(start: int, end: int, document: str = "d", tokens: int = 300) -> Place:
    return Place(document, (document,), start, end, tokens)


GOLD = Anchored("d", 100, 140, "exact")


def test_every_measure_by_hand():
    # 300 tokens a passage: two fit in 640. Ranked: another document, the second half of the gold, the whole of it.
    ranking = [place(0, 200, "e"), place(120, 220), place(90, 150), place(0, 50)]
    assert span_measures([GOLD], ranking, ranking) == pytest.approx(
        {
            "span_hit@5": 1.0,
            "span_mrr@10": 1 / 3,
            "coverage@5": 1.0,
            "coverage@640": 20 / 40,  # characters 120 to 140
            "density@640": 20 / 300,  # of 200 + 100 characters
            "whole": 1.0,
        }
    )


def test_a_gold_span_that_was_cut_apart_is_never_whole_but_can_be_covered():
    halves = [place(60, 120), place(120, 200)]
    found = span_measures([GOLD], halves, halves)
    assert (found["whole"], found["span_hit@5"], found["coverage@5"], found["coverage@640"]) == (0, 0, 1, 1)


def test_characters_in_two_passages_count_once():
    ranking = [place(90, 150), place(95, 150)]
    found = span_measures([GOLD], ranking, ranking)
    assert found["coverage@640"] == 1
    assert found["density@640"] == pytest.approx(40 / 60)


def test_the_best_passage_counts_even_when_it_is_over_the_budget():
    ranking = [place(90, 150, tokens=5000), place(0, 50)]
    assert span_measures([GOLD], ranking, ranking)["coverage@640"] == 1


def test_nothing_found_and_nothing_to_find_are_zero():
    assert span_measures([GOLD], [], []) == dict.fromkeys(SPAN_MEASURES, 0.0)
    assert span_measures([], [place(0, 9)], [place(0, 9)]) == dict.fromkeys(SPAN_MEASURES, 0.0)


def test_labels_follow_their_file_and_lost_ones_are_counted_apart():
    text = "第一章。演练总共用了 38 分钟，比计划少。"
    quote = "演练总共用了 38 分钟，比计划少。"
    documents = {"new": Document("new", "手册", "md", "zh", "新增的话。" + text, 99)}
    kept = Case("a", "多久？", "zh", (GoldSpan("old", 4, 4 + len(quote), quote, "手册.md"),))
    gone = Case("b", "谁？", "zh", (GoldSpan("old", 0, 20, "这一句话从来没有在任何地方出现过啊。", "手册.md"),))
    silent = Case("c", "何处？", "zh", (), answerable=False)
    first, second = label([kept, gone, silent], documents, {"/资料/手册.md": "new"})
    assert [(one.document, one.how) for one in first.spans] == [("new", "moved")]
    assert (first.lost, second.spans, second.lost) == ((), (), gone.gold)
