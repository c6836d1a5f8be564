"""An answer and what its reader says about it → feedback as the library keeps it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from generation.types import Answer
from retrieval.types import Passage
from store.feedback_rows import Cited, Feedback, Quoted, Rating, Retrieved

if TYPE_CHECKING:
    from app.wiring import Library

_SETTINGS = ("model", "candidates", "dense_weight", "context_tokens", "answer_tokens")


@dataclass(slots=True)
class Judgment:
    """What a reader says about one answer, as it stands now; ``id`` names the answer in the library.

    ``rating`` is up, down or "" for none; ``corrected`` the number of the passage that would have been right, 0 for
    none; ``note`` what the page last said about it (a key of its words, or a sentence).
    """

    rating: Rating | None = None
    reason: str = ""
    comment: str = ""
    corrected: int = 0
    note: str = ""
    id: str = field(default_factory=lambda: uuid4().hex)
    created_at: float = field(default_factory=time.time)


def keep(library: Library, collection: str, answer: Answer, judgment: Judgment) -> None:
    """Write the judgment into the library, in place of what was said before; without a rating it is taken back.

    Raises UnknownDocument when a document of the answer has been deleted meanwhile, UnknownCollection.
    """
    log = library.feedback(collection)
    if judgment.rating is None:
        log.withdraw(judgment.id)
        return
    log.add(feedback_of(answer, judgment, judgment.rating, configuration(library, collection)))


def feedback_of(answer: Answer, judgment: Judgment, rating: Rating, settings: dict[str, Any]) -> Feedback:
    """The feedback for a checked answer; its passages are those that the answer could rest on."""
    right = next((each for each in answer.context.passages if each.number == judgment.corrected), None)
    return Feedback(
        id=judgment.id,
        question=answer.context.question,
        answer=answer.text,
        abstained=answer.abstained,
        model=answer.model,
        rating=rating,
        reason=judgment.reason if rating == "down" else "",
        comment=judgment.comment.strip(),
        retrieved=tuple(_retrieved(passage) for passage in answer.context.passages),
        citations=tuple(Cited(c.document_id, c.start, c.end, c.quote, c.verdict.value) for c in answer.citations),
        corrected=_quoted(right) if right else None,
        configuration=settings,
        sequence=answer.context.trace.sequence,
        created_at=judgment.created_at,
    )


def configuration(library: Library, collection: str) -> dict[str, Any]:
    """The settings that made an answer, and the embedder and chunker of its collection."""
    kept = library.catalogue.collection(collection)
    values = {name: getattr(library.settings, name) for name in _SETTINGS}
    return {**values, "embedder": kept.embedder, "chunker": kept.chunker}


def _retrieved(passage: Passage) -> Retrieved:
    chunk = passage.chunk
    ranks = {name: place.rank for name, place in passage.stages.items()}
    return Retrieved(chunk.id, chunk.document_id, chunk.start, chunk.end, passage.score, ranks)


def _quoted(passage: Passage) -> Quoted:
    return Quoted(passage.chunk.document_id, passage.chunk.start, passage.chunk.end, passage.chunk.text)
