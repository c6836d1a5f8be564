from __future__ import annotations

import pytest

from retrieval.rewrite.checks import condensed, imagined, lines_of, listed, reworded, translated

SAID = ["Who founded the city library?", "The city library was founded by Anna Berg in 1902."]


def test_labels_bullets_and_quotes_go() -> None:
    assert lines_of("Question: “When did she die?”\n\n2. Why\n- 译文：谁？") == ["When did she die?", "Why", "谁？"]


def test_a_standalone_question_in_words_of_the_conversation_is_taken() -> None:
    assert condensed("When did Anna Berg die?", "When did she die?", SAID) == "When did Anna Berg die?"
    said = ["市图书馆是谁创办的？", "由安明于1902年创办。"]
    assert condensed("改写后的问题：安明是哪年去世的？", "他是哪年去世的？", said) == "安明是哪年去世的？"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "...",
        "Anna Berg died in Berlin.",
        "1931",
        "When did Anna Berg die in 1931?",
        "安娜·贝格什么时候去世？",
        "What is the best pizza restaurant near the harbour of Naples?",
        "When? " * 200,
        "Who founded the city library?",
    ],
)
def test_an_answer_another_language_an_invention_or_another_question_is_refused(reply: str) -> None:
    assert condensed(reply, "When did she die?", SAID) is None


def test_a_translation_is_in_the_other_language_and_keeps_the_numbers() -> None:
    question = "第 49 届超级碗谁赢了？"
    assert translated("Translation: Who won Super Bowl 49?", question) == "Who won Super Bowl 49?"
    assert translated("Who won Super Bowl XLIX?", question) is None
    assert translated("第49届超级碗谁赢了？", question) is None
    assert translated("谁赢得了超级碗？", "Who won the Super Bowl?") == "谁赢得了超级碗？"


def test_other_wordings_are_other_few_and_about_the_question() -> None:
    reply = "1. How long is the loan?\n2. how long is a loan\n3. Nice weather today\n4. 借多久？\n5. Loan period?"
    assert reworded(reply, "How long is a loan?", 2) == ("How long is the loan?", "Loan period?")


def test_an_imagined_passage_has_a_length_and_the_language_of_the_question() -> None:
    assert imagined("读者每次借书的期限为三十天，可以续借一次，逾期罚款。", "书可以借多久？") is not None
    assert imagined("三十天。", "书可以借多久？") is None
    assert imagined("Readers may borrow books for thirty days.", "书可以借多久？") is None


def test_search_words_must_touch_the_question() -> None:
    assert listed("loan period, borrow, book, book", "How long is the loan?") == "loan period borrow book"
    assert listed("pizza, harbour", "How long is the loan?") is None
