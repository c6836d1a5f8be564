"""What an answer adds to its question, and the sentence of the passage that it is shown with."""

import pytest

from generation.types import Verdict
from generation.verify import verify

SHAO = "邵雍，字尧夫，北宋理学家，著有《皇极经世》。其子伯温也有文名，晚年移居四川。司马光与他往来甚密。"
FORT = (
    "The fort was named for its first commander. In early 1754 William Trent began a fort at the forks of the river. "
    "It was finished by the French, who named it after their governor Duquesne."
)
PHONE = "The phone supports Bluetooth. It does not support wireless charging."
QUESTIONS = (
    "How do I order?\nUse the form on the page.\n"
    "How do I cancel an order?\nOpen your account. Choose the order. Press stop."
)


def checked(text, question, passage, context_of):
    return verify(text, context_of(question, passage).passages, question)


@pytest.mark.parametrize(
    ("question", "sentence", "passage"),
    [
        ("伯温的父亲名字叫什么？", "伯温的父亲名字叫邵雍。[1]", SHAO),
        ("伯温的父亲名字叫什么？", "邵雍。[1]", SHAO),
        ("Who began to build the fort?", "William Trent. [1]", FORT),
        ("Was the fort finished by the French?", "Yes. [1]", FORT),
        ("Does it support wireless charging?", "No, it doesn't. [1]", PHONE),
        ("Does it support wireless charging?", "Unfortunately no, it cannot. [1]", PHONE),
        ("这款手机支持无线充电吗？", "目前不支持。[1]", "这款手机支持蓝牙。这款手机不支持无线充电。"),
        ("How long is the cable?", "Two metres. [1]", "The cable is 2 m long."),
        ("数据线有多长？", "2米。[1]", "数据线长两米。"),
        ("How do I cancel an order?", "Press stop. [1]", QUESTIONS),
        ("Was the fort finished by the French?", "Yes, the fort was finished by the French. [1]", FORT),
    ],
)
def test_an_answer_may_say_its_question_again(question, sentence, passage, context_of):
    found = checked(sentence, question, passage, context_of)
    assert [one.verdict for one in found.sentences] == [Verdict.SUPPORTED], found.sentences[0].reasons


@pytest.mark.parametrize(
    ("question", "sentence", "passage"),
    [
        ("Who began to build the fort at the forks of the river?", "settlers. [1]", FORT),
        ("Who began to build the fort at the forks?", "The fort at the forks was begun by settlers. [1]", FORT),
        ("邵雍的儿子晚年移居哪里？", "海南。[1]", SHAO),
        ("键盘的连接方式是什么？", "无线。[1]", "键盘的连接方式是有线连接。"),
        ("On which side is the switch?", "Right. [1]", "The switch is on the left side."),
    ],
)
def test_the_words_of_the_question_do_not_support_an_answer(question, sentence, passage, context_of):
    found = checked(sentence, question, passage, context_of)
    assert found.sentences[0].verdict is Verdict.UNSUPPORTED
    assert "adds to the question" in found.sentences[0].reasons[0] or "is not in" in found.sentences[0].reasons[0]


def test_an_answer_out_of_another_place_of_the_passage_is_unsupported(context_of):
    passage = (
        "Rain fell all year. The mill grinds wheat on weekdays. Nobody fishes. The harbour dues pay for a lighthouse."
    )
    found = checked("Lighthouse. [1]", "What does the mill grind on weekdays?", passage, context_of)
    assert found.sentences[0].verdict is Verdict.UNSUPPORTED
    assert "something else" in found.sentences[0].reasons[0]
    assert checked("Wheat. [1]", "What does the mill grind?", passage, context_of).citations


def test_a_passage_without_the_answer_does_not_speak_for_its_place(context_of):
    table = "Name | Department\nTom Roth | Legal\nJane Poe | Finance\nAnna Lee | Sales"
    question = "In which department does Tom Roth work?"
    context = context_of(question, table, "The canteen opens at noon.")
    assert verify("Sales. [1][2]", context.passages, question).sentences[0].verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("question", "sentence", "cited"),
    [
        ("谁熟悉神圣历的用法？", "祭司。[1]", "熟悉神圣历用法的只有祭司。"),
        ("什么人每五十二年举行新火典礼？", "祭司。[1]", "祭司每五十二年举行一次新火典礼。"),
    ],
)
def test_of_several_places_the_one_that_answers_the_question_is_cited(question, sentence, cited, context_of):
    passage = "祭司每五十二年举行一次新火典礼。熟悉神圣历用法的只有祭司。祭司的衣服是白色的。"
    assert [one.quote for one in checked(sentence, question, passage, context_of).citations] == [cited]
