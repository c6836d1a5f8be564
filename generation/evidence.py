"""A passage prepared for checking: its facts, its words, its sentences, and which of them carry a statement best."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from generation.instructions import gives_orders, orders
from generation.quantities import Date, Number, Stated, has_date, has_number, stated
from generation.sentences import split
from generation.terms import Facts, content, coverage, squeeze
from retrieval.types import Passage
from store.language import Language, written_in
from store.types import Span

WINDOW = 3
"""Sentences that one statement may draw on: the one that fits best and its neighbours."""

_FACT_WEIGHT = 3.0
"""A number, date, quote or name found counts as much as three words: facts decide between sentences of like wording."""


_ASKED_WEIGHT = 0.5
_TELLING = 0.5
_CELLS = " | "  # between the cells of a table's row, as ingestion writes it
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a passage: its span in the passage, its words, its numbers and its squeezed text."""

    span: Span
    words: frozenset[str]
    stated: Stated
    squeezed: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage as the check reads it; its title and headings count: it often leaves out its subject."""

    passage: Passage
    language: Language
    words: frozenset[str]
    squeezed: str
    head: Stated
    lines: tuple[Line, ...]


def prepare(passage: Passage) -> Evidence:
    """Read a passage once for all sentences that may cite it. Sentences that give orders to a model are left out."""
    text = passage.chunk.text
    head = "\n".join(one for one in (passage.title, *passage.chunk.headings) if not gives_orders(one))
    spans = split(text)
    skipped = orders(text, spans)
    kept = [span for n, span in enumerate(spans) if n not in skipped]
    lines = tuple(_line(text, span) for span in kept)
    words = content(head).union(*(line.words for line in lines))
    whole = text if not skipped else "\n".join(text[span.start : span.end] for span in kept)
    return Evidence(passage, written_in(text), words, squeeze(f"{head}\n{whole}"), stated(head, loose=True), lines)


def best_window(
    words: frozenset[str], facts: Facts, evidence: Evidence, asked: frozenset[str] = frozenset()
) -> Span:  # fmt: skip
    """The stretch of the passage that carries a statement: the best sentence, and neighbours while they add facts.

    ``asked`` are words of the question: where several sentences name the answer, they tell which one answers.
    Overlap decides and not BM25: with the handful of sentences of one passage the idf of BM25 is zero or negative for
    every word that stands in half of them.

    Returns:
        A span of the passage's text; the whole passage where nothing matches.
    """
    lines = evidence.lines
    scores = [_score(words, asked - words, facts, line) for line in lines]
    if not scores or max(scores) <= 0:
        return Span(0, len(evidence.passage.chunk.text))
    first = last = max(range(len(lines)), key=lambda i: (scores[i], -i))
    while last - first + 1 < WINDOW:
        missing = _facts_missing(facts, lines[first : last + 1])
        gains = {
            i: missing - _facts_missing(facts, (*lines[first : last + 1], lines[i]))
            for i in (first - 1, last + 1)
            if 0 <= i < len(lines)
        }
        side = max(gains, key=lambda i: gains[i], default=first)
        if not gains or gains[side] <= 0:
            break
        first, last = min(first, side), max(last, side)
    return Span(lines[first].span.start, lines[last].span.end)


def near_number(number: Number | Date, words: frozenset[str], evidence: Evidence, asked: Facts) -> float | None:
    """How well a statement fits the place of a number: 0 to 1, None where the passage does not state it.

    1 means that the sentence with the number (and the one before it) has as many of the statement's words as any
    sentence of the passage. Of several places the best counts; a number of the title or of a heading is near all. A row
    of a table is no place when what was ``asked`` for stands in another row ("week 6" when this row is week 4).
    """
    if _has(number, evidence.head):
        return 1.0
    lines = evidence.lines
    places = [line for line in lines if _has(number, line.stated)]
    if places:
        rows = table_rows(evidence)
        fits: list[float] = [coverage(words, _with_previous(lines, i, rows)) for i in range(len(lines))]
        right = [not (line in rows and _other_row(line, rows, asked)) and line in places for line in lines]
        near = [fit for fit, fits_here in zip(fits, right, strict=True) if fits_here]
        return max(near) / max([*fits, _TINY]) if near else None
    whole = Stated(
        frozenset().union(*(line.stated.numbers for line in lines)),
        frozenset().union(*(line.stated.dates for line in lines)),
    )
    return 1.0 if _has(number, whole) else None  # a date whose year stands in another sentence


def near_words(words: frozenset[str], asked: frozenset[str], evidence: Evidence) -> float:
    """How well a question fits the place of the words that answer it: 0 to 1, 1 where there is nothing to compare.

    The place is the sentence that has most of ``words``, with the one before it and the first of the passage, which
    often names the subject, and the last question above it. 1 means that no sentence has more of the words ``asked``,
    or that none has half of them: then they tell no place. Of several places the best counts.
    """
    lines, rows = evidence.lines, table_rows(evidence)
    found = [coverage(words, line.words) for line in lines]
    heads = _questions(evidence)
    fits = [coverage(asked, _with_previous(lines, i, rows) | lines[0].words | heads[i]) for i in range(len(lines))]
    if not any(found) or max(fits) < _TELLING:
        return 1.0
    return max(fit for fit, share in zip(fits, found, strict=True) if share == max(found)) / max(fits)


def _questions(evidence: Evidence) -> list[frozenset[str]]:
    """For each sentence the words of the last question up to it: in a list of questions, it is what is answered."""
    text, found = evidence.passage.chunk.text, list[frozenset[str]]()
    for line in evidence.lines:
        asks = text[line.span.start : line.span.end].rstrip().endswith(("?", "？"))
        found.append(line.words if asks else found[-1] if found else frozenset())
    return found


def table_rows(evidence: Evidence) -> tuple[Line, ...]:
    """The lines that are rows of a table, its header row first."""
    text = evidence.passage.chunk.text
    return tuple(line for line in evidence.lines if _CELLS in text[line.span.start : line.span.end])


def _other_row(row: Line, rows: tuple[Line, ...], asked: Facts) -> bool:
    """Whether a number of the question stands in another row and not in this one."""
    missing = [number for number in asked.numbers if not _has(number, row.stated)]
    return any(_has(number, other.stated) for number in missing for other in rows if other is not row)


def _with_previous(lines: tuple[Line, ...], index: int, rows: tuple[Line, ...]) -> frozenset[str]:
    """The words of a sentence and of the one before it, which often names what "it" is; of a row, the header row."""
    line = lines[index]
    return line.words | (rows[0] if line in rows else lines[max(0, index - 1)]).words


def _line(text: str, span: Span) -> Line:
    sentence = text[span.start : span.end]
    return Line(span, content(sentence), stated(sentence, loose=True), squeeze(sentence))


def _has(fact: Number | Date, where: Stated) -> bool:
    return has_number(fact, where) if isinstance(fact, Number) else has_date(fact, where)


def _score(words: frozenset[str], asked: frozenset[str], facts: Facts, line: Line) -> float:
    total = len(facts.numbers) + len(facts.dates) + len(facts.quotes) + len(facts.names)
    found = total - _facts_missing(facts, (line,))
    shared = len(words & line.words) + _ASKED_WEIGHT * len(asked & line.words)
    return shared / (1 + sqrt(len(line.words))) + _FACT_WEIGHT * found  # long sentences match more by chance


def _facts_missing(facts: Facts, lines: tuple[Line, ...]) -> int:
    numbers = sum(not any(has_number(n, line.stated) for line in lines) for n in facts.numbers)
    dates = sum(not any(has_date(d, line.stated) for line in lines) for d in facts.dates)
    strings = [squeeze(string) for string in (*facts.quotes, *facts.names)]
    return numbers + dates + sum(not any(string in line.squeezed for line in lines) for string in strings)
