"""Commands on the whole library: backup, restore."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.care_words import told
from app.console import JsonOption, LibraryOption, out, print_json, session, voice

if TYPE_CHECKING:
    from app.wiring import Library
    from store.backup import Backup


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Write the whole library into one file with checksums. Others may go on reading and writing meanwhile.

    Settings and weights are not in it. It holds all documents and is readable by its owner alone.
    """
    from store.backup import write_backup

    if file.is_dir():
        raise typer.BadParameter(f"{file} is a folder: name a file in it")
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent} for {file.name}: make it first")
    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already: choose another name, or --force")
    with session(context).open(library) as opened:
        say, made = voice(opened.settings), write_backup(file, opened.catalogue, opened.originals)
    payload = _payload(file, made)
    line = told(say.language, "backed_up", file=file, bytes=file.stat().st_size, **made.counts)
    _tell({**payload, "bytes": file.stat().st_size}, [line], as_json=as_json)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `shujia backup` wrote.", show_default=False)],
    check: Annotated[bool, typer.Option("--check", help="Only read it and compare its checksums.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what the library holds; stop page, server, workers first.")
    ] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Bring a library back from a backup. The indexes are built anew and everything is checked as by `fsck`.

    Every checksum is compared before anything is written. Exit code 0: all agrees; 1: refused, or something disagrees.
    """
    from app.errands import Errands
    from store.backup import check_backup, restore_backup

    if check:
        made = check_backup(file)
        say, wrong = voice(session(context).settings(library)), {}
        lines = [told(say.language, "backup_good", file=file, **_dated(made), **made.counts)]
    else:
        with session(context).open(library) as opened:
            say, index = voice(opened.settings), opened.settings.library.expanduser() / "index"
            made = restore_backup(file, opened.catalogue, opened.originals, index, force=force)
            Errands(opened.settings.library).empty(but=file)  # what they made is of the library that was replaced
            wrong = _disagreements(opened)
        lines = [told(say.language, "restored", file=file, **_dated(made), **made.counts)]
        lines += [f"{name}: {say.told(each)}" for name, found in wrong.items() for each in found]
    _tell({**_payload(file, made), "restored": not check, "disagreements": wrong}, lines, as_json=as_json)
    if wrong:
        raise typer.Exit(1)


def _disagreements(library: Library) -> dict[str, list[str]]:
    """What disagrees in each collection, generations that stand beside one included."""
    from store.generations import Generations

    found: dict[str, list[str]] = {}
    for collection in library.catalogue.collections():
        for each in (collection, *Generations(library.catalogue).all_beside(collection.name)):
            shelf = library.shelf_of(each)
            shelf.follow(publish=True)
            found[collection.name] = found.get(collection.name, []) + shelf.disagreements()
    return {name: each for name, each in found.items() if each}


def _dated(made: Backup) -> dict[str, str]:
    return {"made": time.strftime("%Y-%m-%d %H:%M", time.localtime(made.made_at))}


def _payload(file: Path, made: Backup) -> dict[str, Any]:
    return {"file": str(file), "made_at": made.made_at, "schema": made.schema, "counts": dict(made.counts)}


def _tell(payload: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"version": 1, **payload})
    else:
        out().print("\n".join(lines), markup=False)


COMMANDS: dict[str, Callable[..., None]] = {"backup": backup, "restore": restore}
