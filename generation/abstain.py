"""Saying that the documents do not say: recognising it in a model's words, and saying it well."""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.instructions import gives_orders
from generation.wording import say
from retrieval.types import Passage
from store.analyzer import fold
from store.language import Language

_CLOSEST = 3
"""Passages named in an abstention."""

_ZH_SOURCE = r"(?:资料|文档|文件|文中|文本|段落|材料|上下文|内容|信息|原文|文章|片段)"
_ZH = re.compile(
    rf"{_ZH_SOURCE}.{{0,6}}?(?:并?没有|并?未|不包含|不含|无).{{0,10}}?(?:说明|提到|提及|提供|给出|涉及|包含|回答|介绍|记载|描述|指出|明确"
    rf"|相关|找到|写明|说|答案|信息)"
    rf"|(?:没有|未能?|无法|不能).{{0,8}}?(?:在|从|根据).{{0,10}}?{_ZH_SOURCE}.{{0,10}}?(?:找到|得知|得出|回答|确定|获取|判断|知道)"
    rf"|(?:根据|从|按照|基于).{{0,10}}?{_ZH_SOURCE}.{{0,8}}?(?:无法|不能|没有办法)"
    r"|(?:没有|未)(?:找到|提供|提及|足够的?)(?:任何)?(?:与.{0,20})?(?:相关|有关|足够)?的?(?:信息|资料|内容|答案)"
    r"|^(?:很?抱歉|对不起).{0,30}(?:无法|不能|没有)|^我?(?:无法|不能)(?:回答|确定)|^(?:我)?不知道|^(?:暂)?无(?:相关)?(?:信息|资料|答案)"
)
_EN_SOURCE = r"(?:documents?|passages?|context|texts?|sources?|information|materials?|excerpts?|articles?|files?)"
_EN = re.compile(
    rf"\b{_EN_SOURCE}\b[^.]{{0,40}}?\b(?:do(?:es)?|did|is|are)\s*(?:not|n['’]t)\s+(?:explicitly\s+|specifically\s+|directly\s+)?"
    r"(?:say|state|mention|provide|contain|specify|include|give|answer|describe|indicate|address|cover|discuss|tell|list"
    r"|available|enough|sufficient|clear)"
    rf"|\b(?:not|n['’]t|never)\s+(?:explicitly\s+|directly\s+)?(?:mentioned|stated|specified|provided|given|found|answered"
    rf"|available|described)\s+(?:in|by)\s+(?:any of\s+)?(?:the\s+)?(?:provided\s+|given\s+)?{_EN_SOURCE}"
    rf"|\b(?:no|insufficient|not enough)\s+(?:relevant\s+|specific\s+)?(?:information|mention|answer|details?)\b"
    rf"|\bnone of the (?:\w+\s+)?{_EN_SOURCE}\b|\bno {_EN_SOURCE} (?:says?|states?|mentions?)"
    r"|\b(?:i|we)\s+(?:do\s*(?:not|n['’]t)\s+know|can\s*not|can['’]t|am unable|was unable|could not|couldn['’]t)\b"
    r"|\bcan\s*not be (?:answered|determined)\b|\bunable to (?:answer|determine|find)\b"
)
_LONGEST = 160
"""Characters of an abstaining sentence; a longer one says something else as well."""


def is_abstention(sentence: str) -> bool:
    """Whether one sentence says that the documents hold no answer, in either language."""
    folded = fold(sentence).strip()
    return len(folded) <= _LONGEST and (_ZH.search(folded) or _EN.search(folded)) is not None


def compose(language: Language, passages: Sequence[Passage], missing: Sequence[str] = ()) -> str:
    """The abstaining answer: that the documents do not say, where the closest passages are, and how to go on.

    ``missing`` are words of the question that no passage has: they are named, for they tell what to ask instead.
    Without passages it says that nothing was found. It has no markers: nothing in it is a claim about a passage.
    """
    if not passages:
        return _join(language, say("nothing_found", language), say("next", language))
    places = dict.fromkeys(place(passage, language) for passage in passages if passage.title)
    listed = ("；" if language == "zh" else "; ").join(list(places)[:_CLOSEST])
    said = [say("unknown", language), *([not_mentioned(language, missing)] if missing else [])]
    heading = next(
        (h for p in passages[:_CLOSEST] for h in p.chunk.headings[-1:] if h != p.title and not gives_orders(h)), None
    )
    instead = [say("instead", language, heading=heading)] if heading else []
    closest = [say("closest", language, places=listed)] if listed else []
    return _join(language, *said, *closest, *instead, say("next", language))


def not_mentioned(language: Language, missing: Sequence[str]) -> str:
    """The sentence that names what no passage mentions; at most three of it."""
    words = [f"“{word}”" for word in missing[:_CLOSEST]]
    return say("missing", language, words=("、" if language == "zh" else ", ").join(words))


def place(passage: Passage, language: Language) -> str:
    """A passage's document and the nearest thing to find it by there: its heading and its page."""
    parts = []
    headings = [heading for heading in passage.chunk.headings if heading != passage.title and not gives_orders(heading)]
    if headings:
        parts.append(say("heading", language, heading=headings[-1]))
    if passage.chunk.page is not None:
        parts.append(say("page", language, page=passage.chunk.page))
    comma = "，" if language == "zh" else ", "
    where = "".join(comma + part for part in parts) if language == "en" else comma.join(parts)
    title = say("withheld", language) if gives_orders(passage.title) else passage.title
    return say("place", language, title=title, where=where)


def _join(language: Language, *sentences: str) -> str:
    return ("" if language == "zh" else " ").join(sentences)
