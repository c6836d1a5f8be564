"""Which language a text is in; the question's own is the one to answer in."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["zh", "en"]

_QUOTED = re.compile(r"《[^》]*》|〈[^〉]*〉|“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』|\"[^\"]*\"|【[^】]*】")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HAN_RUN = re.compile(f"{_HAN.pattern}+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ]+")
_HAN_GRAMMAR = re.compile(
    r"[的是了吗呢吧么嗎麼在有和与與或哪几幾谁誰怎多少为為]|什么|什麼|如何|請|请|是否|介绍|介紹|解释|解釋|说明|說明"
)
_LATIN_GRAMMAR = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|does|do|did|can|could|should|will|would|has|have"
    r"|the|an?|of|in|on|for|to|and|or|with|about|between|explain|describe|tell|list|give|compare)\b",
    re.IGNORECASE,
)


def language_of(question: str) -> Language:
    """``zh`` where Han characters carry the question, else ``en``.

    Han inside quotation marks or a title's brackets (What does 《红楼梦》 say about …) does not count, and neither do
    bare Chinese terms in a question whose grammar is English ("What is 自注意力?"): two English function words and no
    Chinese one. A question in a third language is answered in English.
    """
    bare = _QUOTED.sub(" ", question)
    if not _HAN.search(bare):
        return "zh" if _HAN.search(question) and not re.search(r"[A-Za-z]{2}", bare) else "en"
    if len(_LATIN_GRAMMAR.findall(bare)) >= 2 and not _HAN_GRAMMAR.search(bare):
        return "en"
    return "zh"


def letters(text: str) -> tuple[int, int]:
    """How many Han characters and how many Latin words a text holds."""
    runs = [] if text.isascii() else _HAN_RUN.findall(text)
    return sum(map(len, runs)), len(_LATIN_WORD.findall(text))


def written_in(text: str) -> Language:
    """The language a text is written in: ``zh`` where Han characters are at least a fifth of its letters."""
    if text.isascii():  # most English texts, many thousand of which are asked about in a row
        return "en"
    han, latin = letters(text)
    # A Latin word weighs about two Han characters.
    return "zh" if han and han >= 0.5 * latin else "en"
