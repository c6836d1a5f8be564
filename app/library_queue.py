"""Files on their way: put into the queue from the page, tried again, forgotten.

What is queued is kept before the page says so, so a reload, another page or a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.page_session import Room
from app.page_worker import page_worker
from app.payloads import jobs_payload
from app.rights import Verb
from app.rights_library import require
from app.web_addresses import job_for
from ingest.errors import IngestError
from ingest.files import File
from ingest.inside import outermost
from ingest.pipeline import FileResult, settled
from ingest.queued import file_of, job_of
from store.errors import UnknownCollection, UnknownDocument
from store.jobs import Job, Jobs
from store.types import document_id


def send(room: Room, files: Sequence[File], collection: str) -> list[FileResult]:
    """Let files wait for a worker; the results of those that need not be read.

    Raises UnknownCollection, Forbidden where the reader may not put anything into the collection.
    """
    require(room.caller, Verb.UPLOAD, collection)
    try:
        read = room.library.shelf(collection).read
        known, failed = read.sources(), read.failures()
    except UnknownCollection:
        known, failed = {}, {}
    told, jobs = [], []
    for file in files:
        done = settled(file, known.get(file.path), failed.get(file.path), retry=True)
        if done is None:
            try:
                jobs.append(_job(room, file, collection))
            except IngestError as exc:  # of a web address: it is fetched now
                done = FileResult(file.path, "failed", str(exc), exc.code)
        told += [done] if done else []
    Jobs(room.library.catalogue.engine).add(jobs)
    page_worker(room).wake()
    return told


def waiting_files(room: Room) -> list[dict[str, Any]]:
    """Every file that waits, is worked on or failed in a collection that the reader may follow."""
    found = jobs_payload(room.library.readers(), Jobs(room.library.catalogue.engine))
    return [one for one in found if room.may(Verb.FOLLOW, one["collection"])]


def again(room: Room, collection: str, path: str) -> None:
    """Let a file that failed wait once more. Raises UnknownDocument when its bytes are gone."""
    require(room.caller, Verb.UPLOAD, collection)
    jobs, path = Jobs(room.library.catalogue.engine), outermost(path)
    job = _found(jobs, collection, path)
    originals = page_worker(room).library.originals  # the bytes of what is no document yet belong to no collection
    file = file_of(job or Job(collection, path, 0, 0), originals)
    kept = job is not None and job.content is not None
    if file is None or (not kept and (file.location is None or not file.location.exists())):
        raise UnknownDocument(f"the bytes of {path} are not kept: upload it again")
    jobs.add([replace(job, state="waiting", reason="") if job and kept else job_of(file, collection)])
    page_worker(room).wake()


def forget(room: Room, collection: str, path: str) -> None:
    """Take a file that waits or failed out of the queue; a document that its path holds stays."""
    require(room.caller, Verb.DELETE, collection)
    library = page_worker(room).library
    jobs = Jobs(library.catalogue.engine)
    job = _found(jobs, collection, path)
    if job:
        jobs.remove(job)
    try:
        shelf = library.shelf(collection)
        if path not in shelf.read.sources():
            library.catalogue.remove_source(shelf.collection, path)
    except UnknownCollection:
        pass  # everything that was on its way into a new collection has failed
    if job and job.content and not library.catalogue.holds(job.content):
        library.originals.remove(job.content)


def _job(room: Room, file: File, collection: str) -> Job:
    if file.data is None:
        return job_for(room.library, file, collection)
    content = document_id(file.data)
    room.library.originals.put(content, file.data)
    return Job(collection, file.path, file.size, file.mtime_ns, content=content)


def _found(jobs: Jobs, collection: str, path: str) -> Job | None:
    return next((job for job in jobs.items() if (job.collection, job.path) == (collection, path)), None)
