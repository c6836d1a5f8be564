"""Reasons of the check read in the reader's language: what generation really says, not what this test supposes."""

from __future__ import annotations

import re

import pytest

from app.error_words import error_text
from generation.verify import verify
from retrieval.types import Passage
from store.types import Chunk

TEXT = "最近一次恢复演练总共用了 38 分钟。备份保留 14 份。"


def passage(number: int, text: str) -> Passage:
    chunk = Chunk(f"c{number}", "d", 0, 0, len(text), text, None, (), 20)
    return Passage(number, chunk, "手册", "手册.md", 1.0)


@pytest.mark.parametrize(
    "sentence",
    [
        "最近一次恢复演练总共用了 52 分钟。[1]",
        "最近一次恢复演练没有用 38 分钟。[1]",
        "青禾公司位于杭州市滨江区。[1]",
        "青禾公司位于杭州市滨江区。",
        "最近一次恢复演练总共用了 38 分钟。[9]",
        "最近一次恢复演练总共用了 38 分钟。[2]",
        "Nothing here can be compared at all. [1]",
        "The GPT-4o drill took 99 minutes on 3 May 2021. [1]",
        "文中写道“根本不存在的话”。[1]",
    ],
)
def test_every_reason_of_the_check_has_its_chinese(sentence: str) -> None:
    checked = verify(sentence, [passage(1, TEXT), passage(2, "The kitchen opens at noon.")])
    reasons = [reason for each in checked.sentences for reason in each.reasons]
    assert reasons
    for reason in reasons:
        chinese = error_text(reason, "zh")
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert not re.search(r"\b(?:is|are|not|the|passage|words)\b", chinese)
        assert error_text(reason, "en") == reason


def test_an_unknown_reason_is_shown_as_it_was_worded() -> None:
    assert error_text("something new", "zh") == "something new"
