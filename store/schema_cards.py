"""The tables of quality cards: what reading a document told about it, and its likeness to others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, Table, Text

from store.schema import metadata

card = Table(
    "card",
    metadata,
    Column("document_key", ForeignKey("document.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # JSON: the fields of store.cards.QualityCard
    Column("signature", LargeBinary, nullable=False),  # store.likeness.signature, empty for a document without words
)

card_band = Table(
    "card_band",
    metadata,
    Column("document_key", ForeignKey("document.key", ondelete="CASCADE"), nullable=False),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("band", BigInteger, nullable=False),  # store.likeness.bands
    PrimaryKeyConstraint("document_key", "band"),
    Index("card_band_by_value", "collection_id", "band"),
)

TABLES = (card, card_band)
