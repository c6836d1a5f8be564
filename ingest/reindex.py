"""Brings one generation of a collection to the documents of another, from the originals that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ingest.files import File
from ingest.pipeline import FileResult, Ingestion
from store.reading import Reader
from store.rows import Source


class Shelved(Protocol):
    """The originals; see ``store.originals``."""

    def path(self, document_id: str) -> Path:
        """Where the bytes of a document are, or would be."""
        ...


def bring_up(
    live: Reader, run: Ingestion, originals: Shelved, total: Callable[[int], None] = lambda _: None
) -> Iterator[FileResult]:
    """Let ``run``'s collection hold every path of ``live`` with the same document, and no other path.

    One result a document that had to be read; ``total`` is told how many. An original that is missing is read from the
    path itself; a file that is not the document any more fails, and so does one that today's readers refuse.
    """
    wanted, held = live.sources(), run.shelf.read.sources()
    for path, source in held.items():
        if path not in wanted or wanted[path].document_id != source.document_id:
            run.catalogue.remove_source(run.shelf.collection, path)
    missing = [one for path, one in wanted.items() if path not in held or held[path].document_id != one.document_id]
    total(len(missing))
    by_path = {source.path: source for source in missing}
    for result in run.run([_file(source, originals) for source in missing], retry=True, inside=False):
        source = by_path[result.path]
        if result.status != "failed" and result.document != source.document_id:
            run.catalogue.remove_source(run.shelf.collection, result.path)
            reason = "its original is damaged or missing, and the file is another now: ingest or delete it first"
            yield replace(result, status="failed", reason=reason, code="unreadable")
        else:
            yield result


def _file(source: Source, originals: Shelved) -> File:
    kept = originals.path(source.document_id)
    return File(source.path, source.size, source.mtime_ns, location=kept if kept.exists() else None)
