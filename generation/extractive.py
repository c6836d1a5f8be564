"""The answer that needs no model: the sentences of the passages that fit the question best, word for word, cited."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from generation.answerability import ENOUGH, LEADING, Answerability, answerability
from generation.evidence import prepare
from generation.instructions import orders
from generation.meaning import Witness
from generation.prompt import neutral
from generation.quantities import stated
from generation.sentences import split
from generation.terms import ASKING, content, coverage, facts, squeeze
from generation.types import Citation, Sentence, Verdict
from retrieval.types import Passage
from store.language import Language, written_in
from store.types import Span

SURE: dict[Language, float] = {"zh": 0.5, "en": 0.7}
"""Share of the question's words in the best sentence's passage from which sentences are quoted although a model found
no answer: a small one often refuses.

Above what the best wrong passage reaches for the unanswerable sample questions (examples/: .33 zh, .43 en).
"""

NEAR = 0.42
"""Nearness by meaning from which a sentence in the other language is quoted in a library of both.

Chosen on 80 questions of each of six sets in two mixed libraries: of the sentences that reach it for questions whose
answer stands in the other language nine in ten are of the right document, where words quote a right one for one in
eight; of questions in one language three in a hundred reach it (python -m bench.mixed_library; docs/quality.md).
"""

CERTAIN = 0.85
"""How likely words must find the passages of the question's own language to answer, to be quoted all the same."""

_MOST = 3
"""Sentences in an answer."""
_CLOSE = 0.45
"""A further sentence must score this share of the best one."""
_PRIOR = 0.3
"""Weight of the search's own order: passage n gets a factor 1 + 0.3/n."""
_LONGEST = 400
"""Characters of a sentence that is quoted; longer ones (a page without full stops) are left to the others."""

