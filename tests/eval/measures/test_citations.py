from dataclasses import replace

import pytest

from eval.measures.citations import citation_precision, citation_recall, faithfulness, overlap
from generation.types import Answer, Sentence, Verdict
from retrieval.types import Context, Trace

TWO = ((("满五年后年假为十天。",), ("年假须提前三个工作日申请。",)),)


def test_one_of_two_cited_places_and_one_of_two_pieces_are_one_half_each():
    quotes = ["员工满五年后，年假为十天。", "出差住宿每晚不超过五百元。"]
    assert citation_precision(quotes, TWO) == 0.5
    assert citation_recall(quotes, TWO) == 0.5


def test_any_reading_makes_a_citation_right_and_the_best_covered_one_is_the_recall():
    readings = (*TWO, (("申请须写明起止日期。",),))
    assert citation_precision(["申请须写明起止日期。"], readings) == 1.0
    assert citation_recall(["申请须写明起止日期。"], readings) == 1.0


def test_nothing_cited_is_nothing_right():
    assert (citation_precision([], TWO), citation_recall([], TWO)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The leave is TEN days.", "the leave is ten days", True),
        ("滿五年後年假為十天", "满五年后，年假为十天。", True),
        (
            "The library closes at nine on Sundays and holidays.",
            "Opening: the library closes at nine on Mondays.",
            True,
        ),
        ("The library closes.", "The museum opens.", False),
        ("", "anything", False),
        ("。！", "满五年", False),
        ("年假为十天", "住宿为十天", False),
    ],
)
def test_overlap_compares_words_whatever_the_script_and_punctuation(one, other, same):
    assert overlap(one, other) is same
    assert overlap(other, one) is same


def answer(*sentences, abstained=False):
    return Answer("", "zh", abstained, tuple(sentences), (), "m", Context("", (), Trace()))


def test_faithfulness_is_the_supported_share_of_the_sentences_that_state_something():
    sentences = (
        Sentence("如下：", Verdict.UNCHECKED),
        Sentence("甲。", Verdict.SUPPORTED, (1,)),
        Sentence("乙。", Verdict.UNSUPPORTED),
        Sentence("A quote.", Verdict.UNCHECKED, (2,)),
    )
    assert faithfulness(answer(*sentences)) == pytest.approx(1 / 3)
    assert faithfulness(answer(sentences[0])) is None
    assert faithfulness(replace(answer(*sentences), abstained=True)) is None
