import pytest

from eval.answers.contexts import Mixture, contexts, gold_kept
from eval.answers.types import AnswerCase, Expect
from eval.errors import EvalInputError
from models.fakes import WordCounter
from retrieval.types import Context, Trace

COUNT = WordCounter().count


def case(
    name, *, task="noise", expect=Expect.ANSWER, positive=(), negative=(), gold=(), given=True, question="年假有几天？"
):
    return AnswerCase(
        name,
        "set",
        task,
        "zh",
        question,
        expect,
        (("十天",),),
        positive=positive,
        negative=negative,
        gold=gold,
        given=given,
    )


def paths(context):
    return [passage.path for passage in context.passages]


GOOD = tuple((f"满{n}年后年假为十天。",) for n in range(1, 6))
BAD = tuple(f"第{n}条与住宿有关。" for n in range(1, 6))


def test_two_of_five_passages_are_noise_at_a_ratio_of_four_tenths():
    one = case("a", positive=GOOD, negative=BAD)
    found = contexts([one], Mixture(noise=0.4), count=COUNT, searches={})(one)
    assert sorted(paths(found)) == ["negative/1", "negative/2", "positive/1", "positive/2", "positive/3"]
    assert [p.number for p in found.passages] == [1, 2, 3, 4, 5]
    assert all(p.chunk.text == p.chunk.text[p.chunk.start : p.chunk.end] and p.title == "" for p in found.passages)


def test_the_mixture_is_the_same_for_a_seed_and_another_for_another():
    many = [case(f"c{n}", positive=GOOD, negative=BAD) for n in range(8)]
    orders = {
        seed: [paths(contexts(many, Mixture(seed), count=COUNT, searches={})(one)) for one in many] for seed in (0, 1)
    }
    again = [paths(contexts(many[3:], Mixture(0), count=COUNT, searches={})(one)) for one in many[3:]]
    assert orders[0][3:] == again
    assert orders[0] != orders[1]


def test_integration_has_one_passage_of_each_group_even_when_that_leaves_less_noise():
    groups = (("甲。", "甲又。"), ("乙。",), ("丙。",), ("丁。",))
    one = case("a", task="integration", positive=groups, negative=BAD)
    found = contexts([one], Mixture(noise=0.4), count=COUNT, searches={})(one)
    assert {p.chunk.text for p in found.passages if p.path.startswith("positive")} == {"甲。", "乙。", "丙。", "丁。"}
    assert len(found.passages) == 5


def test_the_budget_cuts_as_the_product_does_and_what_was_cut_is_counted():
    gold = (tuple(GOOD[:2]),)
    one = case("a", task="integration", positive=GOOD[:2], gold=gold)
    context = contexts([one], Mixture(budget=40), count=COUNT, searches={})(one)
    assert len(context.passages) == 1  # 9 tokens and 24 around them; a second would make 66
    assert gold_kept(one, context) == 0.5


def test_an_unanswerable_question_without_passages_gets_the_closest_ones_of_the_others():
    others = [case("a", positive=(("年假的天数见第三章。",),)), case("b", positive=(("汽车停在门口。",),))]
    one = case("c", expect=Expect.ABSTAIN)
    found = contexts([*others, one], Mixture(), count=COUNT, searches={})(one)
    assert {p.chunk.text for p in found.passages} == {"年假的天数见第三章。", "汽车停在门口。"}
    assert {p.path.split("/")[0] for p in found.passages} == {"distractor"}


def test_a_case_without_passages_is_searched_and_without_a_search_refused():
    one = case("a", given=False)
    answerer = contexts([one], Mixture(), count=COUNT, searches={"set": lambda q, _: Context(q + "!", (), Trace())})
    assert answerer(one).question == "年假有几天？!"
    with pytest.raises(EvalInputError, match="--collection"):
        contexts([one], Mixture(), count=COUNT, searches={})
