"""Commands on what the library's things are called: rename a collection, tag documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli_people import WHO
from app.console import CollectionOption, JsonOption, LibraryOption, err, out, print_json, session, voice
from app.library_words import library_word
from app.terminal_text import one_line

if TYPE_CHECKING:
    from store.shelf import Shelf


def rename(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="The collection.", show_default=False)],
    new: Annotated[str, typer.Argument(help="Its new name, in any script.", show_default=False)],
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Give a collection another name. Rights, waiting files, keys, chats and feedback go with it.

    Example: shujia rename default handbooks
    """
    from store.audit import Audit
    from store.renaming import rename_collection

    with session(context).open(library) as opened:
        engine, say = opened.catalogue.engine, voice(opened.settings)
        after = rename_collection(engine, old, new)
        Audit(engine).note(WHO, "rename", f"{old} → {after}")
        if opened.settings.collection == old != after:
            err().print(library_word(say.language, "rename_default", name=old), markup=False)
    if as_json:
        print_json({"version": 1, "collection": after, "before": old})
    else:
        out().print(f"{one_line(old)} → {one_line(after)}", markup=False)


def tag(
    context: typer.Context,
    document: Annotated[str | None, typer.Argument(help="Path, id, file name or title.", show_default=False)] = None,
    add: Annotated[list[str] | None, typer.Option(help="Give it this tag; may be repeated.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Take this tag away; may be repeated.")] = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Show the tags of documents, or change those of one. Questions can be narrowed to a tag.

    Example: shujia tag handbook.pdf --add safety
    """
    from store.tags import Tags

    if document is None and (add or remove):
        raise typer.BadParameter("name the document whose tags change; see: shujia status")
    with session(context).open(library) as opened:
        say, shelf = voice(opened.settings), opened.shelf(collection)
        tags = Tags(opened.catalogue.engine, shelf.collection)
        if document is None:
            documents = _tagged(shelf, tags.all())
        else:
            identity = shelf.read.document_id(_stored(document))
            kept = tags.all().get(identity, ())
            if add or remove:
                kept = tags.put(identity, _changed(kept, add or (), remove or ()))
            documents = _tagged(shelf, {identity: kept})
    counted = Counter(each for one in documents for each in one["tags"])
    if as_json:
        told = [{"tag": name, "documents": count} for name, count in sorted(counted.items())]
        print_json({"version": 1, "collection": shelf.collection.name, "tags": told, "documents": documents})
        return
    lines = [f"{one_line(one['title'])}  {' · '.join(f'#{each}' for each in one['tags'])}" for one in documents]
    lines += [f"#{name}  {count}" for name, count in sorted(counted.items())] if document is None else []
    out().print("\n".join(line.rstrip() for line in lines) or library_word(say.language, "no_tags"), markup=False)


def _stored(document: str) -> str:
    from app.web_addresses import stored_name

    return stored_name(document)


def _changed(before: Iterable[str], add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """The tags after the change. Raises BadParameter for a tag of nothing, and for too many."""
    from store.tags import MOST, tag_of

    for one in (*add, *remove):
        if not tag_of(one):
            raise typer.BadParameter(f"{one!r} is no tag: give letters, digits or signs that can be seen")
    after = {*before, *map(tag_of, add)} - {*map(tag_of, remove)}
    if len(after) > MOST:
        raise typer.BadParameter(f"a document has at most {MOST} tags, these would be {len(after)}")
    return sorted(after)


def _tagged(shelf: Shelf, tags: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """The documents with their tags, by title."""
    titles = {card.id: card.title for card in shelf.read.cards()}
    found = [{"document": one, "title": titles.get(one, ""), "tags": list(held)} for one, held in tags.items()]
    return sorted(found, key=lambda one: (str(one["title"]), str(one["document"])))


COMMANDS: dict[str, Callable[..., None]] = {"rename": rename, "tag": tag}
