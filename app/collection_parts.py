"""Which embedder and which chunker serve a collection: those that made it, whatever the settings say today.

A question is embedded as the passages were, or the comparison means nothing. New documents join their collection the
way it was made, unless the settings name another way, which is then refused with the way out: `shujia reindex`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.chunkers import Chunker, UnknownChunker, chunker
from models.types import Embedder, ModelError
from store.errors import EmbedderMismatch, UnknownCollection
from store.rows import Collection

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import Library


def embedder_of(library: Library, collection: Collection) -> Embedder:
    """The embedder that made a collection's vectors. Raises EmbedderMismatch when it cannot be had here."""
    own = library.embedder
    if own.name == collection.embedder:
        return own
    try:
        found = library.embedder_named(collection.embedder)
    except ModelError as exc:
        raise EmbedderMismatch(
            f"collection {collection.name!r} was made with {collection.embedder}, which cannot be opened here ({exc}); "
            f"the settings say {own.name}: set embedder back, or: shujia reindex --collection {collection.name}"
        ) from exc
    if (found.name, found.dimension) != (collection.embedder, collection.dimension):
        raise EmbedderMismatch(
            f"collection {collection.name!r} was made with {collection.embedder} ({collection.dimension} dimensions), "
            f"here that is {found.name} ({found.dimension}): shujia reindex --collection {collection.name}"
        )
    return found


def open_named(settings: Settings, name: str) -> Embedder:
    """The embedder of that name from what is on this machine. Raises ModelError when it is not here."""
    from models.embedders import open_embedder

    folder = settings.models.expanduser()
    return open_embedder(name, url="", key="", dimension=0, folder=folder, offline=True)


def chunker_of(collection: Collection) -> Chunker | None:
    """The chunker that cut a collection; None when this Shujia cuts otherwise."""
    kind, _, budget = collection.chunker.rpartition(":")
    try:
        found = chunker(f"{kind.rpartition('-')[0]}:{budget}")
    except UnknownChunker:
        return None
    return found if found.version == collection.chunker else None


def parts_for(library: Library, name: str, cut: Chunker | None = None) -> tuple[Collection, Embedder, Chunker]:
    """The collection of that name, made when it is new, with its embedder and chunker. Raises EmbedderMismatch.

    ``cut`` is the chunker that is asked for; without it an existing collection keeps its own, unless the settings
    name one.
    """
    try:
        there = library.catalogue.collection(name)
    except UnknownCollection:
        there = None
    named = library.settings.model_fields_set
    if there is None or cut or named & {"chunker", "chunk_tokens"}:
        cut = cut or library.chunker
    else:
        cut = chunker_of(there) or library.chunker
    embedder = library.embedder if there is None or "embedder" in named else embedder_of(library, there)
    made = library.catalogue.ensure_collection(
        name, embedder=embedder.name, dimension=embedder.dimension, chunker=cut.version
    )
    return made, embedder, cut
