"""Doctor's look at the library: its catalogue, its indexes, and the files that wait for workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.catalogue_place import catalogue_place
from app.doctor import Check, Finding, bad, ok, warn
from app.settings import Settings

if TYPE_CHECKING:
    from store.catalogue import Catalogue

_PATIENCE = 3600.0  # seconds that a file may wait before it is called stuck


def check_library(settings: Settings) -> Iterator[Finding]:
    """The catalogue and what hangs on it. A library that is not there yet is not made."""
    from store.catalogue import Catalogue
    from store.errors import LibraryUnusable

    place = catalogue_place(settings)
    if isinstance(place, Path) and not place.exists():
        yield ok("catalogue", "catalogue_none")
        return
    try:
        catalogue = Catalogue(place)
    except LibraryUnusable as exc:
        yield bad("catalogue", "catalogue_bad", "catalogue_bad", error=exc)
        return
    try:
        yield from _catalogue(catalogue)
        yield from _indexes(catalogue, settings.library.expanduser() / "index")
        yield from _jobs(catalogue)
    finally:
        catalogue.close()


def _catalogue(catalogue: Catalogue) -> Iterator[Finding]:
    from store.catalogue_copy import rows_of
    from store.migrations import MIGRATIONS

    kind = catalogue.engine.dialect.name
    if kind == "sqlite":
        with catalogue.engine.connect() as connection:
            told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if told != "ok":
            yield bad("catalogue", "catalogue_bad", "catalogue_bad", error=told)
            return
    rows = rows_of(catalogue.engine)
    counts = {name: rows.get(name, 0) for name in ("collection", "document", "chunk")}
    yield ok("catalogue", "catalogue", kind=kind, schema=len(MIGRATIONS), **counts)


def _indexes(catalogue: Catalogue, folder: Path) -> Iterator[Finding]:
    """Whether each collection has index files; whether they agree is `fsck`'s to say."""
    from store.reading import Reader

    without = []
    collections = catalogue.collections()
    for each in collections:
        files = folder / str(each.id)
        if Reader(catalogue.engine, each).counts().chunks and not (files.is_dir() and any(files.iterdir())):
            without.append(each.name)
    if without:
        yield warn("indexes", "indexes_missing", "indexes", names=", ".join(without))
    else:
        yield ok("indexes", "indexes", count=len(collections))


def _jobs(catalogue: Catalogue) -> Iterator[Finding]:
    from app.payloads import jobs_payload
    from store.jobs import Jobs
    from store.reading import Reader

    jobs = Jobs(catalogue.engine)
    waiting, working = jobs.items("waiting"), jobs.items("working")
    readers = (Reader(catalogue.engine, each) for each in catalogue.collections())
    failed = [one for one in jobs_payload(readers, jobs) if one["state"] == "failed"]  # those read at once too
    workers, now = jobs.workers(), time.time()
    stuck = [job for job in (*waiting, *working) if now - job.since > _PATIENCE]
    counts = {"waiting": len(waiting), "working": len(working), "failed": len(failed), "workers": len(workers)}
    if (waiting or working) and not workers:
        yield warn("jobs", "jobs", "jobs_no_worker", **counts)
    elif stuck:
        yield warn("jobs", "jobs_stuck", "jobs_stuck", count=len(stuck), path=stuck[0].path, reason=stuck[0].reason)
    elif failed:
        yield warn("jobs", "jobs", "jobs_failed", **counts)
    else:
        yield ok("jobs", "jobs", **counts)


LIBRARY: tuple[Check, ...] = (check_library,)
