"""XQuAD's paragraphs in Chinese and English side by side, and statements made of its questions and answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generation.quantities import stated
from store.language import Language

PARAGRAPHS = 240  # they open the corpus in both languages, in one order; distractors follow
TOGETHER = 5  # paragraphs of one article, in a row
OTHER: dict[Language, Language] = {"zh": "en", "en": "zh"}

_ZH_ASKS = re.compile(
    r"(?:是)?(?:什么时候|何时|哪一年|哪年|哪一天|什么时间)|多少(?=年|天|小时|分钟|美元|公里|英里|人|分)"
    r"|多少[个次名种块部项支位]?|几[个次名种位年]|谁|哪里|哪儿|何处|什么地方"
    r"|哪[个些种位座条所支部家一]+[\u4e00-\u9fff]{0,2}?(?=[，是在的为被与对有发建于])|哪[个些种位座条所支部家]|什么"
)
_EN_ASKS = re.compile(r"(who|whom|what|which|when|where|how many|how much)\b\s*(.*)$", re.IGNORECASE)
_AUXILIARY = r"(?:is|are|was|were|has|have|had|can|could|will|would|do|does|did)"
_ASKED = re.compile(rf"((?:(?!\b{_AUXILIARY}\b).)*?)\b({_AUXILIARY})\b\s+(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a paragraph, and its answer, in one language."""

    id: str
    paragraph: int
    question: str
    answer: str

    @property
    def kind(self) -> Literal["number", "words"]:
        """What the answer is, so that a wrong one can be of the same kind."""
        short = len(self.answer) < 6 and bool(stated(self.answer, loose=True).numbers)
        return "number" if short or any(map(str.isdigit, self.answer)) else "words"


def paragraphs(data: Path) -> dict[Language, list[str]]:
    """The text of each paragraph; the same place is the same paragraph."""
    corpora: dict[Language, str] = {"en": "xquad_en", "zh": "xquad_zh"}
    return {
        language: [row["text"] for row in _rows(data / folder / "corpus.jsonl")[:PARAGRAPHS]]
        for language, folder in corpora.items()
    }


def asked(data: Path, language: Language) -> list[Asked]:
    """The development questions of one language, with their answers in it."""
    folder = data / f"xquad_{language}"
    places = {row["_id"]: n for n, row in enumerate(_rows(folder / "corpus.jsonl")[:PARAGRAPHS])}
    lines = (folder / "qrels.dev.tsv").read_text("utf-8").splitlines()[1:]
    right = {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    return [
        Asked(row["_id"][2:], places[right[row["_id"]]], row["text"], row["answers"][0])
        for row in _rows(folder / "queries.dev.jsonl")
        if right[row["_id"]] in places
    ]


def statement(language: Language, question: str, answer: str) -> str | None:
    """The question turned into a statement with the answer in it; clumsy at times. None for a shape not known."""
    question = question.strip().rstrip("?？").strip()
    return _chinese(question, answer) if language == "zh" else _english(question, answer)


def _chinese(question: str, answer: str) -> str | None:
    """Chinese asks where the answer stands."""
    found = _ZH_ASKS.search(question)
    return found and question[: found.start()] + answer + question[found.end() :].rstrip("呢吗") + "。"


def _english(question: str, answer: str) -> str | None:
    found = _EN_ASKS.match(question)
    if found is None:
        return None
    asks, rest = found[1].lower(), found[2]
    parts = _ASKED.match(rest)
    noun, auxiliary, tail = (parts[1].strip(), parts[2].lower(), parts[3]) if parts else ("", "", "")
    counted = f" {noun}" if asks.startswith("how") and noun else ""
    preposition = "in " if asks in ("when", "where") else ""
    if not auxiliary or (asks == "who" and (noun or auxiliary not in ("do", "does", "did"))):
        dropped = rest.split()[1:] if asks in ("which", "what") and len(rest.split()) > 3 else rest.split()
        return f"{answer} {' '.join(dropped)}."
    opening = tail[:1].upper() + tail[1:]
    if auxiliary in ("do", "does", "did"):
        return f"{opening} {preposition}{answer}{counted}."
    if noun and asks in ("what", "which", "how many", "how much"):
        return f"{answer}{counted} {auxiliary} {tail}."
    return f"{opening} {auxiliary} {preposition}{answer}."


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
