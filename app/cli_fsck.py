"""`shujia fsck`: whether everything agrees, what was mended on the way, and the repair of what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import JsonOption, LibraryOption, Voice, out, print_json, session, voice

if TYPE_CHECKING:
    from app.wiring import Library


def fsck(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what is wrong, from the files, the originals, the catalogue.")
    ] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Prove that catalogue, originals, dense and keyword index agree. Exit code 0 only when they do."""
    lines: list[str] = []
    with session(context).open(library) as opened:
        say = voice(opened.settings)
        found = [_examined(opened, reader.collection.name, repair, say, lines) for reader in opened.readers()]
    # An index that was rebuilt because it was damaged is a finding, unless mending was what the command was for.
    bad = any(one["disagreements"] or one["lost"] or (one["mended"] and not repair) for one in found)
    if as_json:
        print_json({"version": 1, "agrees": not bad, "collections": found})
    else:
        for line in lines or [say("empty_library")]:
            out().print(line, markup=False)
    if bad:
        raise typer.Exit(1)


def _examined(library: Library, name: str, repair: bool, say: Voice, lines: list[str]) -> dict[str, Any]:
    """What is wrong with a collection, after the repair if that is wanted; says it in ``lines``."""
    from app.mending import mend, problems_of

    shelf = library.shelf(name)
    problems, lost = problems_of(library, name), list[str]()
    mended = list(shelf.mended)  # before the repair, which builds both indexes anew by itself
    if problems and repair:
        lost = mend(library, name)
        lines.append(say("repaired", name=name))
        problems = problems_of(library, name)
    chunks = shelf.read.counts().chunks
    lines.append(say("disagrees" if problems else "agrees", name=name, chunks=chunks, count=len(problems)))
    lines += [f"  {say.told(one)}" for one in (*mended, *problems, *lost)]
    return {"name": name, "chunks": chunks, "disagreements": problems, "lost": lost, "mended": mended}
