"""Span-anchored cases: gold is a span of a document's text, so that every chunker is scored on the same labels.

A line of a cases file: {"id": "zh-01", "question": "…", "language": "zh", "answerable": true, "answers": ["…"],
"gold": [{"document": sha256, "file": "手册.pdf", "start": 624, "end": 657, "quote": "…"}], "source": "feedback"}

``document`` may be left out where ``file`` names one of the library's files. After an edit of a file the quote finds
its new place; a quote that is gone is a lost label, which is counted apart and never as a miss of the retrieval.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.errors import EvalInputError
from eval.types import GoldSpan
from store.anchoring import alike, occurrences, same_words
from store.language import language_of
from store.types import Document, Span


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the spans that answer it. ``answers`` are accepted wordings; empty where nobody wrote one."""

    id: str
    question: str
    language: str
    gold: tuple[GoldSpan, ...]
    answers: tuple[str, ...] = ()
    answerable: bool = True
    source: str = ""
    history: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Anchored:
    """Where a label stands now. ``how`` is exact, moved (same words, another place) or edited (similar words)."""

    document: str
    start: int
    end: int
    how: str


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises EvalInputError naming file and line."""
    if not path.is_file():
        raise EvalInputError(f"{path} is missing: name a file of cases")
    cases: dict[str, Case] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            case = _case(json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8")), number)
        except (ValueError, TypeError, KeyError) as exc:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
            reason = f"{exc} is missing" if isinstance(exc, KeyError) else str(exc)
            raise EvalInputError(f"{path}:{number}: {reason}") from exc
        if case.id in cases:
            raise EvalInputError(f"{path}:{number}: id {case.id!r} is used a second time")
        cases[case.id] = case
    if not cases:
        raise EvalInputError(f"{path} holds no case: one JSON object a line is expected")
    return tuple(cases.values())


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write cases in the form that read_cases takes, one a line."""
    lines = [json.dumps(_plain(case), ensure_ascii=False) + "\n" for case in cases]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


def anchor(gold: GoldSpan, documents: Sequence[Document]) -> Anchored | None:
    """Where ``gold`` stands in these documents; None when the label is lost.

    ``documents`` are the candidates, the likeliest first: the one it was made on, then the file of that name as it is
    now, then others. Tried in this order: the same span of the same bytes; the same words, blanks aside, in any
    candidate; the same words in the other Chinese script, width or case; the most similar passage, if it is similar
    enough.
    """
    for document in documents:
        if document.id == gold.document and document.text[gold.start : gold.end] == gold.quote:
            return Anchored(document.id, gold.start, gold.end, "exact")
    for document in documents:
        if places := occurrences(gold.quote, document.text):
            return _anchored(document, _nearest(places, gold.start), "moved")
    for document in documents:
        if places := same_words(gold.quote, document.text):
            return _anchored(document, _nearest(places, gold.start), "moved")
    similar = [(found, document) for document in documents if (found := alike(gold.quote, document.text))]
    if not similar:
        return None
    best, document = max(similar, key=lambda one: one[0].likeness)
    return _anchored(document, best.span, "edited")


def _nearest(places: Sequence[Span], near: int) -> Span:
    return min(places, key=lambda span: (abs(span.start - near), span.start))


def _anchored(document: Document, span: Span, how: str) -> Anchored:
    return Anchored(document.id, span.start, span.end, how)


def _case(item: Any, number: int) -> Case:
    if not isinstance(item, dict):
        raise TypeError(f"expected a JSON object, found {type(item).__name__}")
    question = item["question"]
    if not isinstance(question, str) or not question.strip():
        raise ValueError("'question' must be a text that is not empty")
    gold = tuple(_gold(one) for one in item.get("gold") or ())
    answerable = bool(item.get("answerable", True))
    if answerable and not gold and not item.get("answers"):
        raise ValueError("an answerable case needs 'gold' or 'answers'; set \"answerable\": false for the others")
    known = {"id", "question", "language", "gold", "answers", "answerable", "source", "history"}
    return Case(
        id=str(item.get("id") or f"case-{number}"),
        question=question,
        language=str(item.get("language") or language_of(question)),
        gold=gold,
        answers=tuple(str(answer) for answer in item.get("answers") or ()),
        answerable=answerable,
        source=str(item.get("source") or ""),
        history=tuple(str(turn) for turn in item.get("history") or ()),
        extra={key: value for key, value in item.items() if key not in known},
    )


def _gold(item: Any) -> GoldSpan:
    if not isinstance(item, dict):
        raise TypeError(f"a gold span must be a JSON object, found {type(item).__name__}")
    start, end, quote = int(item["start"]), int(item["end"]), str(item["quote"])
    path = str(item.get("file") or item.get("path") or "")
    document = str(item.get("document") or "")
    if not 0 <= start < end or not quote.strip():
        raise ValueError(f"a gold span needs 0 <= start < end and a quote, found {start}, {end}, {quote!r}")
    if not document and not path:
        raise ValueError("a gold span names its 'document' (sha256) or its 'file'")
    return GoldSpan(document, start, end, quote, path)


def _plain(case: Case) -> dict[str, Any]:
    gold = [
        {"document": one.document, "file": one.path, "start": one.start, "end": one.end, "quote": one.quote}
        for one in case.gold
    ]
    plain: dict[str, Any] = {"id": case.id, "question": case.question, "language": case.language}
    plain |= {"answerable": case.answerable, "answers": list(case.answers), "gold": gold}
    plain |= {"source": case.source} if case.source else {}
    plain |= {"history": list(case.history)} if case.history else {}
    return plain | dict(case.extra)
