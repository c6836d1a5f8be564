"""No language of the page lags behind the other."""

from __future__ import annotations

import re
import string

import pytest

from app.page_words import PAGE_WORDS, QUESTIONS, PageVoice

HAN = re.compile("[\u4e00-\u9fff]")


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", PAGE_WORDS)
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    chinese, english = PAGE_WORDS[key]
    assert fields(chinese) == fields(english)
    assert not HAN.search(english)


def test_a_voice_knows_the_words_of_the_command_line_too() -> None:
    assert PageVoice("zh")("page", page=3) == "第 3 页"
    assert PageVoice("en").known("no such stage") == "no such stage"


def test_every_question_to_try_is_one_of_the_sample_library() -> None:
    import json
    from pathlib import Path

    lines = Path(__file__).parents[2].joinpath("examples/questions.jsonl").read_text(encoding="utf-8").splitlines()
    known = {row["question"]: row for row in map(json.loads, lines)}
    for language, questions in QUESTIONS.items():
        for question in questions:
            assert known[question]["answerable"]
            assert known[question]["language"] == language
