"""What chats lose with a document or a collection, inside the transaction that removes it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, select, update

from store import schema as s
from store.schema_chats import chat, turn, turn_document, turn_hit


def forget_document_turns(connection: Connection, key: int) -> None:
    """Delete the turns that touch the document with this key, inside the caller's transaction."""
    d = s.document.c
    collection, document = connection.execute(select(d.collection_id, d.id).where(d.key == key)).one()
    chats = select(chat.c.id).where(chat.c.collection_id == collection)
    ours = select(turn.c.id).where(turn.c.chat_id.in_(chats))
    connection.execute(delete(turn_hit).where(turn_hit.c.document_id == document, turn_hit.c.turn_id.in_(ours)))
    linked = select(turn_document.c.turn_id).where(turn_document.c.document_id == document)
    touching = turn.c.id.in_(linked) & turn.c.chat_id.in_(chats)
    losing = set(connection.scalars(select(turn.c.chat_id).where(touching).distinct()))
    connection.execute(delete(turn).where(touching))
    connection.execute(update(chat).where(chat.c.id.in_(losing)).values(title=""))
    drop_empty(connection, losing)


def forget_collection_chats(connection: Connection, collection_id: int) -> None:
    """Delete all chats of a collection, inside the caller's transaction."""
    connection.execute(delete(chat).where(chat.c.collection_id == collection_id))


def forget_owner_chats(connection: Connection, owner: str) -> None:
    """Delete all chats of somebody who is not there any more, inside the caller's transaction."""
    connection.execute(delete(chat).where(chat.c.owner == owner))


def drop_empty(connection: Connection, chats: set[str]) -> None:
    """Delete those of ``chats`` in which nothing was asked."""
    empty = ~exists().where(turn.c.chat_id == chat.c.id)
    connection.execute(delete(chat).where(chat.c.id.in_(chats), empty))
