"""The flags that narrow a search: documents, kinds, languages, folders, headings, tags, dates."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.wiring import Library
    from store.filters import Filters

Narrow = Mapping[str, Any]
"""What the flags were given, by their names; None for a flag that was not."""

FLAGS = {
    "document": (list[str], "Only this document: path, id, file name or title. May be repeated."),
    "type": (list[str], "Only documents of this kind, such as pdf or docx. May be repeated."),
    "language": (list[str], "Only documents in this language: zh or en. May be repeated."),
    "under": (list[str], "Only files below this folder: its path, or its name. May be repeated."),
    "heading": (list[str], "Only passages under a heading that holds these words. May be repeated."),
    "tag": (list[str], "Only documents that have this tag. May be repeated."),
    "since": (str, "Only files changed on or after this day: 2026-05-31."),
    "until": (str, "Only files changed on or before this day: 2026-05-31."),
}
"""The flags by name: what they take, and their help."""


def narrowed(command: Callable[..., None], *, without: frozenset[str] = frozenset()) -> Callable[..., None]:
    """A command with the flags of FLAGS but those of ``without``, given to it as the mapping ``narrow``.

    Typer reads the flags of a command from its signature; this writes them there, so that every command that searches
    has the same ones.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "narrow"]
    named = {f"only_{flag}": flag for flag in FLAGS if flag not in without}
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[FLAGS[flag][0] | None, typer.Option(f"--{flag}", help=FLAGS[flag][1])],
        )
        for name, flag in named.items()
    ]

    @wraps(command)
    def run(*arguments: Any, **values: Any) -> None:
        command(*arguments, narrow={flag: values.pop(name) for name, flag in named.items()}, **values)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    run.__signature__ = signature.replace(parameters=[*parameters, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*parameters, *added)}
    return run


def filters_of(library: Library, collection: str | None, narrow: Narrow) -> Filters:
    """What the flags say, documents by id, days in local time, ``until`` with its whole day.

    ``narrow`` maps names of FLAGS to what was given, None where nothing was. Raises UnknownDocument, UnknownCollection,
    and BadParameter for a day that is none, days in the wrong order, and a flag with nothing in it.
    """
    from store.filters import Filters
    from store.tags import tag_of

    since, until = narrow.get("since"), narrow.get("until")
    first, last = day("--since", since), day("--until", until)
    if first and last and last < first:
        raise typer.BadParameter(f"--since {since} is after --until {until}: swap them")
    given: dict[str, list[str]] = {flag: narrow.get(flag) or [] for flag, (kind, _) in FLAGS.items() if kind is not str}
    for flag, values in given.items():
        if any(not value.strip(" /") for value in values):
            raise typer.BadParameter(f"--{flag} is empty: give words, or leave it out")
    find = library.shelf(collection).read.document_id if given["document"] else str
    return Filters(
        documents=tuple(find(name) for name in given["document"]),
        kinds=tuple(kind.lower().removeprefix(".") for kind in given["type"]),
        languages=tuple(language.lower() for language in given["language"]),
        folders=tuple(_folder(folder) for folder in given["under"]),
        headings=tuple(given["heading"]),
        tags=tuple(tag_of(tag) for tag in given["tag"]),
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
