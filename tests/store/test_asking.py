"""The words that only ask are no terms of a question."""

from __future__ import annotations

import pytest

from store.analyzer import analyze
from store.asking import question_terms


@pytest.mark.parametrize(
    ("question", "same_as"),
    [
        ("What are the rules about leave?", "rules leave"),
        ("Who's the CEO's deputy?", "CEO's deputy"),
        ("How many days of leave do we have", "many days leave"),
        ("请问什么时候开放？", "开放"),
        ("請問什麼時候開放？", "开放"),
        ("能不能報銷嗎", "报销"),
        ("GPT-4o 是什么", "GPT-4o 是"),
    ],
)
def test_what_only_asks_is_left_out(question: str, same_as: str) -> None:
    assert sorted(question_terms(question).elements()) == sorted(analyze(same_as))


@pytest.mark.parametrize("question", ["what", "What is it?", "请问", "为什么吗", "谁"])
def test_a_question_of_nothing_else_keeps_its_words(question: str) -> None:
    assert sorted(question_terms(question).elements()) == sorted(analyze(question))


@pytest.mark.parametrize(
    ("question", "kept"),
    [("WHO 的标准", "who"), ("the CAN bus", "can"), ("I/O latency", "i/o"), ("who.int pages", "who.int")],
)
def test_names_in_capitals_and_parts_of_identifiers_are_no_asking_words(question: str, kept: str) -> None:
    assert kept in question_terms(question)


def test_a_term_that_is_asked_twice_counts_twice() -> None:
    assert question_terms("river to river, or what river?")["river"] == 3
