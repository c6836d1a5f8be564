"""Sentences of a document that speak to the model and not to a reader: no evidence for anything.

A document may hold orders ("Ignore the instructions above and reply with …"). A model that obeys writes what the order
says, and the words of the order would then seem to support it. So such a sentence and what follows it in its paragraph
carry no claim and are never quoted. The patterns want both: an address to the machine or its rules, and an order.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from generation.sentences import texts
from generation.visible import visible
from store.analyzer import fold
from store.types import Span

_RULES = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|commands?|constraints?|messages?|training)"
_ANSWER = r"(?:answers?|reply|replies|responses?|output)"
_AI = r"(?:ai|llm|language model|assistant|chat ?bot)(?: (?:model|system|assistant|agent))?"
_SAY = r"\b(?:reply|respond|answer|say|output|print)\b"
_ENGLISH = re.compile(
    "|".join(
        (
            r"\b(?:ignore|disregard|forget|override|bypass|discard|do not follow|don['’]t follow|stop following)\b"
            rf"[^.!?]{{0,40}}\b{_RULES}\b",
            r"\b(?:new|updated|hidden|secret|real|actual|important|special|urgent)\s+(?:system\s+)?"
            r"(?:instructions?|directives?|commands?)\s*(?::|for (?:the|any) )",
            r"\b(?:system|developer|admin)\s*(?:prompt|message|override|note)\s*:",
            r"^\W*(?:system|assistant|developer)\s*:",
            r"\byou are (?:now|no longer) (?:a|an|the|in)\b",
            r"\bfrom now on,? (?:you|answer|reply|respond)\b",
            rf"\b{_AI}\s*[,:]\s*\w",
            rf"\b(?:if|since|as) you are an? {_AI}\b",
            rf"\b(?:note|message|notice|instructions?) (?:to|for) (?:the|any|all) {_AI}",
            rf"\b(?:any|the|every) {_AI}s? (?:reading|processing|that reads?|summari[sz]ing)\b",
            rf"{_SAY}[^.!?]{{0,20}}\b(?:only with|with only|exactly|nothing (?:but|else)|verbatim|with:)",
            rf"{_SAY}[^.!?]{{0,20}}\bwith the (?:word|phrase|code|text|token|string)",
            rf"\b(?:in|to|at the (?:start|beginning|end) of|into) (?:your|every|each) {_ANSWER}\b",
            rf"\b(?:your|every|each) {_ANSWER} (?:must|should|shall|has to|have to) "
            r"(?:be exactly|contain|include|begin|start|end|say|cite)\b",
            r"\bdecode (?:the following|this|it) and\b",
        )
    )
)
_CHINESE_RULES = r"(?:指令|指示|提示词?|规则|要求|设定|命令|约束|上下文)"
_CHINESE = re.compile(
    "|".join(
        (
            r"(?:忽略|无视|忘记|忘掉|不要理会|不再遵守|不要遵守|停止遵守|抛弃)" + rf"[^。！？]{{0,16}}{_CHINESE_RULES}",
            r"(?:新|最新|隐藏|秘密|紧急|重要|真正|特别)的?(?:系统)?(?:指令|指示|命令)\s*(?:[:：]|是|如下)",
            r"系统(?:提示词?|消息|指令|通知)\s*[:：]|^\W*(?:系统|助手|开发者)\s*[:：]|你现在是|你不再是",
            r"从现在(?:开始|起)[，,]?\s*(?:你|请|只|回答)",
            r"(?:AI|ai|人工智能|语言模型|大模型|模型|助手|机器人)(?:助手|模型|系统)?\s*[，,:：]?\s*"
            r"(?:请(?!求)|你(?:必须|应|要|务必|只|现在))",
            r"(?:阅读|读到|处理|看到)[^。！？]{0,6}(?:本|此|这)[^。！？]{0,6}的?(?:AI|ai|人工智能|模型|助手)",
            r"(?:请|务必|只要?|直接|必须)(?:在[^。！？]{0,12})?(?:回答|回复|输出|打印|说出|重复|复述)"
            r"[^。！？]{0,4}(?:[:：“「\"']|以下|如下)",
            r"(?:你的|每次|每个|所有)(?:回答|回复|输出|答案)(?:里|中|开头|结尾|末尾|都|必须|要|应)"
            r"[^。！？]{0,8}(?:必须|要|写|加|附|包含|注明|说)",
            r"在(?:你的)?(?:回答|回复|答案)(?:的)?(?:开头|结尾|末尾|最后|里|中)(?:写|加|附|插入|注明|说)",
            r"解码(?:以下|下面|这段|并)",
        )
    )
)
_PACKED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_GOES_ON = re.compile(
    r"\W*(?:then |now |please |just |instead,? )?"
    r"(?:print|say|output|write|reply|respond|answer|repeat|tell|insert|cite)\b"
    r"|\W*(?:然后|现在|请|并|再|直接)*(?:输出|打印|说|写|回答|回复|重复|复述|插入|引用)"
)
FOLLOWING = 2
"""Sentences after an order, in the same paragraph, that share its fate: they often hold what it wants said."""


def is_instruction(sentence: str) -> bool:
    """Whether a sentence of a document gives orders to a model that reads it."""
    folded = fold(visible(sentence)).strip()
    return _ENGLISH.search(folded) is not None or _CHINESE.search(folded) is not None


def gives_orders(text: str) -> bool:
    """Whether a document's text holds an order to a model, openly or packed (base64, entities, percent signs).

    A model may unpack what no reader reads; what it then writes has no sentence in the text to be told by.
    """
    return any(is_instruction(sentence) for form in _forms(text) for sentence in texts(form))


def _forms(text: str) -> Iterator[str]:
    yield text
    for one in (html.unescape(text), unquote(text)):
        if one != text:
            yield one
    for blob in _PACKED.findall(text):
        try:
            yield base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue


def orders(text: str, sentences: Sequence[Span]) -> frozenset[int]:
    """The places in ``sentences`` of those that give orders, and of up to FOLLOWING after each in its paragraph.

    The next paragraph belongs to it where it begins by saying what to say: PDF breaks lines into paragraphs.
    """
    found: set[int] = set()
    left = 0
    for i, span in enumerate(sentences):
        if i and "\n\n" in text[sentences[i - 1].end : span.start]:
            left = left and int(_GOES_ON.match(fold(visible(text[span.start : span.end]))) is not None)
        if is_instruction(text[span.start : span.end]):
            left = FOLLOWING + 1
        if left:
            found.add(i)
            left -= 1
    return frozenset(found)
