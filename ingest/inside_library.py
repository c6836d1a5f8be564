"""What the library holds of the inside of a file: taken over with a copy of the file, forgotten with the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.inside import SIGN, inside
from store.rows import Source

if TYPE_CHECKING:
    from ingest.files import File
    from ingest.pipeline import Ingestion


def adopt_inside(run: Ingestion, file: File, identity: str) -> None:
    """Let the inside of a copy point at the documents that the first file brought in; what it held before goes."""
    sources = run.shelf.read.sources()
    first = next((path for path, one in sources.items() if one.document_id == identity and path != file.path), "")
    kept = set()
    for path in inside(first, sources) if first else ():
        mine = f"{file.path}{SIGN}{path[len(first) + len(SIGN) :]}"
        one = sources[path]
        if run.catalogue.adopt(run.shelf.collection, Source(mine, one.document_id, one.size, file.mtime_ns)):
            kept.add(mine)
    forget_inside(run, file.path, sources, kept=kept)
    if first:
        carry_failures(run, first, file, gone=False)


def carry_failures(run: Ingestion, before: str, file: File, *, gone: bool) -> None:
    """Note for ``file`` what could not be read inside ``before``, its twin; ``gone``: the twin is forgotten."""
    failures = run.shelf.read.failures()
    for path in inside(before, failures):
        target = file.path + path.removeprefix(before)
        run.catalogue.note_failure(run.shelf.collection, replace(failures[path], path=target, mtime_ns=file.mtime_ns))
        if gone:
            run.catalogue.remove_source(run.shelf.collection, path)


def forget_inside(run: Ingestion, container: str, sources: Mapping[str, Source], *, kept: set[str]) -> list[str]:
    """Take from the library what was inside ``container`` and is no more; the paths that are gone."""
    known = {*sources, *run.shelf.read.failures()}
    gone = [path for path in inside(container, known) if not _within(path, kept)]
    for path in gone:
        run.catalogue.remove_source(run.shelf.collection, path)
        if path in sources:
            run.release(sources[path].document_id)
    return gone


def _within(path: str, kept: set[str]) -> bool:
    """Whether ``path`` is one of ``kept``, or inside one of them."""
    return any(path[:end] in kept for end in (*(at for at in range(len(path)) if path.startswith(SIGN, at)), len(path)))
