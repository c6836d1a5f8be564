"""The wiring's part that takes documents in over a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from app.collection_parts import parts_for
from app.wiring_ingest import ingestion_into

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.embedding import Progress
    from ingest.files import File
    from ingest.pipeline import FileResult


def ingest_over_ray(
    library: Library,
    files: Iterable[File],
    address: str,
    collection: str | None = None,
    *,
    workers: int | None = None,
    retry: bool = False,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Iterator[FileResult]:
    """As Library.ingest, read, cut and embedded by the machines of a cluster. Raises EmbedderMismatch, ModelError."""
    from ingest.ray_ingest import RayRun
    from models.embedders import open_embedder

    s = library.settings
    made, embedder, cut = parts_for(library, collection or s.collection)
    own = embedder is library.embedder
    make = partial(
        open_embedder,
        s.embedder if own else made.embedder,
        url=s.embedder_url if own else "",
        key=s.model_key.get_secret_value() if own else "",
        dimension=s.embedder_dimension if own else 0,
        folder=s.models.expanduser(),
        offline=s.offline if own else True,
    )
    with ingestion_into(library, made, embedder, cut, workers=1, watch=watch) as run:
        yield from RayRun(run, make, address, workers or s.workers).run(files, retry=retry)
