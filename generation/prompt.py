"""Question and passages to the messages of a chat model.

The order is fixed for the cache: rules, two worked examples, then the passages, the question last. Everything before
the passages is the same for every question of a language, so a runtime that keeps the prefix reads it once.

Passages are data. Their text cannot close the block they stand in, cannot forge a marker ("[2]" in a document is
written "(2)") and cannot speak the chat template's control tokens.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from generation.visible import visible
from models.types import Message
from retrieval.types import Context, Passage
from store.language import Language

_FORGED_MARKER = re.compile(
    r"[\[［【〔〖⟦]\s*((?:(?:source|passage|document|来源|资料|文档|引用)\s*[#:：]?\s*)?[\d０-９][\d０-９\s,，、;–\-]{0,15})[\]］】〕〗⟧]",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CONTROL_TOKEN = re.compile(
    r"<(?=\s*\|)|(?<=\|)\s*>|\[(?=/?INST\])|<(?=\s*/?\s*(?:s|bos|eos|think|(?:start|end)_of_turn|tool\w*)\s*>)"
)
_BLOCK_TAG = re.compile(r"<(?=\s*/?\s*(?:documents|资料|資料|system|user|assistant)\b)", re.IGNORECASE)

Prompt = Callable[[str, Context, Language], tuple[Message, ...]]
"""A question, its context and the language to answer in → the messages; ``build`` is one."""


@dataclass(frozen=True, slots=True)
class _Wording:
    system: str
    open: str
    close: str
    question: str
    page: str
    examples: tuple[tuple[str, str], ...]


def build(question: str, context: Context, language: Language) -> tuple[Message, ...]:
    """The messages for one question: ``prefix(language)``, then one user turn with the passages and the question.

    Args:
        question: as the user asked it.
        context: its passages, in the order and with the numbers that the answer cites.
        language: the language to answer in; the passages may be in another.
    """
    wording = _wording(language)
    passages = [_passage(passage, wording) for passage in context.passages]
    return (*prefix(language), Message("user", _turn(passages, neutral(question), wording)))


@lru_cache(maxsize=2)
def prefix(language: Language) -> tuple[Message, ...]:
    """The messages that open every prompt of a language: five, about 230 tokens. For warming a runtime's cache."""
    wording = _wording(language)
    turns = [Message("system", wording.system)]
    for asked, answered in wording.examples:
        turns += [Message("user", asked), Message("assistant", answered)]
    return tuple(turns)


def neutral(text: str) -> str:
    """``text`` without the power to act.

    What no reader sees is gone (invisible characters, HTML comments), markers stand in round brackets, block tags and
    control tokens are broken up.
    """
    text = _COMMENT.sub(" ", visible(text))
    text = _FORGED_MARKER.sub(lambda match: f"({match[1].strip()})", text)
    text = _BLOCK_TAG.sub("‹", text)
    return _CONTROL_TOKEN.sub(lambda match: {"<": "‹", "[": "("}.get(match.group(), "›"), text)


def _passage(passage: Passage, wording: _Wording) -> str:
    headings = passage.chunk.headings[-1:] if passage.chunk.headings[-1:] != (passage.title,) else ()
    where = " › ".join(neutral(" ".join(part.split())) for part in (passage.title, *headings) if part)
    page = "" if passage.chunk.page is None else f" ({wording.page.format(page=passage.chunk.page)})"
    return f"[{passage.number}] {where}{page}\n{neutral(passage.chunk.text.strip())}"


def _turn(passages: list[str], question: str, wording: _Wording) -> str:
    asked = wording.question.replace("{question}", question.strip())
    return "\n".join((wording.open, *passages, wording.close, asked))


@lru_cache(maxsize=2)
def _wording(language: Language) -> _Wording:
    data: dict[str, Any] = tomllib.loads((files("generation") / "prompts" / f"{language}.toml").read_text("utf-8"))
    bare = _Wording(data["system"], data["open"], data["close"], data["question"], data["page"], ())
    examples = tuple((_turn(e["passages"], e["question"], bare), str(e["answer"])) for e in data["examples"])
    return _Wording(bare.system, bare.open, bare.close, bare.question, bare.page, examples)
