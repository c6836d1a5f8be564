"""What `fsck` looks at beside the catalogue and the indexes, and how `fsck --repair` brings back what was.

originals:   compared with their names, which are their sha256; brought back from the path where the same file still is
documents:   whose rows are not what was committed are read again from their originals, under the same paths
rows:        without a document, and vectors without a chunk, are removed
indexes:     built anew from the catalogue

What cannot be brought back is said, with what to do; nothing that might still be of use is removed for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from app.collection_parts import chunker_of, embedder_of
from app.wiring_ingest import ingestion_into
from ingest.files import File
from store import schema as s
from store.engine import writing
from store.errors import LibraryUnusable
from store.mend import drop_dangling, set_aside, true_id
from store.reading import Reader
from store.rows import Source
from store.shelf import Shelf
from store.tags import Tags

if TYPE_CHECKING:
    from app.wiring import Library
    from store.originals import Originals

_NAMED = 5


def problems_of(library: Library, name: str) -> list[str]:
    """Everything that is wrong with a collection, as sentences; empty when all agrees."""
    shelf = library.shelf(name)
    found = shelf.disagreements()
    missing, damaged = originals_wrong(library.originals, shelf.read)
    return [
        *found,
        *_named("documents whose original is missing", missing),
        *_named("documents whose original is damaged", damaged),
    ]


def originals_wrong(originals: Originals, read: Reader) -> tuple[list[str], list[str]]:
    """The ids of documents whose original is missing, and of those whose original is another file than its name."""
    missing, damaged = [], []
    for identity in sorted({true_id(card.id) for card in read.cards()}):
        path = originals.path(identity)
        if not path.is_file():
            missing.append(identity)
        elif _sha256(path) != identity:
            damaged.append(identity)
    return missing, damaged


def mend(library: Library, name: str) -> list[str]:
    """Bring back what can be brought back; sentences about what cannot. Raises StoreError, ModelError."""
    shelf = library.shelf(name)
    told = list(_bring_back_originals(library, shelf.read))
    wrong = shelf.damaged()
    lost = drop_dangling(shelf.read)
    told += _read_again(library, shelf, wrong, lost)
    told += (
        f"no path holds the document {card.id[:12]} ({card.title}), where it came from is lost: take the file in "
        f"again, or shujia delete {card.id[:12]}"
        for card in shelf.read.cards()
        if not card.paths and card.id not in wrong
    )
    shelf.rebuild()
    return told


def _bring_back_originals(library: Library, read: Reader) -> Iterator[str]:
    missing, damaged = originals_wrong(library.originals, read)
    paths = _paths(read.sources().values())
    for identity in (*missing, *damaged):
        for path in map(Path, paths.get(identity, ())):
            if path.is_file() and _sha256(path) == identity:
                library.originals.remove(identity)
                library.originals.put(identity, path.read_bytes())
                break
        else:
            where = ", ".join(paths.get(identity, ())) or "no path"
            yield f"the original of {identity[:12]} ({where}) is gone for good: take the same file in again"


def _read_again(library: Library, shelf: Shelf, wrong: Iterable[str], lost: Iterable[Source]) -> Iterator[str]:
    """Read documents again from their originals, and files that lost their document from where they stand."""
    sources, tags = _by_document(shelf.read.sources().values()), Tags(library.catalogue.engine, shelf.collection).all()
    days = {card.id: card.created_at for card in shelf.read.cards()}
    files: list[File] = []
    again: list[str] = []
    for identity in wrong:
        held, original = sources.get(identity, ()), library.originals.get(true_id(identity))
        if not held:
            yield f"no path holds the document {true_id(identity)[:12]}, and its rows are damaged: shujia delete it"
        elif original is None or hashlib.sha256(original).hexdigest() != true_id(identity):
            yield f"{held[0].path} cannot be read again, its original is gone: take the file in again, or delete it"
        else:
            again.append(identity)
            files += [File(one.path, one.size, one.mtime_ns, original) for one in held]
    for one in lost:
        if Path(one.path).is_file():
            files.append(File(one.path, one.size, one.mtime_ns, Path(one.path).read_bytes()))
        else:
            yield f"{one.path} has lost its document, and there is no such file: take it in again"
    for identity in again:
        set_aside(shelf.read, identity)
    yield from _ingest(library, shelf, files)
    for identity in again:
        _as_before(library, shelf, true_id(identity), days[identity], tags.get(identity, ()))


def _ingest(library: Library, shelf: Shelf, files: list[File]) -> Iterator[str]:
    if not files:
        return
    cut = chunker_of(shelf.collection)
    if cut is None:
        raise LibraryUnusable(
            f"this Shujia does not cut documents as {shelf.collection.name!r} was cut ({shelf.collection.chunker}): "
            f"run shujia reindex --collection {shelf.collection.name}"
        )
    with ingestion_into(library, shelf.collection, embedder_of(library, shelf.collection), cut) as run:
        for result in run.run(files, retry=True, inside=False):
            if result.status == "failed":
                yield f"{result.path} cannot be read again: {result.reason}"


def _as_before(library: Library, shelf: Shelf, identity: str, day: float, tags: Iterable[str]) -> None:
    """The fresh reading of a document keeps the day it came and the tags that people gave it."""
    mine = (s.document.c.collection_id == shelf.collection.id) & (s.document.c.id == identity)
    with writing(library.catalogue.engine) as connection:
        there = connection.execute(update(s.document).where(mine).values(created_at=day)).rowcount
    if there and tags:
        Tags(library.catalogue.engine, shelf.collection).put(identity, tags)


def _by_document(sources: Iterable[Source]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    for one in sources:
        found.setdefault(one.document_id, []).append(one)
    return found


def _paths(sources: Iterable[Source]) -> dict[str, list[str]]:
    return {true_id(key): [one.path for one in held] for key, held in _by_document(sources).items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(what: str, items: list[str]) -> Iterator[str]:
    if items:
        shown = ", ".join(each[:12] for each in items[:_NAMED])
        yield f"{len(items)} {what}: {shown}{' …' if len(items) > _NAMED else ''}"
