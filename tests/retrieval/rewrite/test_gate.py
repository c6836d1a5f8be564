from __future__ import annotations

import pytest

from models.types import Message
from retrieval.rewrite.gate import compound, leans

SAID = (Message("user", "长江有多长？"), Message("assistant", "长江全长约6300公里。"))


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take?",
        "And the fee?",
        "What about Chinese?",
        "Why?",
        "Who is he?",
        "Regional differences",
        "Are they the same team?",
        "Tell me more.",
        "它的源头在哪里？",
        "那黄河呢？",
        "還有別的嗎？",
        "為什麼？",
        "他是哪年出生的",
        "这个要多少钱？",
        "前者和后者哪个更长？",
        "其源头在哪座山脉的哪个地方？",
    ],
)
def test_a_follow_up_leans_on_the_conversation(question: str) -> None:
    assert leans(question, SAID)


@pytest.mark.parametrize(
    "question",
    [
        "How many meters above sea level does Lake Titicaca lie?",
        "What is the capital of the French Republic?",
        "Is there life beyond Earth?",
        "黄河的源头在青海省的什么地方？",
        "第四十九届超级碗的冠军是哪支球队？",
        "公司员工应该如何申请年假？",
    ],
)
def test_a_question_that_names_its_things_stands_alone(question: str) -> None:
    assert not leans(question, SAID)


@pytest.mark.parametrize("history", [(), (Message("assistant", "  "),)])
def test_without_a_history_nothing_leans(history: tuple[Message, ...]) -> None:
    assert not leans("Why?", history)


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Who founded it and when does it open?", True),
        ("What is the difference between tea and coffee?", True),
        ("Who founded it? Where?", True),
        ("绿茶和红茶有什么区别？", True),
        ("誰創辦的，還要多少錢？", True),
        ("Who founded the city library?", False),
        ("绿茶多少钱一斤？", False),
    ],
)
def test_a_compound_question_is_seen(question: str, several: bool) -> None:
    assert compound(question) is several
