"""A chat model as a second witness: is the answer right, and does what it cites say so? Yes or no, nothing between.

A model that judges has tastes of its own (Zheng et al. 2023, arXiv:2306.05685, section 3.3: position, length, its own
style), so its verdicts stand in columns of their own beside measures that need no judge, and the report names it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eval.answers.measures import accepted, has_text, plain_text
from eval.answers.types import AnswerCase
from generation.prompt import neutral
from generation.types import Answer
from models.types import ChatModel, Chooser, Message, SchemaIgnored

CORRECT, SUPPORTED = "judge_correct", "judge_supported"
UNCLEAR = "judge_unclear"
_WORDS = 8  # tokens of a verdict; what follows the first word is not read
_LONGEST = 4_000  # characters of an answer, of the sources, that the judge reads
_YES = re.compile(r"\W*(?:yes\b|是|对|對|正确|正確|支持|一致|能)", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no\b|not\b|否|不|没有|沒有|错|錯)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """``measures`` are 1 or 0; ``unclear`` names those whose reply was neither yes nor no, which count as no."""

    measures: Mapping[str, float]
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerJudge:
    """Judges answers with a chat model."""

    chat: ChatModel

    def __call__(self, case: AnswerCase, answer: Answer) -> Verdicts:
        """The verdicts on an answer that is compared with a reference; none for any other case.

        An abstention is neither right nor supported, and is not shown to the model. Raises a ModelError.
        """
        if not has_text(case):
            return Verdicts({})
        if answer.abstained:
            return Verdicts({CORRECT: 0.0, SUPPORTED: 0.0})
        words = prompts()[case.language if case.language in ("zh", "en") else "en"]
        said = neutral(plain_text(answer)[:_LONGEST])
        sources = "\n".join(f"- {neutral(citation.quote)}" for citation in answer.citations)[:_LONGEST]
        correct = {
            "{question}": neutral(case.question),
            "{references}": "\n".join(f"- {neutral(one)}" for one in accepted(case)),
            "{answer}": said,
        }
        asked = {CORRECT: _filled(words["correct"], correct)}
        if sources:
            asked[SUPPORTED] = _filled(words["supported"], {"{passages}": sources, "{answer}": said})
        found = {name: self._verdict(words, text) for name, text in asked.items()}
        measures = {name: float(found.get(name) is True) for name in (CORRECT, SUPPORTED)}
        return Verdicts(measures, tuple(name for name, verdict in found.items() if verdict is None))

    def _verdict(self, words: Mapping[str, str], text: str) -> bool | None:
        """A runtime that can be bound to one of two words is; from any other the reply is read."""
        messages = (Message("system", words["system"]), Message("user", text))
        if isinstance(self.chat, Chooser):
            with suppress(SchemaIgnored):  # then its reply is read like everybody's
                return self.chat.choose(messages, (words["yes"], words["no"])) == words["yes"]
        reply = "".join(self.chat.stream(messages, max_tokens=_WORDS))
        if _NO.match(reply):
            return False
        return True if _YES.match(reply) else None


@cache
def prompts() -> Mapping[str, Mapping[str, str]]:
    """The prompts by language."""
    folder = files("eval") / "answers" / "prompts"
    return {name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in ("zh", "en")}


def prompts_hash() -> str:
    """Changes with every word of the prompts: verdicts by other prompts are another measure."""
    text = "\0".join(f"{key}\0{value}" for each in prompts().values() for key, value in each.items())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Not str.format, and all at once: braces in a text are data."""
    pattern = "|".join(re.escape(name) for name in values)
    return re.sub(pattern, lambda match: values[match.group()], template).strip()
