"""Hard-negative training triplets from what readers said and from judged rankings.

A triplet is a question, a passage that answers it and one that a search put high and that does not. The file is JSONL
with the columns anchor, positive, negative in this order, as sentence-transformers reads them (its losses go by the
order of the columns: https://sbert.net/docs/sentence_transformer/loss_overview.html).

Passages that nobody judged are taken for wrong, and some of them are right (Qu et al. 2021, arXiv:2010.08191, find most
of the top unjudged passages of MS MARCO relevant or nearly so). So a negative that repeats the positive or holds the
gold words is dropped, and every drop is counted with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eval.flywheel.feedback import Library, suggest
from eval.types import Judgments, Record, Row
from store.analyzer import analyze, fold
from store.feedback_rows import Feedback, Quoted
from store.files import replace_file
from store.reading import Reader, passage_text
from store.types import Chunk

MOST = 5
"""Negatives a question, the highest ranked first."""
ALIKE = 0.8
"""Share of the shorter passage's terms that stand in the other, from which the two are near duplicates."""


@dataclass(frozen=True, slots=True)
class Triplet:
    """Texts as the embedder reads them: a question, a passage with its headings, another one."""

    anchor: str
    positive: str
    negative: str


@dataclass(frozen=True, slots=True)
class Mined:
    """The triplets, and how many questions and passages were dropped for each reason."""

    triplets: tuple[Triplet, ...]
    dropped: Counter[str]


def mine_feedback(items: Iterable[Feedback], read: Reader, *, most: int = MOST) -> Mined:
    """Triplets from feedback.

    Positives are passages with a reviewed gold span, else one that the reader named, else one that an answer with a
    thumb up cited and the check supported. A thumb down alone names no positive, and rejected feedback is no witness.
    Negatives are the other passages that were retrieved for the answer, best first, at most ``most`` a question.
    """
    shelf, dropped = Library(read), Counter[str]()
    chunks = lru_cache(maxsize=64)(read.chunks)
    found: dict[Triplet, None] = {}
    for item in items:
        reason, gold = _gold(item, shelf)
        if reason:
            dropped[reason] += 1
            continue
        quotes = tuple(span.quote for span in gold)
        right = [chunk for span in gold if (chunk := _holding(span, chunks(span.document)))]
        named = {chunk.id: chunk for passage in item.retrieved for chunk in chunks(passage.document)}
        ranked = [named.get(passage.chunk) for passage in item.retrieved]
        wrong = [chunk for chunk in ranked if chunk is not None and not _overlaps(chunk, gold)]
        dropped["passage cut anew since"] += ranked.count(None)
        dropped["holds the gold span"] += len(ranked) - ranked.count(None) - len(wrong)
        positives = tuple(dict.fromkeys(_text(chunk) for chunk in right))
        if not positives:
            dropped["no positive: its passage was cut anew"] += 1
        triplets = _triplets(item.question, positives, [_text(chunk) for chunk in wrong], quotes, most, dropped)
        found |= dict.fromkeys(triplets)
    return Mined(tuple(found), +dropped)


def mine_rows(
    rows: Iterable[Row], judgments: Judgments, corpus: Iterable[Record], *, mode: str = "hybrid", most: int = MOST
) -> Mined:
    """Triplets from judged rankings: negatives are ranked documents that nobody judged relevant, best first.

    ``rows`` are those of a retrieval run; only ``mode`` counts. ``corpus`` is passed through once.
    """
    dropped, found = Counter[str](), dict[Triplet, None]()
    chosen = [row for row in rows if row.mode == mode]
    wanted = {ranked.document for row in chosen for ranked in row.ranking}
    wanted |= {document for row in chosen for document in judgments.get(row.question, {})}
    texts = {record.id: _joined(record) for record in corpus if record.id in wanted}
    for row in chosen:
        if row.failed:
            dropped["failed question"] += 1
            continue
        grades = judgments.get(row.question, {})
        relevant = [document for document, grade in grades.items() if grade > 0 and document in texts]
        if not relevant:
            dropped["no positive: nothing judged relevant"] += 1
            continue
        positives = tuple(dict.fromkeys(texts[document] for document in relevant))
        wrong = [r.document for r in row.ranking if r.document in texts and r.document not in relevant]
        triplets = _triplets(row.text, positives, [texts[document] for document in wrong], (), most, dropped)
        found |= dict.fromkeys(triplets)
    return Mined(tuple(found), +dropped)


