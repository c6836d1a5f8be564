"""Commands on files that wait or failed: retry, worker."""

from __future__ import annotations

import shlex
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, WorkersOption, err, out, print_json, session, voice

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.files import File
    from ingest.pipeline import FileResult, Ingestion
    from store.jobs import Job


def retry(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Paths as `status` tells them; without, all.", show_default=False),
    ] = None,
    workers: WorkersOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Read files again that failed before.

    Exit code 0: all are there now; 1: some failed again, each with its reason; 2: a mistake in the command.
    """
    from app.payloads import ingest_payload, totals
    from app.progress import live
    from ingest.pipeline import FileResult

    with session(context).open(library) as opened:
        say, began = voice(opened.settings), time.perf_counter()
        found, gone = _failed(opened, collection, paths or [])
        results = [FileResult(path, "failed", reason, "unreadable") for path, reason in gone.items()]
        with live(say, len(found), quiet=as_json) as show:
            for result in opened.ingest(found, collection, workers=workers, retry=True, watch=show.embedding):
                show(result)
                results.append(result)
        seconds = time.perf_counter() - began
    if as_json:
        print_json(ingest_payload(results, seconds))
    else:
        for path, reason in gone.items():
            err().print(f"{say('failed')}  {path}  {say.told(reason)}", markup=False)
        out().print(say("totals", **totals(results, seconds)), markup=False)
    if any(result.status == "failed" for result in results):
        raise typer.Exit(1)


def _failed(library: Library, collection: str | None, wanted: list[str]) -> tuple[list[File], dict[str, str]]:
    """Files that failed and can be read again, and paths that cannot, with the reason."""
    from app.web_addresses import page_file
    from ingest.inside import inside, outermost
    from ingest.queued import file_of
    from ingest.url_guard import UrlRefused, is_url
    from store.errors import UnknownDocument
    from store.jobs import Job, Jobs

    shelf = library.shelf(collection)
    queued = [job for job in Jobs(library.catalogue.engine).items("failed") if job.collection == shelf.collection.name]
    jobs = {job.path: job for job in queued}
    failures = shelf.read.failures()
    # What failed inside an archive or a message is read again with it.
    paths = [*dict.fromkeys(map(outermost, wanted))] or sorted({outermost(path) for path in (*failures, *jobs)})
    found, gone = [], {}
    for path in paths:
        if path not in failures and path not in jobs and not inside(path, failures):
            raise UnknownDocument(f"{path!r} has not failed in {shelf.collection.name!r}; see: shujia status")
        job = jobs.get(path) or Job(shelf.collection.name, path, 0, 0)
        web = is_url(path) and job.content is None
        try:
            file: File | None = page_file(library.settings, path) if web else file_of(job, library.originals)
        except UrlRefused as exc:  # the settings allowed it once
            gone[path] = str(exc)
            continue
        if file is None or (path.startswith("upload/") and file.data is None):
            gone[path] = "its bytes are not kept: upload it again"
        elif file.location and not file.location.exists():
            gone[path] = f"no longer there; forget it with: shujia delete {shlex.quote(path)}"
        else:
            found.append(file)
    return found, gone


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Take files from the queue until Ctrl-C. Those of `ingest --queue` and of uploads; start several for more speed.

    Exit code 0: it ended well; 1: with --once, files were given up.
    """
    from ingest.worker import Worker
    from store.jobs import Jobs

    with session(context).open(library) as opened:
        say, results = voice(opened.settings), []

        def told(job: Job, result: FileResult) -> None:
            from app.progress import line

            results.append({"collection": job.collection, **_told(result)})
            if not as_json:
                err().print(f"{job.collection}  {line(result, say)}", markup=False)

        def open_one(name: str, moves: Callable[[], None]) -> AbstractContextManager[Ingestion]:
            from app.wiring_ingest import open_ingestion

            return open_ingestion(opened, name, workers=workers, watch=lambda _: moves())

        jobs = Jobs(opened.catalogue.engine)
        one = Worker(jobs, opened.originals, open_one, told)
        _end_on_signal(one.ending)
        if not as_json:
            err().print(say("worker_ready"), markup=False)
        one.run(until_empty=once)
    if as_json:
        print_json({"version": 1, "documents": results})
    if once and any(result["status"] == "failed" for result in results):
        raise typer.Exit(1)


def _told(result: FileResult) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(result)


def _end_on_signal(ending: threading.Event) -> None:
    """The first Ctrl-C or TERM ends after the file in hand, the second at once."""
    if threading.current_thread() is not threading.main_thread():
        return

    def end(number: int, _frame: object) -> None:
        if ending.is_set():
            raise KeyboardInterrupt
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


COMMANDS: dict[str, Callable[..., None]] = {"retry": retry, "worker": worker}
