"""What the check found, as signs in an answer's text and lines below it: the same wherever an answer is read or taken.

≈ stands behind a sentence that is supported by its meaning alone, its source being in another language; ✗ behind one
that its source does not support. A sentence without a sign agrees with its source word for word, or states no fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.error_words import error_text
from app.words import Language, say
from generation.types import Answer, Sentence

_SIGNS = {"supported_by_meaning": "≈", "unsupported": "✗"}
_MARKERS = re.compile(r"(?:[ \t]*\[\d+\])*")  # as ``generation.citations.render`` writes them


def sign_of(sentence: Sentence) -> str:
    """The sign behind a sentence, "" where none is needed."""
    return _SIGNS.get(_found(sentence), "")


def marked_text(text: str, sentences: Sequence[Sentence]) -> str:
    """The text of an answer with a sign behind every sentence that has one, after its markers."""
    told, done = "", 0
    for sentence in sentences:
        start = text.find(sentence.text, done)
        if start < 0 or not sentence.text:
            continue
        end = start + len(sentence.text)
        behind = _MARKERS.match(text, end)
        end = behind.end() if behind else end
        sign = sign_of(sentence)
        told, done = told + text[done:end] + (f" {sign}" if sign else ""), end
    return told + text[done:]


def notes(sentences: Sequence[Sentence], language: Language) -> list[str]:
    """A line for each sentence that has a sign, or lost a marker, with the reasons of the check."""
    return [line for sentence in sentences for line in _notes(sentence, language)]


def signed_lines(answer: Answer, language: Language) -> list[str]:
    """The sentences that have a sign, each behind what the sign means; for readers who have the text already."""
    return [_signed(one, language) for one in answer.sentences if sign_of(one)]


def _notes(sentence: Sentence, language: Language) -> Iterator[str]:
    if sign_of(sentence):
        opened, closed = ("（", "）") if language == "zh" else (" (", ")")
        said = sentence.removed or sentence.by_meaning  # by the next line, by the words of ≈
        why = "" if said else _reasons(sentence, language)
        yield f"{_signed(sentence, language)}{opened}{why}{closed}" if why else _signed(sentence, language)
    if sentence.removed:
        markers = " ".join(sentence.removed)
        yield say(language, "removed", markers=markers, reasons=_reasons(sentence, language))


def _signed(sentence: Sentence, language: Language) -> str:
    return f"{say(language, _found(sentence))}{'：' if language == 'zh' else ': '}{sentence.text}"


def _found(sentence: Sentence) -> str:
    """The word of ``app.words`` for what the check found."""
    return "supported_by_meaning" if sentence.by_meaning else sentence.verdict.value


def _reasons(sentence: Sentence, language: Language) -> str:
    """What the check missed, in the reader's language."""
    return ("；" if language == "zh" else "; ").join(error_text(reason, language) for reason in sentence.reasons)
