"""The chat model as a reranker: how likely it says yes when asked whether a passage answers the question.

Pointwise relevance by the probability of a single word: Nogueira et al. 2020, arXiv:2003.06713, and, without training,
Sachan et al. 2022, arXiv:2204.07496, section 2.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from models.types import Judge, Message
from store.language import language_of

MAX_QUESTION = 1_000  # characters; a longer question would be read again beside every passage


class ChatJudge:
    """A Reranker over a chat model that tells the probabilities of its words."""

    def __init__(self, chat: Judge, name: str = "chat") -> None:
        self.name = name
        self._chat = chat

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """P(yes) against P(no), one a text, from 0 to 1. Raises a ModelError."""
        question = question[:MAX_QUESTION]
        return self._chat.yes_probabilities([_messages(question, text) for text in texts])


def _messages(question: str, passage: str) -> tuple[Message, ...]:
    wording = _wordings()[language_of(question)]
    system, user = wording["system"], wording["user"]
    # The question is put in last: a passage that holds "{question}" must stay as it is.
    before, after = user.split("{passage}")
    return Message("system", system), Message("user", before.replace("{question}", question) + passage + after)


@cache
def _wordings() -> dict[str, dict[str, str]]:
    text = (files("retrieval") / "prompts" / "relevance.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found