_ASKS_NUMBER = re.compile(
    r"多少|几[个天年月次人名岁点]|多[长久大高远重快]|何时|什么时候|哪[一]?[年天]|哪个月|日期|比例"
    r"|how (?:many|much|long|old|far|often)|\bwhen\b"
    r"|what (?:year|date|percentage|number|time)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extract:
    """Quoted sentences with their citations, in reading order; empty where the evidence is too thin.

    ``foreign`` says that question and passages share no words, so that the search's order alone chose them.
    ``covered`` is the share of the question's content words that the best sentence's passage has, 0 to 1. ``judged`` is
    how likely the passages answer the question, None where they are in another language.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    foreign: bool = False
    covered: float = 0.0
    judged: Answerability | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    span: Span
    words: tuple[str, ...]
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.passage.chunk.text[self.span.start : self.span.end]


def extract(
    question: str, passages: tuple[Passage, ...], abstain: float = ENOUGH, witness: Witness | None = None
) -> Extract:  # fmt: skip
    """Quote one to three sentences that answer the question, or nothing where less likely than ``abstain``.

    Sentences are ranked by BM25 (Okapi; Robertson & Zaragoza 2009, section 3) among those of their passage, times the
    share of the question's words that the passage has (squared) and a factor for its place. A row of a table is quoted
    with its header row. If the passages are in another language and share no word with the question, the sentence
    that comes nearest to it by meaning is quoted, or without a ``witness`` the first ones of the first passage. Where
    one of the leading passages is in another language, its sentence is quoted if it comes ``NEAR``.

    Raises a ModelError of the witness.
    """
    asked = content(question) - ASKING
    candidates = [candidate for passage in passages for candidate in _candidates(passage)]
    if not candidates:
        return Extract((), ())
    known = asked & frozenset().union(*(candidate.words for candidate in candidates))
    foreign = all(written_in(passage.chunk.text) != written_in(question) for passage in passages)
    judged = answerability(question, passages)
    compared = witness if not (foreign and known) else None  # names that both languages write alike
    nearness, nearest = _nearest(question, candidates, compared) if compared else (0.0, [])
    if foreign and not known:
        return unchecked(_quote(nearest or candidates[:2], foreign=True))
    if nearest and judged is not None and judged.probability < CERTAIN and nearness >= NEAR:
        return unchecked(_quote(nearest, foreign=True))
    if not known:
        return Extract((), (), judged=judged)
    ranked = _rank(asked, candidates, number=_ASKS_NUMBER.search(question) is not None)
    best = ranked[0]
    covered = coverage(asked, _around(best))
    if judged is not None and judged.probability < abstain:
        return Extract((), (), covered=covered, judged=judged)
    chosen = [candidate for candidate in ranked[:_MOST] if candidate.score >= _CLOSE * best.score]
    return replace(_quote(chosen, foreign), covered=covered, judged=judged)


def _nearest(question: str, candidates: list[_Candidate], witness: Witness) -> tuple[float, list[_Candidate]]:
    """The sentence in another language that comes nearest to the question, out of the leading passages, and how near.

    Empty where none of them is in another language, or nothing can be compared.
    """
    leading = list({candidate.passage.number: candidate.passage for candidate in candidates}.values())[:LEADING]
    found = [
        (near[0], passage.number, near[1])
        for passage in leading
        if written_in(passage.chunk.text) != written_in(question)
        and (near := witness.nearest(question, prepare(passage))) is not None
    ]
    if not found:
        return 0.0, []
    nearness, number, span = max(found, key=lambda one: one[0])
    return nearness, [one for one in candidates if (one.passage.number, one.span) == (number, span)]


def _candidates(passage: Passage) -> list[_Candidate]:
    text = passage.chunk.text
    sentences = split(text)
    skipped = orders(text, sentences)
    kept = [span for n, span in enumerate(sentences) if n not in skipped]
    spans = [span for span in kept if span.end - span.start <= _LONGEST] or ([] if skipped else [Span(0, len(text))])
    head = tuple(content(" ".join((passage.title, *passage.chunk.headings[-1:]))))
    names = {passage.title, *passage.chunk.headings}  # they say what a passage is about, and answer nothing
    rows = (text[span.start : span.end] for span in spans)
    return [
        _Candidate(passage, span, (*content(row), *head))
        for span, row in zip(spans, rows, strict=True)
        if row.lstrip("#*- ").strip() not in names and any(c.isalnum() for c in row) and not _heads_table(text, span)
    ]


def _heads_table(text: str, span: Span) -> bool:
    """Whether a line is the header row of a table that goes on: it says what the columns are, and answers nothing."""
    line = text[span.start : span.end]
    above = text[: span.start].rstrip("\n").rpartition("\n")[2]
    below = text[span.end :].lstrip("\n").partition("\n")[0]
    return " | " in line and " | " in below and " | " not in above


def _rank(asked: frozenset[str], candidates: list[_Candidate], *, number: bool) -> list[_Candidate]:
    """Candidates by score, best first; ties in reading order.

    The idf is a passage's own: the passage's subject stands in most of its sentences and does not tell which one
    answers.
    """
    ranked: list[_Candidate] = []
    for key in dict.fromkeys(candidate.passage.number for candidate in candidates):
        group = [candidate for candidate in candidates if candidate.passage.number == key]
        weight = coverage(asked, _around(group[0])) ** 2 * (1 + _PRIOR / key)
        for candidate, score in zip(group, _bm25(asked, group), strict=True):
            found = stated(candidate.text) if number else None
            factor = 1.3 if found is not None and (found.numbers or found.dates) else 1.0
            ranked.append(_Candidate(candidate.passage, candidate.span, candidate.words, score * weight * factor))
    return sorted(ranked, key=lambda c: -c.score)


def _bm25(asked: frozenset[str], group: list[_Candidate]) -> list[float]:
    from rank_bm25 import BM25Okapi

    # As many empty sentences again, and one: no idf is zero or negative, however few sentences a passage has.
    padding: list[list[str]] = [["\x00"]] * (len(group) + 1)
    scores = BM25Okapi([list(c.words) or ["\x00"] for c in group] + padding).get_scores(sorted(asked))
    return [float(score) for score in scores[: len(group)]]


def _around(candidate: _Candidate) -> frozenset[str]:
    """The words of the candidate's passage, title and headings: a sentence alone often leaves out its subject."""
    passage = candidate.passage
    return content("\n".join((passage.title, *passage.chunk.headings, passage.chunk.text)))


def _quote(chosen: list[_Candidate], foreign: bool) -> Extract:
    ordered = sorted(chosen, key=lambda c: (c.passage.number, c.span.start))
    quoted: dict[tuple[int, int], tuple[Passage, Span]] = {}
    for candidate in ordered:
        header = _header_row(candidate)
        for span in (header, candidate.span) if header else (candidate.span,):
            quoted.setdefault((candidate.passage.number, span.start), (candidate.passage, span))
    sentences, citations = [], []
    for passage, span in quoted.values():
        chunk = passage.chunk
        quote = chunk.text[span.start : span.end]
        text = neutral(" ".join(quote.split("\n")))
        sentences.append(Sentence(text, Verdict.SUPPORTED, (passage.number,)))
        start, end = chunk.start + span.start, chunk.start + span.end
        citations.append(
            Citation(
                passage.number,
                chunk.id,
                chunk.document_id,
                passage.title,
                chunk.page,
                start,
                end,
                quote,
                Verdict.SUPPORTED,
            )
        )
    return Extract(tuple(sentences), tuple(citations), foreign)


def names_all(question: str, found: Extract) -> bool:
    """Whether the question has names (GPT-3, OpenAI) and a single quoted sentence holds them all."""
    names = [squeeze(name) for name in facts(question).names]
    return bool(names) and any(all(name in squeeze(one.text) for name in names) for one in found.sentences)


def unchecked(found: Extract) -> Extract:
    """The same quotes, but nothing of them was compared with the question, so nothing vouches for them."""
    return replace(
        found,
        sentences=tuple(replace(sentence, verdict=Verdict.UNCHECKED) for sentence in found.sentences),
        citations=tuple(replace(citation, verdict=Verdict.UNCHECKED) for citation in found.citations),
    )


def _header_row(candidate: _Candidate) -> Span | None:
    """The first row of the table in which the candidate is a later row ("a | b" lines), None where it is in none."""
    text = candidate.passage.chunk.text
    if " | " not in candidate.text:
        return None
    start = text.rfind("\n", 0, candidate.span.start) + 1
    first = start
    while first > 0:
        above = text.rfind("\n", 0, first - 1) + 1
        if " | " not in text[above : first - 1]:
            break
        first = above
    if first == start:
        return None
    return Span(first, text.index("\n", first))
