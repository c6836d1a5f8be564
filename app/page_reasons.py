"""The reasons of the check in the reader's language. Generation words them in English; each has its Chinese here."""

from __future__ import annotations

import re

from app.words import Language

_CHINESE = (
    (r"it cites no passage", r"没有注明出处"),
    (r"(.+) names no passage", r"\1 不对应任何段落"),
    (r"(\[\d+\]) was added: the sentence is supported there", r"已补上 \1，那里有依据"),
    (r"the number (.+) is not in (.+)", r"\2 中没有数字 \1"),
    (r"the date (.+) is not in (.+)", r"\2 中没有日期 \1"),
    (r"the quoted “(.+)” is not in (.+)", r"\2 中没有引文“\1”"),
    (r"the name (.+) is not in (.+)", r"\2 中没有名称 \1"),
    (r"only (\d+%) of its words are in (.+)", r"只有 \1 的用词见于 \2"),
    (
        r"(.+) is in another language and the sentence has nothing telling to compare",
        r"\1 是另一种语言，句中没有可对照的数字或名称",
    ),
    (r"(.+) has “(.+)” where the sentence has “(.+)”", r"\1 在那里写的是“\2”，句中是“\3”"),
    (r"(.+) says the opposite about “(.+)”", r"\1 关于“\2”的说法相反"),
)


def reason_text(reason: str, language: Language) -> str:
    """A reason in the reader's language; one that is not known here stays as it was worded."""
    if language == "zh":
        for english, chinese in _CHINESE:
            match = re.fullmatch(english, reason)
            if match:
                return match.expand(chinese)
    return reason
