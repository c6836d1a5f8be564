"""The tables of conversations, on the catalogue's metadata.

collection ─── chat ─── turn ─┬─ turn_document (the documents it quotes or saw, and with which it goes)
                              └─ turn_hit (what each stage of its search ranked first; a row goes with its document)
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from store.schema import metadata

chat = Table(
    "chat",
    metadata,
    Column("id", Text, primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False, index=True),
    Column("owner", Text, nullable=False),  # who may see it; "" for the one user of a library without accounts
    Column("title", Text, nullable=False),  # as the reader named it, "" while the first question is its name
    Column("model", Text, nullable=False),  # the reader's choice for this chat, "" for the settings' own
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)

turn = Table(
    "turn",
    metadata,
    Column("id", Text, primary_key=True),
    Column("chat_id", ForeignKey("chat.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),  # from 1, in the order they were asked
    Column("state", Text, nullable=False),  # waiting, answered, stopped or failed
    Column("question", Text, nullable=False),
    Column("asked", Text, nullable=False),  # standing by itself, as the query layer completed it; "" before
    Column("wordings", Text, nullable=False),  # JSON: ["…", …], what else was searched
    Column("model", Text, nullable=False),  # the one that was wished for; the answer names the one that wrote it
    Column("answer", Text),  # JSON: see store.conversations_rows.Reply
    Column("stages", Text, nullable=False),  # JSON: [{name, seconds, hits}, …]
    Column("configuration", Text, nullable=False),  # JSON: {setting: value}
    Column("sequence", BigInteger, nullable=False),  # the catalogue's change number that its search saw
    Column("feedback", Text, nullable=False),  # id under which the reader's word on the answer is kept
    Column("created_at", Float, nullable=False),
)

turn_document = Table(
    "turn_document",
    metadata,
    Column("turn_id", ForeignKey("turn.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("turn_id", "document_id"),
)

turn_hit = Table(
    "turn_hit",
    metadata,
    Column("turn_id", ForeignKey("turn.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("rank", Integer, nullable=False),  # from 1
    Column("document_id", Text, nullable=False, index=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("score", Float, nullable=False),
    PrimaryKeyConstraint("turn_id", "stage", "rank"),
)
