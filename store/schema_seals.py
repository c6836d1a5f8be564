"""The table of seals: what each document's rows were when they were committed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table

from store.schema import metadata

seal = Table(
    "seal",
    metadata,
    Column("document_key", ForeignKey("document.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),  # store.seals.digest_of
)

TABLES = (seal,)
