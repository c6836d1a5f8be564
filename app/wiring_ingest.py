"""The wiring's part that takes documents in: an ingestion made from a library's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.collection_parts import parts_for
from app.manners import give_way
from ingest.chunkers import Chunker
from ingest.limits import MIB, Limits
from models.types import Embedder
from store.rows import Collection

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.embedding import Progress
    from ingest.pipeline import Ingestion

Watch = Callable[["Progress"], None]


def limits_of(library: Library) -> Limits:
    """What one file may cost, by the settings."""
    s = library.settings
    return Limits(seconds=s.parse_seconds, memory_bytes=s.parse_memory_mb * MIB, ocr=s.ocr)


@contextmanager
def open_ingestion(
    library: Library,
    name: str | None = None,
    *,
    cut: Chunker | None = None,
    workers: int | None = None,
    watch: Watch = lambda _: None,
) -> Iterator[Ingestion]:
    """An ingestion into a collection, made when it is new. Raises EmbedderMismatch."""
    collection, embedder, cut = parts_for(library, name or library.settings.collection, cut)
    with ingestion_into(library, collection, embedder, cut, workers=workers, watch=watch) as run:
        yield run
    library.originals.sweep(library.catalogue.document_ids())


@contextmanager
def ingestion_into(
    library: Library,
    collection: Collection,
    embedder: Embedder,
    cut: Chunker,
    *,
    workers: int | None = None,
    watch: Watch = lambda _: None,
) -> Iterator[Ingestion]:
    """An ingestion into exactly this collection, whatever its name. The thread that runs it gives way to questions."""
    from ingest.pipeline import Ingestion
    from ingest.sandbox import ParserPool

    give_way()
    limits, shelf = limits_of(library), library.shelf_of(collection)
    with ParserPool(workers or library.settings.workers, limits) as parser:
        yield Ingestion(library.catalogue, shelf, library.originals, embedder, parser, limits, cut, watch)


class FollowedIngestion:
    """What a worker inside a server opens; ``progress`` is how far the files in hand are embedded, by collection."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.progress: dict[str, Progress] = {}

    @contextmanager
    def __call__(self, collection: str, moves: Callable[[], None]) -> Iterator[Ingestion]:
        """An ingestion into a collection; ``moves`` is called whenever it gets on, so that the lease is kept."""

        def watch(progress: Progress) -> None:
            self.progress[collection] = progress
            moves()

        try:
            with open_ingestion(self.library, collection, watch=watch) as run:
                yield run
        finally:
            self.progress.pop(collection, None)
