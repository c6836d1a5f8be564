"""What a reader says about an answer, and its row in the catalogue."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import RowMapping

Rating = Literal["up", "down"]
State = Literal["open", "accepted", "edited", "rejected"]
REASONS = ("", "wrong", "incomplete", "citation", "missed", "language", "other")
"""Why a reader was not content: a false answer, half an answer, a source that does not carry it, an answer that stands
in the documents and was not given, the wrong language or form, something else."""
_LONGEST_COMMENT = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Quoted:
    """Characters of a document and the words that stand there."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of the answer: ``verdict`` is what the check found."""

    document: str
    start: int
    end: int
    quote: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that the answer could rest on, best first: ``ranks`` is the place each stage gave it, from 1."""

    chunk: str
    document: str
    start: int
    end: int
    score: float
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One reader's word on one answer. ``corrected`` is the passage that would have been right, as the reader says.

    ``id`` names the answer: feedback of the same id replaces what was said before. ``configuration`` is the settings
    that made the answer, ``sequence`` the catalogue's change number that its search saw. ``gold`` is what the review
    decided, None before it.
    """

    id: str
    question: str
    answer: str
    abstained: bool
    model: str
    rating: Rating
    reason: str = ""
    comment: str = ""
    retrieved: tuple[Retrieved, ...] = ()
    citations: tuple[Cited, ...] = ()
    corrected: Quoted | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    created_at: float = 0.0
    state: State = "open"
    gold: tuple[Quoted, ...] | None = None
    reviewed_at: float | None = None

    @property
    def documents(self) -> set[str]:
        """The ids of every document that the answer, its passages or the reader touched."""
        named = {each.document for each in self.retrieved} | {each.document for each in self.citations}
        spans = (*(self.gold or ()), *((self.corrected,) if self.corrected else ()))
        return named | {span.document for span in spans}


def feedback_row(collection_id: int, item: Feedback) -> dict[str, Any]:
    """Feedback as the values of its row, open for review."""
    return {
        "id": item.id,
        "collection_id": collection_id,
        "question": item.question,
        "answer": item.answer,
        "abstained": int(item.abstained),
        "model": item.model,
        "retrieved": as_json([asdict(each) for each in item.retrieved]),
        "citations": as_json([asdict(each) for each in item.citations]),
        "rating": item.rating,
        "reason": item.reason,
        "comment": item.comment[:_LONGEST_COMMENT],
        "corrected": as_json(asdict(item.corrected)) if item.corrected else None,
        "configuration": as_json(dict(item.configuration)),
        "sequence": item.sequence,
        "created_at": item.created_at or time.time(),
        "state": "open",
        "gold": None,
        "reviewed_at": None,
    }


def to_feedback(row: RowMapping) -> Feedback:
    """Feedback from its row."""
    corrected, gold = json.loads(row["corrected"] or "null"), json.loads(row["gold"] or "null")
    return Feedback(
        id=row["id"],
        question=row["question"],
        answer=row["answer"],
        abstained=bool(row["abstained"]),
        model=row["model"],
        rating=row["rating"],
        reason=row["reason"],
        comment=row["comment"],
        retrieved=tuple(Retrieved(**each) for each in json.loads(row["retrieved"])),
        citations=tuple(Cited(**each) for each in json.loads(row["citations"])),
        corrected=Quoted(**corrected) if corrected else None,
        configuration=json.loads(row["configuration"]),
        sequence=row["sequence"],
        created_at=row["created_at"],
        state=row["state"],
        gold=None if gold is None else tuple(Quoted(**each) for each in gold),
        reviewed_at=row["reviewed_at"],
    )


def as_json(value: Any) -> str:
    """As the JSON columns hold it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
