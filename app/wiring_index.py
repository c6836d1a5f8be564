"""The wiring's part that opens a collection for search: which space its vectors meet in, which engine finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.centring import centring_of
from store.catching_up import LAG
from store.dense.engine import Engine
from store.shelf import Shelf

if TYPE_CHECKING:
    from app.settings import Settings
    from store.catalogue import Catalogue
    from store.rows import Collection


def engine_of(settings: Settings) -> Engine:
    """What the settings say the dense index is."""
    return Engine(settings.dense_index, settings.milvus_uri, settings.milvus_token.get_secret_value())


def open_shelf(settings: Settings, catalogue: Catalogue, collection: Collection) -> Shelf:
    """A collection with its index folder, made when missing."""
    folder = settings.library.expanduser() / "index" / str(collection.id)
    space = centring_of(collection.embedder) if settings.centring else None
    return Shelf(catalogue, collection, folder, space, engine_of(settings), LAG)
