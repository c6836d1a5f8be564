"""The tables of what people arrange on the shelf: tags of documents, folders that a collection follows."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, PrimaryKeyConstraint, Table

from store.kept_text import KeptText as Text
from store.schema import metadata

document_tag = Table(
    "document_tag",
    metadata,
    Column("document_key", ForeignKey("document.key", ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False, index=True),
    PrimaryKeyConstraint("document_key", "tag"),
)

followed_folder = Table(
    "followed_folder",
    metadata,
    Column("collection_id", ForeignKey("collection.id", ondelete="CASCADE"), nullable=False),
    Column("folder", Text, nullable=False),  # on the machine of the library
    Column("created_at", Float, nullable=False),
    PrimaryKeyConstraint("collection_id", "folder"),
)

TABLES = (document_tag, followed_folder)
