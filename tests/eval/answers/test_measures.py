from dataclasses import replace

import pytest

from eval.answers.measures import accepted, answered_text, case_measures, failed_measures, is_short
from eval.answers.types import AnswerCase, Expect
from eval.types import Row
from generation.types import Answer, Citation, Sentence, Verdict
from retrieval.types import Context, Trace


def case(expect=Expect.ANSWER, facts=(("十天", "10天"),), **more):
    return AnswerCase("set/1", "set", "t", "zh", "满五年后年假几天？", expect, facts, **more)


def answer(*sentences, abstained=False, quotes=()):
    made = tuple(s if isinstance(s, Sentence) else Sentence(s, Verdict.SUPPORTED, (1,)) for s in sentences)
    citations = tuple(Citation(1, "c", "d", "", None, 0, len(q), q, Verdict.SUPPORTED) for q in quotes)
    return Answer("".join(s.text for s in made), "zh", abstained, made, citations, "m", Context("", (), Trace()))


GOLD = ((("满五年后年假为十天。",),),)


def test_a_right_sentence_contains_the_fact_and_is_no_exact_match():
    found = case_measures(case(gold=GOLD), answer("满五年后年假为十天。", quotes=["满五年后年假为十天。"]))
    assert found["contains"] == found["correct"] == found["abstention_right"] == 1.0
    assert found["exact_match"] == 0.0
    assert found["citation_precision"] == found["citation_recall"] == found["faithfulness"] == 1.0


def test_the_bare_answer_is_an_exact_match_with_bleu_100():
    found = case_measures(case(), answer("十天"))
    assert (found["exact_match"], found["f1"], found["rougeL"], found["bleu"]) == (1.0, 1.0, 1.0, pytest.approx(100.0))


def test_one_of_two_facts_is_half_contained_and_not_correct():
    found = case_measures(case(facts=(("十天",), ("三个工作日",))), answer("年假为十天。"))
    assert (found["contains"], found["correct"]) == (0.5, 0.0)


def test_a_long_reference_is_measured_by_f1_and_key_points_by_their_words():
    long = "The leave is ten days after five years of service, and it must be requested three days ahead."
    assert not is_short(case(facts=((long,),)))
    found = case_measures(case(facts=((long,),)), answer(long))
    assert "contains" not in found
    assert found["correct"] == found["f1"] == 1.0
    points = case_measures(case(facts=((long,),), keypoints=("leave requested", "bicycle garage")), answer(long))
    assert points["keypoints"] == points["correct"] == 0.5  # both words of the first, none of the second


def test_an_abstention_where_there_is_an_answer_is_0_in_everything():
    found = case_measures(case(gold=GOLD), answer("文档中没有说明。", abstained=True))
    assert set(found.values()) == {0.0}


@pytest.mark.parametrize("expect", list(Expect))
def test_the_measures_of_a_case_do_not_depend_on_the_answer(expect):
    one = case(expect, gold=GOLD if expect in (Expect.ANSWER, Expect.PARTIAL) else (), kind="prompt")
    every = [
        case_measures(one, answer("十天。")),
        case_measures(one, answer("没有说明。", abstained=True)),
        case_measures(one, answer(Sentence("如下：", Verdict.UNCHECKED))),
        failed_measures(one),
    ]
    assert len({frozenset(measures) for measures in every}) == 1
    assert set(failed_measures(one).values()) <= {0.0}


def test_an_unanswerable_question_wants_an_abstention_alone():
    assert case_measures(case(Expect.ABSTAIN), answer("十天。")) == {"abstention_right": 0.0, "correct": 0.0}
    right = case_measures(case(Expect.ABSTAIN), answer("没有说明。", abstained=True))
    assert right == {"abstention_right": 1.0, "correct": 1.0}


def test_asking_back_is_a_question_of_its_own_and_not_a_quoted_one():
    own, quoted = Sentence("您指的是哪一年？", Verdict.UNCHECKED), Sentence("年假几天？", Verdict.SUPPORTED, (1,))
    assert case_measures(case(Expect.ASK_BACK), answer(own)) == {"asks_back": 1.0}
    assert case_measures(case(Expect.ASK_BACK), answer(quoted)) == {"asks_back": 0.0}


def counterfactual(text, *, abstained=False, cited=(1,)):
    one = case(Expect.CORRECT, facts=(("70",),), fake=("170",))
    return case_measures(one, answer(Sentence(text, Verdict.UNCHECKED, cited), abstained=abstained))


def test_a_falsified_passage_is_repeated_noticed_or_corrected():
    repeated = counterfactual("共有170个议席。")
    assert repeated == {
        "noticed": 0.0,
        "corrected": 0.0,
        "fake_avoided": 0.0,
        "correct": 0.0,
    }  # 70 within 170 is not 70
    corrected = counterfactual("共有70个议席。")
    assert (corrected["corrected"], corrected["fake_avoided"], corrected["correct"]) == (1.0, 1.0, 1.0)
    assert counterfactual("资料中的170有误。", cited=())["noticed"] == 1.0
    assert counterfactual("没有说明。", abstained=True)["correct"] == 1.0


def test_several_facts_make_one_reference_and_a_kept_answer_loses_its_markers():
    assert accepted(case(facts=(("甲", "A"), ("乙",)))) == ("甲，乙",)
    row = Row(
        "q", "m", "t", "zh→zh", {}, detail={"abstained": "false", "answer": "十天。[1]\n三天。[2]", "passages": "2"}
    )
    assert answered_text(row) == "十天。\n三天。"
    assert answered_text(replace(row, detail={**row.detail, "abstained": "true"})) == ""
