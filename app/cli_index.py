"""Commands on whole collections: reindex, export, import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, Voice, a_name, out, print_json, session, voice

if TYPE_CHECKING:
    from app.reindexing import Outcome
    from app.wiring import Library


def reindex(
    context: typer.Context,
    embedder: Annotated[str | None, typer.Option(help="Embedder of the new generation.")] = None,
    chunker: Annotated[str | None, typer.Option(help="Chunker of the new generation, as NAME or NAME:TOKENS.")] = None,
    gate: Annotated[
        Path | None, typer.Option(help="Cases file: switch only if the new generation finds no less.")
    ] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Let the generation before answer again.")] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Remove the generation before.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Build a collection anew beside the old one, then switch to it. Without flags, as the settings say.

    Exit code 0: switched; 1: not switched, and why; 2: a mistake in the command. The generation before is kept until
    `--drop-old` or the next reindex.
    """
    if (rollback or drop_old) and (embedder or chunker or gate or (rollback and drop_old)):
        raise typer.BadParameter("--rollback and --drop-old stand alone")
    from app import reindexing

    with session(context).open(library) as opened:
        say, name = voice(opened.settings), collection or opened.settings.collection
        if drop_old:
            reindexing.drop_old(opened, name)
            _tell({"collection": name, "dropped": True}, say("dropped_old", name=name), as_json=as_json)
            return
        outcome = _run(opened, name, embedder, chunker, gate, rollback=rollback, say=say, quiet=as_json)
    payload: dict[str, Any] = {"collection": name, "switched": outcome.switched, "documents": outcome.documents}
    payload |= {"embedded": outcome.embedded, "embedder": outcome.collection.embedder}
    payload |= {"chunker": outcome.collection.chunker, "failed": [asdict(one) for one in outcome.failed]}
    payload["gate"] = asdict(outcome.gate) | {"passed": outcome.gate.passed} if outcome.gate else None
    _tell(payload, "\n".join(_lines(outcome, name, say, rollback=rollback)), as_json=as_json)
    if not outcome.switched:
        raise typer.Exit(1)


def _run(
    library: Library,
    name: str,
    embedder: str | None,
    chunker: str | None,
    gate: Path | None,
    *,
    rollback: bool,
    say: Voice,
    quiet: bool,
) -> Outcome:
    from app.progress import live
    from app.reindexing import Report, reindex, roll_back
    from ingest.chunkers import chunker as cutter

    with live(say, 0, quiet=quiet) as show:
        report = Report(show.extend, show, show.embedding)
        if rollback:
            return roll_back(library, name, report=report)
        cut = cutter(chunker, library.settings.chunk_tokens) if chunker else library.chunker
        own = library.embedder
        chosen = own if embedder in (None, own.name) else library.embedder_named(str(embedder))
        return reindex(library, name, chosen, cut, gate=gate, report=report)


def _lines(outcome: Outcome, name: str, say: Voice, *, rollback: bool) -> list[str]:
    lines = []
    if outcome.gate:
        key = "gate_passed" if outcome.gate.passed else "gate_failed"
        lines.append(say(key, **asdict(outcome.gate)))
    if outcome.failed:
        lines.append(say("reindex_failed", count=len(outcome.failed)))
    made = outcome.collection
    switched = "rolled_back" if rollback else "reindexed"
    key = switched if outcome.switched else "not_switched"
    lines.append(say(key, name=name, embedder=made.embedder, chunker=made.chunker, documents=outcome.documents))
    return lines


def export(
    context: typer.Context,
    name: Annotated[str, typer.Argument(callback=a_name, help="The collection.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Write a collection into one file with checksums. Texts, chunks, vectors and originals."""
    from store.bundle_write import write_bundle

    if file.is_dir():
        raise typer.BadParameter(f"{file} is a folder: name a file in it")
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent} for {file.name}: make it first")
    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already: choose another name, or --force")
    with session(context).open(library) as opened:
        say, shelf = voice(opened.settings), opened.shelf(name)
        counts = write_bundle(file, shelf.read, opened.originals)
    payload = {"collection": name, "file": str(file), "bytes": file.stat().st_size, **counts}
    _tell(payload, say("exported", **payload), as_json=as_json)


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `shujia export` wrote.", show_default=False)],
    name: Annotated[
        str | None, typer.Option("--as", callback=a_name, help="Name of the collection; its old one without.")
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Take in a collection from one file. It answers as the exported one did; nothing is embedded again.

    Every checksum is compared before anything is written.
    """
    from store.bundle_read import read_bundle

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        made, counts = read_bundle(file, opened.catalogue, opened.originals, name)
        opened.shelf(made.name).follow(publish=True)
    payload = {"collection": made.name, "file": str(file), **counts}
    _tell(payload, say("imported", **payload), as_json=as_json)


def _tell(payload: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": 1, **payload})
    else:
        out().print(line, markup=False)


COMMANDS: dict[str, Callable[..., None]] = {"reindex": reindex, "export": export, "import": import_}
