"""The flags that narrow a search to a part of the library: documents, kinds, languages, folders, headings, dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.wiring import Library
    from store.filters import Filters

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help="Only this document: path, id, file name or title. May be repeated."),
]
Kinds = Annotated[
    list[str] | None, typer.Option("--type", help="Only documents of this kind, such as pdf or docx. May be repeated.")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Only documents in this language: zh or en. May be repeated.")
]
Folders = Annotated[
    list[str] | None,
    typer.Option("--under", help="Only files below this folder: its path, or its name. May be repeated."),
]
Headings = Annotated[
    list[str] | None,
    typer.Option("--heading", help="Only passages under a heading that holds these words. May be repeated."),
]
Since = Annotated[str | None, typer.Option("--since", help="Only files changed on or after this day: 2026-05-31.")]
Until = Annotated[str | None, typer.Option("--until", help="Only files changed on or before this day: 2026-05-31.")]


def filters_of(
    library: Library,
    collection: str | None,
    *,
    documents: list[str] | None = None,
    kinds: list[str] | None = None,
    languages: list[str] | None = None,
    folders: list[str] | None = None,
    headings: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Filters:
    """What the flags say, documents by id, days in local time, ``until`` with its whole day.

    Raises UnknownDocument, UnknownCollection, and BadParameter for a day that is none or days in the wrong order.
    """
    from store.filters import Filters

    first, last = day("--since", since), day("--until", until)
    if first and last and last < first:
        raise typer.BadParameter(f"--since {since} is after --until {until}: swap them")
    given = {"--heading": headings, "--under": folders, "--document": documents}
    given |= {"--type": kinds, "--language": languages}
    for flag, values in given.items():
        if any(not value.strip(" /") for value in values or ()):
            raise typer.BadParameter(f"{flag} is empty: give words, or leave it out")
    find = library.shelf(collection).read.document_id if documents else str
    return Filters(
        documents=tuple(find(name) for name in documents or ()),
        kinds=tuple(kind.lower().removeprefix(".") for kind in kinds or ()),
        languages=tuple(language.lower() for language in languages or ()),
        folders=tuple(_folder(folder) for folder in folders or ()),
        headings=tuple(headings or ()),
        since=first.timestamp() if first else None,
        until=(last + timedelta(days=1)).timestamp() if last else None,
    )


def day(flag: str, text: str | None) -> datetime | None:
    """Midnight, local time, at which a day begins; None for none. Raises BadParameter for what is no day."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").astimezone()
    except ValueError:
        raise typer.BadParameter(f"{flag} {text}: write a day as 2026-05-31") from None


def _folder(text: str) -> str:
    """The folder as the library writes its paths: one that is there by its whole path, else the name as it stands."""
    path = Path(text).expanduser()
    return str(path.resolve()) if path.is_dir() else text.strip().replace("\\", "/")
