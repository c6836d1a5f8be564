"""Feedback of readers → reviewed cases: a suggested gold span for each, and the case that a review makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal

from eval.cases import Case, anchor, read_cases, write_cases
from eval.errors import EvalInputError
from eval.types import GoldSpan
from store.errors import UnknownDocument
from store.feedback_rows import Feedback, Quoted, Retrieved
from store.language import language_of
from store.reading import Reader
from store.types import Document

SOURCE = "feedback"

Why = Literal["corrected", "cited", "passage", "unanswerable", "none"]
"""Where a suggestion comes from: the passage that the reader named; what a good answer cited; the best passage, which
is only a guess; a refusal that the reader found right; nothing to suggest."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The gold spans that a review may accept; none where the documents do not answer."""

    gold: tuple[Quoted, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: cases ``written`` in all, ``new`` ones, ``kept`` from the file alone, ``repeated`` ones.

    ``removed`` ones stood in the file and were rejected since.
    """

    written: int
    new: int
    kept: int
    repeated: int
    removed: int


class Library:
    """The documents that feedback is about, read once each."""

    def __init__(self, read: Reader) -> None:
        self.read = read
        self.document: Callable[[str], Document] = lru_cache(maxsize=64)(read.document)

    def text(self, passage: Retrieved) -> str:
        """The words of a retrieved passage. Raises UnknownDocument."""
        return self.document(passage.document).text[passage.start : passage.end]

    def title(self, document: str) -> str:
        """The title of a document. Raises UnknownDocument."""
        return self.document(document).title

    def file_names(self) -> dict[str, str]:
        """Document id → the name of one file that holds it."""
        cards = self.read.cards()
        return {card.id: PurePath(card.paths[0].replace("\\", "/")).name for card in cards if card.paths}


def suggest(item: Feedback, library: Library) -> Suggestion:
    """The gold spans that the feedback speaks for.

    The reader's own choice comes first, then what a good answer cited and the check supported; else the best passage,
    which somebody has to look at. A thumb up for a refusal says that the documents do not answer.
    """
    if item.corrected:
        return Suggestion((item.corrected,), "corrected")
    if item.rating == "up" and item.abstained:
        return Suggestion((), "unanswerable")
    cited = [Quoted(c.document, c.start, c.end, c.quote) for c in item.citations if c.verdict == "supported"]
    if item.rating == "up" and cited:
        return Suggestion(tuple(dict.fromkeys(cited)), "cited")
    if item.retrieved:
        best = item.retrieved[0]
        return Suggestion((Quoted(best.document, best.start, best.end, library.text(best)),), "passage")
    return Suggestion((), "none")


def span_at(text: str, library: Library) -> Quoted:
    """The span written as DOCUMENT:START-END; the document by path, id, file name or title.

    Raises EvalInputError for another form and for a span that is not in the text, UnknownDocument.
    """
    reference, _, place = text.rpartition(":")
    start, _, end = place.partition("-")
    if not reference or not start.strip().isdecimal() or not end.strip().isdecimal():
        raise EvalInputError(f"span {text!r}: write DOCUMENT:START-END, characters of the document's text")
    document = library.document(reference)
    first, last = int(start), int(end)
    quote = document.text[first:last]
    if not first < last <= len(document.text) or not quote.strip():
        raise EvalInputError(f"span {text!r}: {document.title!r} has {len(document.text)} characters, none stand there")
    return Quoted(document.id, first, last, quote)


def span_of_quote(quote: str, item: Feedback, library: Library) -> Quoted:
    """Where the words stand: first in the documents that the answer saw, best first, then in all others.

    Blanks and line breaks may differ; in the documents that the answer saw, a few words too. Raises EvalInputError.
    """
    if not quote.strip():
        raise EvalInputError("the quote is empty: give words of the document")
    wanted = GoldSpan("", 0, 0, quote.strip())
    seen = list(dict.fromkeys(passage.document for passage in item.retrieved))
    found = anchor(wanted, [document for name in seen if (document := _present(name, library))])
    others = (card.id for card in library.read.cards() if card.id not in seen)
    while found is None and (name := next(others, None)) is not None:
        there = anchor(wanted, [library.document(name)])
        found = there if there and there.how != "edited" else None
    if found is None:
        raise EvalInputError(
            f"no document holds {quote.strip()[:60]!r}; see its text with: shujia inspect DOCUMENT --text"
        )
    return Quoted(
        found.document, found.start, found.end, library.document(found.document).text[found.start : found.end]
    )


def _present(name: str, library: Library) -> Document | None:
    try:
        return library.document(name)
    except UnknownDocument:
        return None


def case_of(item: Feedback, file_names: dict[str, str]) -> Case:
    """The case of reviewed feedback; without gold it is a question that the documents do not answer."""
    gold = tuple(
        GoldSpan(span.document, span.start, span.end, span.quote, file_names.get(span.document, ""))
        for span in item.gold or ()
    )
    created = datetime.fromtimestamp(item.created_at, UTC).isoformat(timespec="seconds")
    return Case(
        id=_case_id(item),
        question=item.question,
        language=language_of(item.question),
        gold=gold,
        answerable=bool(gold),
        source=SOURCE,
        extra={"created": created},
    )


def _case_id(item: Feedback) -> str:
    return f"{SOURCE}-{item.id[:12]}"


def export_cases(path: Path, items: Iterable[Feedback], file_names: dict[str, str]) -> Exported:
    """Write the accepted and edited ones as cases. Cases that the file has and the library has not stay in it.

    So the file outlives the documents, and what was reviewed against an older edition is not lost with it; only the
    case of a rejected item is taken out. A question that two readers asked, with the same gold, becomes one case.
    Raises EvalInputError for a file that holds no cases.
    """
    items = tuple(items)
    before = {case.id: case for case in read_cases(path)} if path.is_file() and path.stat().st_size else {}
    reviewed = [case_of(item, file_names) for item in items if item.state in ("accepted", "edited")]
    rejected = {_case_id(item) for item in items if item.state == "rejected"}
    merged = {id_: case for id_, case in before.items() if not (id_ in rejected and case.source == SOURCE)}
    removed, repeated = len(before) - len(merged), 0
    for case in reviewed:
        merged[case.id] = case
    cases: list[Case] = []
    for case in merged.values():
        same = any(_same(case, other) for other in cases)
        repeated += same
        cases += [] if same else [case]
    if cases or before:
        write_cases(path, cases)
    ids = {case.id for case in reviewed}
    new = sum(case.id not in before for case in cases)
    return Exported(len(cases), new, sum(case.id not in ids for case in cases), repeated, removed)


def _same(case: Case, other: Case) -> bool:
    spans = [{(gold.document, gold.start, gold.end) for gold in each.gold} for each in (case, other)]
    return "".join(case.question.split()) == "".join(other.question.split()) and spans[0] == spans[1]


def passages_of(item: Feedback, library: Library) -> Iterator[tuple[int, Retrieved, str, str]]:
    """What was retrieved, best first: place from 1, passage, title of its document, its words."""
    for place, passage in enumerate(item.retrieved, start=1):
        yield place, passage, library.title(passage.document), library.text(passage)
