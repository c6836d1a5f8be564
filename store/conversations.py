"""Conversations: kept in the catalogue, and gone with the documents they quote.

An answer repeats its documents, and a question that was completed from earlier answers may repeat them too. So that a
deleted document leaves nothing behind, a turn goes with the first of its documents that goes, in the same transaction;
a chat whose last turn goes is gone, and one that loses a turn loses the name it was given.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update

from store import schema as s
from store.analyzer import fold
from store.conversations_forget import drop_empty
from store.conversations_rows import LONGEST_TITLE, Chat, Ranked, Turn, TurnState, to_turn, turn_row
from store.engine import writing
from store.errors import UnknownChat, UnknownDocument
from store.rows import Collection
from store.schema_chats import chat, turn, turn_document, turn_hit


@dataclass(frozen=True, slots=True)
class Removed:
    """A chat that was removed, whole, so that the removal can be undone while somebody holds this."""

    chat: Chat
    turns: tuple[Turn, ...]


class Chats:
    """One reader's chats about these collections; those of others and about others do not exist for it."""

    def __init__(self, engine: Engine, collections: Iterable[Collection], owner: str = "") -> None:
        self.engine, self.owner = engine, owner
        self.names = {collection.id: collection.name for collection in collections}

    def known(self) -> tuple[Chat, ...]:
        """All chats, the one that was used last first."""
        first = select(turn.c.question).where(turn.c.chat_id == chat.c.id).order_by(turn.c.position).limit(1)
        count = select(func.count()).where(turn.c.chat_id == chat.c.id)
        columns = (chat, first.scalar_subquery().label("first"), count.scalar_subquery().label("turns"))
        query = select(*columns).where(self._mine()).order_by(chat.c.updated_at.desc(), chat.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        names = self.names
        return tuple(
            Chat(**{**row, "collection": names[row["collection_id"]], "first": row["first"] or ""}) for row in rows
        )

    def get(self, reference: str) -> Chat:
        """The chat of that id, of that title, or the only one whose id begins so. Raises UnknownChat."""
        known = self.known()
        ways = (
            [one for one in known if one.id == reference],
            [one for one in known if reference and one.title == reference],
            [one for one in known if len(reference) >= 4 and one.id.startswith(reference)],
        )
        found = next((way for way in ways if way), [])
        if len(found) != 1:
            why = f"names {len(found)} chats: give the id" if found else "is no chat's id or title"
            raise UnknownChat(f"{reference!r} {why}; see: shujia chats list")
        return found[0]

    def new(self, collection: Collection, *, title: str = "", model: str = "", identity: str = "") -> Chat:
        """A new chat about a collection."""
        now = time.time()
        identity = identity or uuid4().hex
        made = Chat(identity, collection.id, collection.name, title[:LONGEST_TITLE], model, self.owner, now, now)
        with writing(self.engine) as connection:
            connection.execute(insert(chat).values(_chat_row(made)))
        return made

    def rename(self, identity: str, title: str) -> None:
        """Give a chat a title; "" lets the first question be its name again. Raises UnknownChat."""
        self._change(identity, title=" ".join(title.split())[:LONGEST_TITLE])

    def choose(self, identity: str, model: str) -> None:
        """Remember which model answers in this chat, "" for the settings' own. Raises UnknownChat."""
        self._change(identity, model=model)

    def remove(self, identity: str) -> Removed:
        """Remove a chat with its turns; what readers said about its answers stays. Raises UnknownChat."""
        gone = Removed(self.get(identity), self.turns(identity))
        with writing(self.engine) as connection:
            connection.execute(delete(chat).where(chat.c.id == gone.chat.id, self._mine()))
        return gone

    def restore(self, removed: Removed) -> None:
        """Undo a removal; turns whose documents have left meanwhile stay away. Raises UnknownChat: no collection."""
        if removed.chat.collection_id not in self.names:
            raise UnknownChat(f"collection {removed.chat.collection!r} is gone, and its chats with it")
        with writing(self.engine) as connection:
            collection = removed.chat.collection_id
            left = [one for one in removed.turns if not _gone(connection, collection, one.documents)]
            back = removed.chat if len(left) == len(removed.turns) else replace(removed.chat, title="")
            connection.execute(insert(chat).values(_chat_row(back)))
            for one in left:
                _insert(connection, collection, one)
            drop_empty(connection, {removed.chat.id})

    # Turns

    def turns(self, identity: str) -> tuple[Turn, ...]:
        """The turns of a chat, oldest first. Raises UnknownChat."""
        with self.engine.connect() as connection:
            self._require(connection, identity)
            mine = select(turn.c.id).where(turn.c.chat_id == identity)
            ranked = select(turn_hit).where(turn_hit.c.turn_id.in_(mine)).order_by(turn_hit.c.stage, turn_hit.c.rank)
            hits: dict[str, list[Ranked]] = defaultdict(list)
            for key, stage, rank, document, start, end, score in connection.execute(ranked):
                hits[key].append(Ranked(stage, rank, document, start, end, score))
            linked: dict[str, set[str]] = defaultdict(set)
            for key, document in connection.execute(select(turn_document).where(turn_document.c.turn_id.in_(mine))):
                linked[key].add(document)
            rows = connection.execute(select(turn).where(turn.c.chat_id == identity).order_by(turn.c.position))
            return tuple(to_turn(row, tuple(hits[row["id"]]), frozenset(linked[row["id"]])) for row in rows.mappings())

    def begin(self, identity: str, question: str, *, model: str = "", turn_id: str = "") -> Turn:
        """Put a question that waits for its answer at the end of a chat. Raises UnknownChat."""
        with writing(self.engine) as connection:
            self._require(connection, identity)
            last = connection.scalar(select(func.max(turn.c.position)).where(turn.c.chat_id == identity)) or 0
            made = Turn(turn_id or uuid4().hex, identity, last + 1, "waiting", question, model=model)
            made = replace(made, created_at=time.time())
            connection.execute(insert(turn).values(turn_row(made)))
            connection.execute(update(chat).where(chat.c.id == identity).values(updated_at=made.created_at))
        return made

    def finish(self, answered: Turn) -> None:
        """Write what became of a turn in place of what stood there.

        Raises UnknownDocument when one of its documents has left the collection: its words would come back with the
        answer, so the turn goes too. Raises UnknownChat when the chat or the turn was removed meanwhile.
        """
        with writing(self.engine) as connection:
            collection = self._require(connection, answered.chat)
            mine = (turn.c.id == answered.id) & (turn.c.chat_id == answered.chat)
            if not connection.execute(delete(turn).where(mine)).rowcount:
                raise UnknownChat("the turn was removed while it was answered")
            gone = _gone(connection, collection, answered.documents)
            if not gone:
                _insert(connection, collection, answered)
        if gone:
            raise UnknownDocument(f"document {min(gone)[:12]} has left the collection: what quotes it is not kept")

    def mark(self, turn_id: str, state: TurnState) -> None:
        """Say that a turn stopped or failed without an answer, or waits again; nothing where it is gone."""
        with writing(self.engine) as connection:
            here = turn.c.chat_id.in_(select(chat.c.id).where(self._mine()))
            connection.execute(update(turn).where(turn.c.id == turn_id, here).values(state=state))

    def search(self, words: str) -> tuple[tuple[Chat, Turn | None], ...]:
        """Chats that hold all the words, with the first turn that does, None where the title alone holds them.

        Script, width and case make no difference, as for a search of the documents.
        """
        wanted = [_plain(word) for word in words.split()]
        if not wanted:
            return ()
        hits = self._first_hits(wanted)
        found: list[tuple[Chat, Turn | None]] = []
        for one in self.known():
            if one.id in hits:
                found.append((one, next((each for each in self.turns(one.id) if each.id == hits[one.id]), None)))
            elif _holds(one.name, wanted):
                found.append((one, None))
        return tuple(found)

    def _first_hits(self, wanted: Sequence[str]) -> dict[str, str]:
        """The id of the first turn of every chat that holds all the words, by the chat's id."""
        texts = select(turn.c.chat_id, turn.c.id, turn.c.question, turn.c.answer)
        mine = texts.join(chat, chat.c.id == turn.c.chat_id).where(self._mine()).order_by(turn.c.position)
        hits: dict[str, str] = {}
        with self.engine.connect() as connection:
            for chat_id, turn_id, question, answer in connection.execute(mine):
                told = json.loads(answer)["text"] if answer else ""
                if chat_id not in hits and _holds(f"{question} {told}", wanted):
                    hits[chat_id] = turn_id
        return hits

    def _change(self, identity: str, **values: str) -> None:
        with writing(self.engine) as connection:
            self._require(connection, identity)
            connection.execute(update(chat).where(chat.c.id == identity).values(**values))

    def _require(self, connection: Connection, identity: str) -> int:
        """The collection of a chat that is there and this reader's. Raises UnknownChat."""
        found = connection.scalar(select(chat.c.collection_id).where(chat.c.id == identity, self._mine()))
        if found is None:
            raise UnknownChat(f"no chat {identity[:12]!r}: it was deleted, or is not yours; see: shujia chats list")
        return int(found)

    def _mine(self) -> ColumnElement[bool]:
        return (chat.c.owner == self.owner) & chat.c.collection_id.in_(list(self.names))


def _gone(connection: Connection, collection_id: int, documents: set[str]) -> set[str]:
    """Those of ``documents`` that the collection does not hold."""
    d = s.document.c
    here = select(d.id).where(d.collection_id == collection_id, d.id.in_(documents))
    return documents - set(connection.scalars(here))


def _insert(connection: Connection, collection_id: int, one: Turn) -> None:
    """Write a turn with its links; hits of documents that have left are left out."""
    connection.execute(insert(turn).values(turn_row(one)))
    if one.documents:
        links = [{"turn_id": one.id, "document_id": document} for document in sorted(one.documents)]
        connection.execute(insert(turn_document), links)
    gone = _gone(connection, collection_id, {hit.document for hit in one.hits})
    kept = [asdict(hit) for hit in one.hits if hit.document not in gone]
    if kept:
        rows = [{"turn_id": one.id, "document_id": row.pop("document"), **row} for row in kept]
        connection.execute(insert(turn_hit), rows)


def _chat_row(one: Chat) -> dict[str, object]:
    names = ("id", "collection_id", "owner", "title", "model", "created_at", "updated_at")
    return {name: getattr(one, name) for name in names}


def _holds(text: str, wanted: Iterable[str]) -> bool:
    whole = _plain(text)
    return all(word in whole for word in wanted)


def _plain(text: str) -> str:
    """As texts are compared: Simplified, half width, lower case, without blanks."""
    return "".join(fold(text).split())
