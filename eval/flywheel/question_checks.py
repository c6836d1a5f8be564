"""Whether a written question is fit for a test set; every check that fails has a name, under which it is counted.

A question is worth something only if its words do not hand the passage over: copied questions make every keyword search
look good. And the passage has to answer it: the answer must stand there word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from eval.flywheel.passage_sampling import Sampled
from eval.flywheel.question_prompt import Draft, wording
from generation.sentences import split
from generation.terms import content
from store.analyzer import analyze, fold
from store.language import Language, language_of

LONGEST_RUN: dict[Language, int] = {"zh": 10, "en": 6}
"""Han characters and Latin words of the passage that may stand in the question in one piece."""
MOST_OVERLAP = 0.85
"""Share of the question's content terms that one sentence of the passage may hold."""
ALIKE = 0.7
"""Jaccard similarity of two questions' terms from which one is a duplicate."""
_FEWEST_TERMS: dict[Language, int] = {"zh": 4, "en": 3}
"""Content terms below which a question is about nothing in particular ("What is the size of the model?")."""
_LENGTH: dict[Language, tuple[int, int]] = {"zh": (8, 80), "en": (4, 40)}  # characters, words
_LONGEST_ANSWER: dict[Language, int] = {"zh": 60, "en": 30}  # characters, words
_ASKS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[?？]$|什么|哪|谁|多少|几|怎|如何|为何|是否|吗|何时|多[长久大高远重快]"),
    "en": re.compile(r"[?？]$|\b(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE),
}
_UNITS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+")


def unfit(draft: Draft, passage: Sampled, earlier: Iterable[str]) -> str:
    """Why a question is dropped, "" when it is fit; ``earlier`` are the questions kept so far."""
    language, sentence = passage.language, passage.chunk.text[passage.sentence.start : passage.sentence.end]
    question = " ".join(draft.question.split())
    units = _UNITS.findall(question)
    shortest, longest = _LENGTH[language]
    if language_of(question) != language:
        return "not in the wanted language"
    if not shortest <= len(units) <= longest or not _ASKS[language].search(question):
        return "not a question"
    if any(word in question.lower() for word in wording(language).pointing):
        return "points at the passage"
    if len(content(question)) < _FEWEST_TERMS[language]:
        return "too vague"
    if not stands_in(sentence, draft.answer) or len(_UNITS.findall(draft.answer)) > _LONGEST_ANSWER[language]:
        return "the answer is not in the sentence"
    if stands_in(question, draft.answer):
        return "gives its answer away"
    if is_copied(question, passage.chunk.text, language):
        return "copied from the passage"
    if any(is_duplicate(question, other) for other in earlier):
        return "duplicate of another question"
    return ""


def is_copied(question: str, passage: str, language: Language) -> bool:
    """Whether the question repeats a long run of the passage, or is made of one sentence's words."""
    asked, read = _UNITS.findall(fold(question)), _UNITS.findall(fold(passage))
    run = SequenceMatcher(None, asked, read, autojunk=False).find_longest_match().size
    if run > LONGEST_RUN[language]:
        return True
    terms = content(question)
    shares = [len(terms & content(passage[s.start : s.end])) / len(terms) for s in split(passage)] if terms else []
    return max(shares, default=0.0) > MOST_OVERLAP


def is_duplicate(question: str, other: str) -> bool:
    """The same characters, or nearly the same terms."""
    one, two = frozenset(analyze(question)), frozenset(analyze(other))
    return _squeezed(question) == _squeezed(other) or len(one & two) >= ALIKE * len(one | two) > 0


def stands_in(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text``, punctuation aside and in any script form; a number only as a whole."""
    edges = [r"(?<![a-z0-9])" if words[:1].isascii() else "", r"(?![a-z0-9])" if words[-1:].isascii() else ""]
    pattern = r"[\W_]*".join(re.escape(character) for character in fold(words) if character.isalnum())
    return bool(pattern) and re.search(edges[0] + pattern + edges[1], fold(text)) is not None


def _squeezed(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
