"""Web addresses among what is put on the shelf: from the command line, and for every face that takes one.

The guard itself is ``ingest.url_guard``; here the setting ``url_hosts`` is read and addresses are told from paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings, SettingsError
from ingest.files import File, discover
from ingest.url_guard import UrlRefused, is_url, named_hosts, target

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.fetch_url import WebFile
    from ingest.pipeline import FileResult
    from store.jobs import Job


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The inner hosts that the settings allow. Raises SettingsError for one that is no host."""
    try:
        return named_hosts(settings.url_hosts)
    except UrlRefused as exc:
        raise SettingsError(str(exc)) from exc


def page_file(settings: Settings, address: str) -> WebFile:
    """A web address as a file that ``Library.ingest`` takes: it is fetched when it is read. Raises UrlRefused."""
    from ingest.fetch_url import web_file

    return web_file(address.strip(), allowed_hosts(settings))


def files_named(settings: Settings, given: Sequence[str]) -> tuple[list[File], list[FileResult]]:
    """Files for paths and web addresses, in their order, addresses first; and what became of refused addresses.

    An address that is not even asked for fails beside the others; nothing of it is kept in the library. Raises
    FileNotFoundError, or UrlRefused where that address is all that was named.
    """
    from ingest.pipeline import FileResult

    made: dict[str, File] = {}
    refused: dict[str, FileResult] = {}
    for one in filter(is_url, given):
        try:
            file = page_file(settings, one)
        except UrlRefused as exc:
            if len(given) == 1:
                raise
            refused[one] = FileResult(one, "failed", str(exc), exc.code)
        else:
            made[file.path] = file
    paths = [Path(one) for one in given if not is_url(one)]
    return [*made.values(), *discover(paths)], [*refused.values()]


def stored_name(reference: str) -> str:
    """What a reader calls a document, in the form in which the library has it: an address in its normal form."""
    if not is_url(reference):
        return reference
    try:
        return target(reference, any_port=True).url
    except UrlRefused:
        return reference


def job_for(library: Library, file: File, collection: str) -> Job:
    """A file for the queue; a web address is fetched now and kept like an upload. Raises IngestError for that one."""
    from ingest.fetch_url import WebFile
    from ingest.queued import job_of
    from store.jobs import Job
    from store.types import document_id

    if not isinstance(file, WebFile):
        return job_of(file, collection)
    data = file.read(library.settings.api_upload_mb * 1024 * 1024)
    content = document_id(data)
    library.originals.put(content, data)
    return Job(collection, file.path, len(data), 0, content=content)
