"""What readers say about answers: kept in the catalogue, reviewed later, gone with the documents it quotes.

An answer repeats its documents, and so does a comment or a question. So that a deleted document leaves nothing behind,
a row goes with the first of its documents that goes, in the same transaction; what is to outlive a document has to be
reviewed and exported before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, Engine, delete, insert, select, update

from store import schema as s
from store.engine import writing
from store.errors import UnknownDocument, UnknownFeedback
from store.feedback_rows import REASONS, Feedback, Quoted, State, as_json, feedback_row, to_feedback
from store.rows import Collection


class FeedbackLog:
    """The feedback of one collection."""

    def __init__(self, engine: Engine, collection: Collection) -> None:
        self.engine = engine
        self.collection = collection

    def add(self, item: Feedback) -> None:
        """Keep it, open for review; what was said before about the same answer is replaced.

        Raises UnknownDocument when one of its documents has left the collection: its words would come back with the
        answer. Raises ValueError for a rating or reason that is none.
        """
        if item.rating not in ("up", "down") or item.reason not in REASONS:
            raise ValueError(f"rating {item.rating!r} with reason {item.reason!r}: up or down, and one of {REASONS}")
        with writing(self.engine) as connection:
            self._require(connection, item.documents)
            mine = (s.feedback.c.id == item.id) & (s.feedback.c.collection_id == self.collection.id)
            connection.execute(delete(s.feedback).where(mine))
            connection.execute(insert(s.feedback).values(feedback_row(self.collection.id, item)))
            _link(connection, item.id, item.documents)

    def withdraw(self, identity: str) -> bool:
        """Take back what was said about an answer; False when nothing was."""
        mine = (s.feedback.c.id == identity) & (s.feedback.c.collection_id == self.collection.id)
        with writing(self.engine) as connection:
            return connection.execute(delete(s.feedback).where(mine)).rowcount > 0

    def items(self, *states: State) -> tuple[Feedback, ...]:
        """Feedback in these states (all without), oldest first."""
        query = select(s.feedback).where(s.feedback.c.collection_id == self.collection.id)
        if states:
            query = query.where(s.feedback.c.state.in_(states))
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(s.feedback.c.created_at, s.feedback.c.id)).mappings()
            return tuple(to_feedback(row) for row in rows)

    def get(self, reference: str) -> Feedback:
        """The feedback with that id, or the only one whose id begins so. Raises UnknownFeedback."""
        found = [item for item in self.items() if item.id.startswith(reference)] if reference else []
        exact = [item for item in found if item.id == reference]
        if len(exact or found) != 1:
            why = f"begins the ids of {len(found)}" if found else "is the id of none"
            raise UnknownFeedback(f"{reference!r} {why} in {self.collection.name!r}; see: shujia eval feedback list")
        return (exact or found)[0]

    def review(self, identity: str, state: State, gold: Iterable[Quoted] = ()) -> None:
        """Close the review with these gold spans (none: the documents do not answer), or open it again.

        Raises UnknownFeedback, UnknownDocument when a span is in no document of the collection.
        """
        spans = tuple(gold)
        with writing(self.engine) as connection:
            self._require(connection, {span.document for span in spans})
            values = {
                "state": state,
                "gold": as_json([asdict(span) for span in spans]) if state in ("accepted", "edited") else None,
                "reviewed_at": None if state == "open" else time.time(),
            }
            mine = (s.feedback.c.id == identity) & (s.feedback.c.collection_id == self.collection.id)
            if not connection.execute(update(s.feedback).where(mine).values(values)).rowcount:
                raise UnknownFeedback(f"no feedback {identity!r}; see: shujia eval feedback list")
            _link(connection, identity, {span.document for span in spans})

    def _require(self, connection: Connection, documents: set[str]) -> None:
        d = s.document.c
        here = select(d.id).where(d.collection_id == self.collection.id, d.id.in_(documents))
        gone = documents - set(connection.scalars(here))
        if gone:
            raise UnknownDocument(
                f"document {min(gone)[:12]} has left collection {self.collection.name!r}: what quotes it is not kept"
            )


def forget_document(connection: Connection, key: int) -> None:
    """Delete what touches the document with this key, inside the caller's transaction."""
    touching = (
        select(s.feedback_document.c.feedback_id)
        .join(s.feedback, s.feedback.c.id == s.feedback_document.c.feedback_id)
        .join(
            s.document,
            (s.document.c.id == s.feedback_document.c.document_id)
            & (s.document.c.collection_id == s.feedback.c.collection_id),
        )
        .where(s.document.c.key == key)
    )
    connection.execute(delete(s.feedback).where(s.feedback.c.id.in_(touching)))


def forget_collection(connection: Connection, collection_id: int) -> None:
    """Delete all feedback of a collection, inside the caller's transaction."""
    connection.execute(delete(s.feedback).where(s.feedback.c.collection_id == collection_id))


def _link(connection: Connection, identity: str, documents: set[str]) -> None:
    known = select(s.feedback_document.c.document_id).where(s.feedback_document.c.feedback_id == identity)
    new = sorted(documents - set(connection.scalars(known)))
    if new:
        rows = [{"feedback_id": identity, "document_id": document} for document in new]
        connection.execute(insert(s.feedback_document), rows)