def write_triplets(path: Path, triplets: Iterable[Triplet]) -> None:
    """One JSON object a line: anchor, positive, negative, in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        json.dumps({"anchor": one.anchor, "positive": one.positive, "negative": one.negative}, ensure_ascii=False)
        for one in triplets
    )
    replace_file(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))


def _gold(item: Feedback, shelf: Library) -> tuple[str, tuple[Quoted, ...]]:
    """Why the feedback has no positive ("" when it has), and the spans that are right."""
    if item.state == "rejected":
        return "rejected in the review", ()
    gold = item.gold
    if gold is None:
        suggestion = suggest(item, shelf)
        if suggestion.why in ("passage", "none"):
            return f"no positive: thumb {item.rating} that names no passage", ()
        gold = suggestion.gold
    return ("", gold) if gold else ("no positive: the documents do not answer it", ())


def _triplets(
    question: str,
    positives: Sequence[str],
    negatives: Sequence[str],
    quotes: Sequence[str],
    most: int,
    dropped: Counter[str],
) -> Iterator[Triplet]:
    """Each positive with the ``most`` best negatives that pass the guard."""
    kept: list[str] = []
    for negative in negatives if positives else ():
        reason = _suspicion(negative, positives, quotes)
        if not reason and any(_alike(negative, other) for other in kept):
            reason = "repeats another negative"
        if not reason and len(kept) == most:
            reason = "beyond the most negatives of a question"
        dropped[reason] += bool(reason)
        kept += [] if reason else [negative]
    if positives and not kept:
        dropped["no negative is left"] += 1
    yield from (Triplet(question, positive, negative) for positive in positives for negative in kept)


def _suspicion(negative: str, positives: Sequence[str], quotes: Sequence[str]) -> str:
    """Why a negative may be a right answer after all; "" when nothing speaks for it."""
    squeezed = _squeezed(negative)
    if any(_squeezed(quote) in squeezed for quote in quotes if _squeezed(quote)):
        return "holds the gold words"
    return "near duplicate of the positive" if any(_alike(negative, positive) for positive in positives) else ""


def _alike(one: str, other: str) -> bool:
    """Overlap coefficient of their terms, so that an excerpt counts as a duplicate too."""
    first, second = _terms(one), _terms(other)
    shorter = min(len(first), len(second))
    return one == other or (shorter > 0 and len(first & second) >= ALIKE * shorter)


@lru_cache(maxsize=4096)
def _terms(text: str) -> frozenset[str]:
    return frozenset(analyze(text))


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def _holding(span: Quoted, chunks: Sequence[Chunk]) -> Chunk | None:
    """The chunk that holds most of a span; the first one of several."""
    shares: Mapping[int, int] = {i: min(c.end, span.end) - max(c.start, span.start) for i, c in enumerate(chunks)}
    best = max(shares, key=lambda index: shares[index], default=None)
    return chunks[best] if best is not None and shares[best] > 0 else None


def _overlaps(chunk: Chunk, gold: Iterable[Quoted]) -> bool:
    return any(s.document == chunk.document_id and s.start < chunk.end and chunk.start < s.end for s in gold)


def _text(chunk: Chunk) -> str:
    return passage_text(chunk.headings, chunk.text)


def _joined(record: Record) -> str:
    return f"{record.title}\n{record.text}" if record.title else record.text
