"""The folders that collections follow; what following means stands in ``ingest.sync``."""

from __future__ import annotations

import time

from sqlalchemy import Engine, delete, insert, select

from store.engine import writing
from store.rows import Collection
from store.schema_library import followed_folder


class Followed:
    """The folders that one collection follows."""

    def __init__(self, engine: Engine, collection: Collection) -> None:
        self.engine, self.collection = engine, collection

    def all(self) -> tuple[str, ...]:
        """Their paths, oldest first."""
        mine = followed_folder.c.collection_id == self.collection.id
        with self.engine.connect() as connection:
            query = select(followed_folder.c.folder).where(mine).order_by(followed_folder.c.created_at)
            return tuple(connection.scalars(query))

    def add(self, folder: str) -> None:
        """Follow one more; one that is followed already stays as it is."""
        row = {"collection_id": self.collection.id, "folder": folder, "created_at": time.time()}
        with writing(self.engine) as connection:
            mine = (followed_folder.c.collection_id == self.collection.id) & (followed_folder.c.folder == folder)
            if connection.scalar(select(followed_folder.c.folder).where(mine)) is None:
                connection.execute(insert(followed_folder).values(row))

    def remove(self, folder: str) -> None:
        """Follow it no more; what came from it stays."""
        mine = (followed_folder.c.collection_id == self.collection.id) & (followed_folder.c.folder == folder)
        with writing(self.engine) as connection:
            connection.execute(delete(followed_folder).where(mine))
