"""The unanswerable twin of a question: the same question about something that the library does not hold.

An honest test set asks for what is not there as well, and in the same words; else an abstention is learned from the
wording. One term of the question, a number, an identifier or a name, gives way to another that no passage holds; a
question without such a term is set in a place that no passage names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from eval.flywheel.question_prompt import wording
from generation.terms import names
from store.analyzer import fold
from store.language import Language
from store.reading import passage_text
from store.shelf import Shelf

# A run of letters and digits with a digit in it (2025, gpu-03, T5972), but no day, month or hour: no 47th month exists.
_NUMBERED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]*(?:[-_./][A-Za-z0-9]+)*\d[A-Za-z0-9]*(?![A-Za-z0-9.]*\d)")
_CALENDAR = re.compile(r"\s*(?:月|日|号|點|点|时|時|分|:|：|am\b|pm\b|a\.m|p\.m|st\b|nd\b|rd\b|th\b)", re.IGNORECASE)
_OPENING = re.compile(r"(?:What|Which|Who|When|Where|Why|How|Is|Are|Does|Do|Did|Was|Were)\b")
_TRIES = 20
_LOOKED_AT = 200  # passages; one that holds a term stands far above those that hold parts of it


@dataclass(frozen=True, slots=True)
class Twin:
    """A question without an answer, what was taken out of the first one ("" for nothing) and what was put in."""

    question: str
    old: str
    new: str


def twin(question: str, language: Language, holds: Callable[[str], bool], random: Random) -> Twin | None:
    """The question with one term that the library does not hold; None where it holds every invented one.

    A term is replaced only if the library holds it: otherwise the question would be unanswerable for another reason.
    """
    for old, new in _swaps(question, language, random):
        if holds(old) and not holds(new):
            return Twin(question.replace(old, new), old, new)
    strangers = list(wording(language).strangers)
    random.shuffle(strangers)
    name = next((stranger for stranger in strangers if not holds(stranger)), None)
    if name is None:
        return None
    lowered = question[0].lower() + question[1:] if _OPENING.match(question) else question
    return Twin(wording(language).elsewhere.format(name=name, question=lowered), "", name)


def holder(shelf: Shelf) -> Callable[[str], bool]:
    """Whether any passage of a shelf holds a term, in any script form and case, as a whole word."""

    def holds(term: str) -> bool:
        keys = [key for key, _ in shelf.search_keyword(term, _LOOKED_AT)]
        wanted = fold(term)
        edges = [r"(?<![a-z0-9])" if wanted[0].isascii() else "", r"(?![a-z0-9])" if wanted[-1].isascii() else ""]
        pattern = re.compile(edges[0] + re.escape(wanted) + edges[1])
        located = shelf.located(keys).values()
        texts = (passage_text((one.title, *one.chunk.headings), one.chunk.text) for one in located)
        return any(pattern.search(fold(text)) for text in texts)

    return holds


def _swaps(question: str, language: Language, random: Random) -> Iterator[tuple[str, str]]:
    """Terms with what may stand in their place: identifiers and numbers first, for they leave the kind as it is."""
    for match in _NUMBERED.finditer(question):
        if not _CALENDAR.match(question, match.end()):
            yield from ((match.group(), _renumbered(match.group(), random)) for _ in range(_TRIES))
    strangers = list(wording(language).strangers)
    random.shuffle(strangers)
    for name in sorted(names(question), key=lambda one: -len(one)):
        if name in question and not any(character.isdigit() for character in name):
            yield from ((name, stranger) for stranger in strangers)


def _renumbered(term: str, random: Random) -> str:
    """The term with its last run of digits replaced by another of the same length."""
    head, digits, tail = re.fullmatch(r"(.*?)(\d+)(\D*)", term).groups()  # type: ignore[union-attr]
    low = 10 ** (len(digits) - 1) if not digits.startswith("0") else 0
    if len(digits) == 4 and digits.startswith(("19", "20")):
        return f"{head}{random.randint(1950, 2049)}{tail}"
    return f"{head}{random.randint(low, 10 ** len(digits) - 1):0{len(digits)}d}{tail}"
