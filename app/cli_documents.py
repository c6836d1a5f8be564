"""Commands on documents: ingest, status, inspect, delete, fsck."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, Voice, err, out, print_json, session, voice

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.files import File
    from ingest.pipeline import FileResult, Progress


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; folders are walked.", show_default=False)],
    collection: CollectionOption = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that read files.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Read files again that failed before.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Put files or folders on the shelf; what has not changed is left alone.

    Exit code 0: all is there; 1: some files failed, each with its reason; 2: a mistake in the command.
    """
    from app.payloads import ingest_payload, totals
    from ingest.files import discover

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        began = time.perf_counter()
        files = list(discover(paths))
        results = _run(opened, files, collection, workers, retry=retry, say=say, quiet=as_json)
        seconds = time.perf_counter() - began
        if as_json:
            print_json(ingest_payload(results, seconds))
        else:
            out().print(say("totals", **totals(results, seconds)), markup=False)
    if any(result.status == "failed" for result in results):
        raise typer.Exit(1)


def _run(
    library: Library,
    files: list[File],
    collection: str | None,
    workers: int | None,
    *,
    retry: bool,
    say: Voice,
    quiet: bool,
) -> list[FileResult]:
    """Ingest with a progress bar on stderr and one line a file that changed or failed."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    console = err()
    with Bars(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=quiet) as bars:
        task = bars.add_task(say("reading"), total=len(files))

        def watch(progress: Progress) -> None:
            bars.update(task, description=say("embedding", done=progress.texts, total=progress.texts_total))

        results = []
        for result in library.ingest(files, collection, workers=workers, retry=retry, watch=watch):
            results.append(result)
            bars.update(task, advance=1, description=say("reading"))
            if not quiet and result.status != "unchanged":
                console.print(_line(result, say), markup=False)
    return results


def _line(result: FileResult, say: Voice) -> str:
    detail = say("chunks_of", chunks=result.chunks) if result.chunks else ""
    return "  ".join(part for part in (say(result.status), result.path, detail, result.reason) if part)


def status(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """What is on the shelf: collections, documents, chunks, and why files failed."""
    from app.payloads import status_payload

    with session(context).open(library) as opened:
        say, payload = voice(opened.settings), status_payload(opened.readers())
    if as_json:
        print_json(payload)
        return
    lines = [say("status_line", **payload)] if payload["collections"] else [say("empty_library")]
    for each in payload["collections"]:
        lines.append(f"\n{each['name']}: {say('status_line', **each)} ({each['embedder']}, {each['chunker']})")
        lines += [
            f"  {card['id'][:8]}  {card['chunks']:>5}  {card['title']}  ({', '.join(card['paths'])})"
            for card in each["items"]
        ]
        lines += [f"  {say('failed')}: {failure['path']}: {failure['reason']}" for failure in each["failures"]]
    _print(lines)


def inspect(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Path, id, file name or title.", show_default=False)],
    text: Annotated[bool, typer.Option("--text", help="Print exactly the text that the spans index.")] = False,
    chunks: Annotated[bool, typer.Option("--chunks", help="Print how it was cut.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """What was read from a document and how it was cut."""
    import sys

    from app.payloads import inspect_payload

    with session(context).open(library) as opened:
        read = opened.shelf(collection).read
        found = read.document(document)
        cut = read.chunks(found.id)
    if as_json:
        print_json(inspect_payload(found, cut))
        return
    if text:
        sys.stdout.write(found.text)
        return
    lines = [f"{found.title}  ({found.kind}, {found.language}, {len(found.text)} characters, {len(cut)} chunks)"]
    lines += [f"! {warning}" for warning in found.warnings]
    for chunk in cut:
        place = f"p. {chunk.page}  " if chunk.page else ""
        lines.append(
            f"\n#{chunk.ordinal}  {place}{chunk.start}–{chunk.end}  {chunk.tokens} tokens  {' > '.join(chunk.headings)}"
        )
        lines += (
            [chunk.text] if chunks else [chunk.text[:100].replace("\n", " ") + ("…" if len(chunk.text) > 100 else "")]
        )
    _print(lines)


def delete(
    context: typer.Context,
    document: Annotated[str | None, typer.Argument(help="Path, id, file name or title.", show_default=False)] = None,
    collection: CollectionOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Remove a document, or a whole collection when only --collection is given. Asks first."""
    if document is None and collection is None:
        raise typer.BadParameter("name a document, or a collection with --collection")
    with session(context).open(library) as opened:
        say = voice(opened.settings)
        shelf = opened.shelf(collection)
        if document is None:
            name, count = shelf.collection.name, shelf.read.counts().documents
            _confirm(say("confirm_collection", name=name, documents=count), say, yes=yes or as_json)
            opened.delete_collection(name)
            told, payload = say("deleted_collection", name=name), {"collection": name, "documents": count}
        else:
            found = shelf.read.document(document)
            _confirm(say("confirm_delete", title=found.title), say, yes=yes or as_json)
            gone = opened.delete_document(found.id, collection)
            told = say("deleted", title=gone.title, paths=", ".join(gone.paths))
            payload = {"collection": shelf.collection.name, "document": found.id, "paths": list(gone.paths)}
    if as_json:
        print_json({"version": 1, "deleted": payload})
    else:
        _print([told])


def fsck(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild the indexes of what disagrees.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Prove that catalogue, dense and keyword index agree. Exit code 0 only when they do."""
    lines, found, bad = [], [], False
    with session(context).open(library) as opened:
        say = voice(opened.settings)
        for reader in opened.readers():
            name = reader.collection.name
            shelf = opened.shelf(name)
            problems = shelf.disagreements()
            if problems and repair:
                shelf.rebuild()
                lines.append(say("repaired", name=name))
                problems = shelf.disagreements()
            bad = bad or bool(problems)
            found.append({"name": name, "chunks": reader.counts().chunks, "disagreements": problems})
            key = "disagrees" if problems else "agrees"
            lines.append(say(key, name=name, chunks=reader.counts().chunks, count=len(problems)))
            lines += [f"  {problem}" for problem in problems]
    if as_json:
        print_json({"version": 1, "agrees": not bad, "collections": found})
    else:
        _print(lines or [say("empty_library")])
    if bad:
        raise typer.Exit(1)


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
