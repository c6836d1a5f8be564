"""Commands on documents: ingest, status, delete, fsck, and inspect of ``app.cli_inspect``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli_fsck import fsck
from app.cli_inspect import inspect
from app.console import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    Voice,
    WorkersOption,
    out,
    print_json,
    session,
    voice,
)
from app.terminal_text import one_line

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.files import File
    from ingest.pipeline import FileResult
    from store.reading import Reader


def ingest(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files, folders (walked) or web addresses.", show_default=False)],
    collection: CollectionOption = None,
    workers: WorkersOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Read files again that failed before.")] = False,
    queue: Annotated[bool, typer.Option("--queue", help="Only queue them, for `shujia worker` to read.")] = False,
    ray: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Ray cluster that reads: local, auto, HOST:PORT.")
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Put files, folders or web addresses on the shelf. What has not changed is left alone.

    Example: shujia ingest ~/Documents/handbooks --collection handbooks

    Exit code 0: all is there; 1: some files failed, each with its reason; 2: a mistake in the command.
    """
    from app.payloads import ingest_payload, totals
    from app.web_addresses import files_named

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        began = time.perf_counter()
        files, refused = files_named(opened.settings, paths)
        if queue:
            results = [*refused, *_queue(opened, files, collection, retry=retry)]
        else:
            results = _run(opened, files, refused, collection, workers, retry=retry, say=say, quiet=as_json, ray=ray)
        seconds = time.perf_counter() - began
        if as_json:
            print_json(ingest_payload(results, seconds))
        else:
            key = "queued_totals" if queue else "totals"
            out().print(say(key, workers=_workers(opened), **totals(results, seconds)), markup=False)
    if any(result.status == "failed" for result in results):
        raise typer.Exit(1)


def _run(
    library: Library,
    files: list[File],
    refused: list[FileResult],
    collection: str | None,
    workers: int | None,
    *,
    retry: bool,
    say: Voice,
    quiet: bool,
    ray: str | None = None,
) -> list[FileResult]:
    """Ingest with a progress bar on stderr and one line a file that changed or failed, ``refused`` ones first."""
    from app.progress import live
    from app.wiring_ray import ingest_over_ray

    results = []
    ingest = partial(ingest_over_ray, library, files, ray) if ray else partial(library.ingest, files)
    with live(say, len(files) + len(refused), quiet=quiet) as show:
        for result in chain(refused, ingest(collection, workers=workers, retry=retry, watch=show.embedding)):
            show(result)
            results.append(result)
    return results


def _queue(library: Library, files: list[File], collection: str | None, *, retry: bool) -> list[FileResult]:
    """Let files wait for a worker; those that need not be read are told at once."""
    from app.web_addresses import job_for
    from ingest.errors import IngestError
    from ingest.pipeline import FileResult, settled
    from store.errors import UnknownCollection
    from store.jobs import Jobs

    name = collection or library.settings.collection
    try:
        read = library.shelf(name).read
        known, failed = read.sources(), read.failures()
    except UnknownCollection:
        known, failed = {}, {}
    results, waiting = [], []
    for file in files:
        told = settled(file, known.get(file.path), failed.get(file.path), retry=retry)
        if not told:
            try:
                waiting.append(job_for(library, file, name))
            except IngestError as exc:  # of a web address: it is fetched now
                told = FileResult(file.path, "failed", str(exc), exc.code)
        results.append(told or FileResult(file.path, "queued"))
    Jobs(library.catalogue.engine).add(waiting)
    return results


def _workers(library: Library) -> int:
    from store.jobs import Jobs

    return len(Jobs(library.catalogue.engine).workers())


def status(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """What is on the shelf, and which files failed and why. No model is loaded."""
    from app.card_text import card_payload, remarks
    from app.document_cards import cards_of
    from app.payloads import status_payload
    from store.jobs import Jobs

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        readers = opened.readers()
        payload = status_payload(readers, Jobs(opened.catalogue.engine))
        cards = {reader.collection.name: cards_of(reader) for reader in readers}
    for each in payload["collections"]:
        for item in each["items"]:
            item |= card_payload(*cards[each["name"]].get(item["id"], (None, ())))
    if as_json:
        print_json(payload)
        return
    lines = [say("status_line", **payload)] if payload["collections"] else [say("empty_library")]
    for each in payload["collections"]:
        lines.append(f"\n{each['name']}: {say('status_line', **each)} ({each['embedder']}, {each['chunker']})")
        for item in each["items"]:
            paths = one_line(", ".join(item["paths"]))
            lines.append(f"  {item['id'][:8]}  {item['chunks']:>5}  {one_line(item['title'])}  ({paths})")
            known = cards[each["name"]].get(item["id"], (None, ()))
            lines += [f"  {'':8}  {'':>5}  ⚠ {remark}" for remark in remarks(*known, say.language)]
    _print([*lines, *_job_lines(payload["jobs"], say)])


def _job_lines(jobs: list[dict[str, Any]], say: Voice) -> list[str]:
    """What waits, is worked on or failed, each with its reason."""
    lines = [""] if jobs else []
    for job in jobs:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(job["since"]))
        reason = say.told(job["reason"])
        lines.append(say("job_line", **{**job, "state": say(job["state"]), "since": since, "reason": reason}))
    return lines


def delete(
    context: typer.Context,
    document: Annotated[str | None, typer.Argument(help="Path, id, file name or title.", show_default=False)] = None,
    collection: CollectionOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Remove a document, or a whole collection. The latter when only --collection is given; asks first."""
    if document is None and collection is None:
        raise typer.BadParameter("name a document, or a collection with --collection")
    from app.web_addresses import stored_name

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        shelf = opened.shelf(collection)
        if document is None:
            name, count = shelf.collection.name, shelf.read.counts().documents
            _confirm(say("confirm_collection", name=name, documents=count), say, yes=yes or as_json)
            opened.delete_collection(name)
            told, payload = say("deleted_collection", name=name), {"collection": name, "documents": count}
        else:
            document = stored_name(document)
            failed = _failed_path(shelf.read, document)
            if failed:
                opened.catalogue.remove_source(shelf.collection, failed)
                payload = {"collection": shelf.collection.name, "document": "", "paths": [failed]}
                _tell_deleted(payload, say("forgotten", path=failed), as_json=as_json)
                return
            found = shelf.read.document(document)
            _confirm(say("confirm_delete", title=found.title), say, yes=yes or as_json)
            gone = opened.delete_document(found.id, collection)
            told = say("deleted", title=gone.title, paths=", ".join(gone.paths))
            payload = {"collection": shelf.collection.name, "document": found.id, "paths": list(gone.paths)}
    _tell_deleted(payload, told, as_json=as_json)


def _failed_path(read: Reader, wanted: str) -> str | None:
    """The path that ``wanted`` names, where it failed and nothing of it is in the library; None for all others."""
    from store.jobs import Jobs

    given_up = (job.path for job in Jobs(read.engine).items("failed") if job.collection == read.collection.name)
    paths = {*read.failures(), *given_up} - read.sources().keys()
    return next((path for path in (wanted, str(Path(wanted).resolve())) if path in paths), None)


def _tell_deleted(payload: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": 1, "deleted": payload})
    else:
        _print([line])


def _confirm(question: str, say: Voice, *, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        _print([say("kept")])
        raise typer.Exit(0)


def _print(lines: Iterable[str]) -> None:
    console = out()
    for line in lines:
        console.print(line, markup=False)


COMMANDS: dict[str, Callable[..., None]] = {
    "ingest": ingest,
    "status": status,
    "inspect": inspect,
    "delete": delete,
    "fsck": fsck,
}
