"""A collection is built anew beside the one that answers, and takes its name when it is whole.

build:     every document from its kept original → another generation (an interrupted build goes on where it stopped)
gate:      where cases are given, the new one must not find less than the old one
switch:    one transaction; what was written to the collection meanwhile is brought over first
roll back: the same switch, with the generation that answered before
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.collection_parts import chunker_of, embedder_of
from app.reindex_gate import Gate, compare
from app.wiring_ingest import ingestion_into
from eval.cases import read_cases
from ingest.chunkers import Chunker
from ingest.reindex import bring_up
from models.types import Embedder
from store.errors import EmbedderMismatch, GenerationMissing, LibraryUnusable
from store.generations import Generations
from store.rows import Collection

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.embedding import Progress
    from ingest.pipeline import FileResult

_TRIES = 20  # switches: each time somebody has written to the collection meanwhile


@dataclass(frozen=True, slots=True)
class Report:
    """What is told while documents are brought over: how many there are, each result, how far the embedding is."""

    total: Callable[[int], None] = lambda count: None
    result: Callable[[FileResult], None] = lambda result: None
    embedding: Callable[[Progress], None] = lambda progress: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reindex did. ``failed`` are files that could not be brought over; then nothing was switched."""

    collection: Collection
    switched: bool
    documents: int
    embedded: int
    failed: tuple[FileResult, ...] = ()
    gate: Gate | None = None


def reindex(
    library: Library, name: str, embedder: Embedder, cut: Chunker, *, gate: Path | None = None, report: Report
) -> Outcome:
    """Build a generation with this embedder and chunker and switch to it.

    Raises UnknownCollection, EvalInputError for a gate file that is none, LibraryUnusable while another reindex runs.
    """
    beside = Generations(library.catalogue)
    if gate:
        read_cases(gate)  # a mistake in it is told before hours of embedding
    with _alone(library, name):
        live = library.catalogue.collection(name)
        unfinished = beside.beside(name, "building")
        wanted = (embedder.name, embedder.dimension, cut.version)
        if unfinished and (unfinished.embedder, unfinished.dimension, unfinished.chunker) != wanted:
            library.drop(unfinished)
        twin = beside.begin(name, embedder=wanted[0], dimension=wanted[1], chunker=wanted[2])
        found = _bring_up(library, live, twin, embedder, cut, report)
        compared = None
        if gate and not found.failed:
            compared = compare(library, gate, live, twin)
        if found.failed or (compared and not compared.passed):
            return Outcome(twin, False, found.documents, found.embedded, found.failed, compared)
        previous = beside.beside(name, "previous")
        if previous:
            library.drop(previous)
        found = _switch(library, live, twin, embedder, cut, found, report)
        return Outcome(library.catalogue.collection(name), not found.failed, found.documents, found.embedded,
                       found.failed, compared)  # fmt: skip


def roll_back(library: Library, name: str, *, report: Report) -> Outcome:
    """Let the generation answer again that answered before; the present one is kept in its place.

    What came or went since is brought over first. Raises UnknownCollection, GenerationMissing.
    """
    with _alone(library, name):
        live, previous = library.catalogue.collection(name), Generations(library.catalogue).beside(name, "previous")
        if previous is None:
            raise GenerationMissing(
                f"collection {name!r} has no earlier generation to roll back to: only a reindex leaves one"
            )
        cut = chunker_of(previous)
        if cut is None:
            raise EmbedderMismatch(
                f"the earlier generation of {name!r} was cut by {previous.chunker}, which this Shujia does not know: "
                f"reindex instead"
            )
        embedder = embedder_of(library, previous)
        found = _switch(library, live, previous, embedder, cut, None, report)
        return Outcome(library.catalogue.collection(name), not found.failed, found.documents, found.embedded,
                       found.failed)  # fmt: skip


def drop_old(library: Library, name: str) -> None:
    """Remove the generation that answered before, and an unfinished one. Raises GenerationMissing."""
    with _alone(library, name):
        library.catalogue.collection(name)
        found = Generations(library.catalogue).all_beside(name)
        if not found:
            raise GenerationMissing(
                f"collection {name!r} has no earlier generation to remove: only a reindex leaves one"
            )
        for each in found:
            library.drop(each)


@dataclass(frozen=True, slots=True)
class _Built:
    documents: int
    embedded: int
    failed: tuple[FileResult, ...]


def _switch(
    library: Library,
    live: Collection,
    twin: Collection,
    embedder: Embedder,
    cut: Chunker,
    built: _Built | None,
    report: Report,
) -> _Built:
    found = built or _Built(0, 0, ())
    for _ in range(_TRIES):
        if Generations(library.catalogue).switch(live, twin):
            library.shelf(live.name).follow(publish=True)
            return found
        more = _bring_up(library, live, twin, embedder, cut, report)
        found = _Built(found.documents + more.documents, found.embedded + more.embedded, more.failed)
        if found.failed:
            return found
    raise LibraryUnusable(f"{live.name!r} is written to without a pause: run the reindex again when less comes in")


def _bring_up(
    library: Library, live: Collection, twin: Collection, embedder: Embedder, cut: Chunker, report: Report
) -> _Built:
    documents = embedded = 0
    failed = []
    with ingestion_into(library, twin, embedder, cut, watch=report.embedding) as run:
        for result in bring_up(library.shelf_of(live).read, run, library.originals, report.total):
            documents += 1
            embedded += result.embedded
            report.result(result)
            if result.status == "failed":
                failed.append(result)
    return _Built(documents, embedded, tuple(failed))


@contextmanager
def _alone(library: Library, name: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    folder = library.settings.library.expanduser() / "index"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"reindex-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as exc:
        raise LibraryUnusable(f"another reindex of {name!r} is running: wait for its end") from exc
