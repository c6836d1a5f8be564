"""What all commands share: the session's settings and library, and how things are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.terminal_text import console_of
from app.words import Language, language_of, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    from app.settings import Settings
    from app.wiring import Library


def a_name(value: str | None) -> str | None:
    """Refuse an empty name: an unset variable of a shell must never mean the default collection."""
    if value is not None and not value.strip():
        raise typer.BadParameter(f"{value!r} names no collection: give a name, or leave it out")
    return value


LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Folder that holds all state; else the setting `library`.")
]
CollectionOption = Annotated[
    str | None,
    typer.Option("--collection", "-c", callback=a_name, help="Collection, by any name; else the setting `collection`."),
]
OneCollectionOption = Annotated[
    str | None,
    typer.Option("--collection", "-c", callback=a_name, help="Only this collection; else all of them."),
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, max=64, help="Processes that read files; else the setting `workers`.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command line; ``library`` is what stood before the command."""

    library: Path | None

    def settings(self, library: Path | None, **overrides: Any) -> Settings:
        """The effective settings; a ``--library`` after the command wins over one before it."""
        from app.settings import load

        return load(library=library or self.library, **overrides)

    @contextmanager
    def open(self, library: Path | None, **overrides: Any) -> Iterator[Library]:
        """The library, closed at the end."""
        from app.wiring import Library

        with Library(self.settings(library, **overrides)) as opened:
            yield opened


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    return found or Session(None)


def print_json(payload: dict[str, Any]) -> None:
    """One JSON object on stdout, readable, Chinese as it is."""
    sys.stdout.write(json.dumps(payload, ensure_ascii=False, indent=2, default=str) + "\n")


def out() -> Console:
    """Where answers go."""
    return console_of(stderr=False)


def err() -> Console:
    """Where progress and errors go, so that stdout can be piped."""
    return console_of(stderr=True)


_made_by: list[Callable[[], Progress]] = []


def show_bars_by(make: Callable[[], Progress]) -> None:
    """Let other bars be shown than those on standard error: an errand has no terminal."""
    _made_by[:] = [make]


def label_column() -> TextColumn:
    """The name of a bar as it is written: ``recursive:100:`` holds no emoji and ``[a]`` is no style."""
    from rich.progress import TextColumn

    return TextColumn("{task.description}", markup=False)


def bars_of(*, quiet: bool) -> Progress:
    """Bars on standard error: what, how many of how many, the time gone and the time left; none when ``quiet``."""
    if _made_by:
        return _made_by[0]()
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [label_column(), BarColumn(bar_width=24), MofNCompleteColumn()]
    times = [TimeElapsedColumn(), TimeRemainingColumn()]
    # The estimate looks back two minutes: documents are committed in batches, not one by one.
    return Progress(*columns, *times, console=err(), disable=quiet, speed_estimate_period=120)


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things in the session's language."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The words for ``key`` with the values filled in."""
        return say(self.language, key, **values)

    def told(self, message: str) -> str:
        """An error or a reason, worded in English where it was raised, in that language."""
        from app.error_words import error_text

        return error_text(message, self.language)


def voice(settings: Settings) -> Voice:
    """The voice for these settings."""
    return Voice(language_of(settings.language))
