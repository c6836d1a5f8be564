"""Files ↔ jobs of the queue."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes

from ingest.files import File
from store.jobs import Job


class Kept(Protocol):
    """Where the bytes of uploads are kept; see ``store.originals``."""

    def get(self, document_id: str) -> bytes | None:
        """The bytes, None when they are not kept."""
        ...


def job_of(file: File, collection: str) -> Job:
    """A file on this machine as a job. Bytes of its name that are not UTF-8 survive."""
    location = quote(os.fsencode(file.location or file.path))
    return Job(collection, file.path, file.size, file.mtime_ns, location=location)


def file_of(job: Job, kept: Kept) -> File | None:
    """The file of a job, as it stands now; None for an upload whose bytes are gone."""
    if job.content is not None:
        data = kept.get(job.content)
        return None if data is None else File(job.path, len(data), 0, data)
    location = Path(os.fsdecode(unquote_to_bytes(job.location or job.path)))
    try:
        status = location.stat()
    except OSError:  # reading it gives the reason
        return File(job.path, job.size, job.mtime_ns, location=location)
    return File(job.path, status.st_size, status.st_mtime_ns, location=location)
