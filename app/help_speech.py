"""Help and mistakes of the command line in the reader's language.

Click makes the English ones itself. Where the reader's language is Chinese, the classes here write the Chinese ones
instead: ``speak`` gives them to every command of the tree. Nothing is read before help is asked for or a command is
mistyped, so that other commands start as fast.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from app.words import Language, language_of

_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]  # click's UsageError, which Typer keeps to itself


def reader_language() -> Language:
    """The language as the settings decide it, without loading them: pydantic takes a third of a second.

    A settings file that cannot be read has no say: help must come whatever is wrong.
    """
    return language_of(os.environ.get("SHUJIA_LANGUAGE") or _language_of_file())


def _language_of_file() -> str:
    import tomllib

    file = Path(os.environ.get("SHUJIA_CONFIG") or "shujia.toml")
    try:
        return str(tomllib.loads(file.read_text(encoding="utf-8")).get("language", "auto"))
    except (OSError, ValueError):  # not there, no UTF-8, no TOML
        return "auto"


def _write_help(command: Any, ctx: Any, formatter: Any) -> None:
    from app.help_screen import help_screen

    formatter.write(help_screen(command, ctx, formatter.width))


def _write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    from app.help_screen import usage_lines

    formatter.write("\n".join(usage_lines(command, ctx, formatter.width)) + "\n")


class _Spoken:
    """Help in the reader's language, before a class of Typer's."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The whole screen."""
        if reader_language() == "zh":
            _write_help(self, ctx, formatter)
        else:
            super().format_help(ctx, formatter)  # type: ignore[misc]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line that shows how the command is written, above a mistake too."""
        if reader_language() == "zh":
            _write_usage(self, ctx, formatter)
        else:
            super().format_usage(ctx, formatter)  # type: ignore[misc]


class SpokenCommand(_Spoken, TyperCommand):
    """A command whose help is in the reader's language."""


class SpokenGroup(_Spoken, TyperGroup):
    """A group of commands whose help is in the reader's language."""


class SpokenRoot(SpokenGroup):
    """The `shujia` command itself: every mistake in a command passes through it."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the command line up to the command's name."""
        with _mistakes_told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Read the rest and run the command."""
        with _mistakes_told():
            return super().invoke(ctx)


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """Say in Chinese what is wrong with a command, with click's exit code; in English click says it itself."""
    try:
        yield
    except (_USAGE_ERROR, typer.Abort) as mistake:
        if reader_language() != "zh" or type(mistake).__name__ == "NoArgsIsHelpError":  # that one shows the help
            raise
        from app.usage_mistakes import mistake_screen

        typer.echo(mistake_screen(mistake), err=True)
        raise typer.Exit(getattr(mistake, "exit_code", 1)) from mistake


def speak(app: typer.Typer) -> None:
    """Give every command and group of ``app`` its voice; called once, when all of them are there."""
    app.info.cls = SpokenRoot
    _speak(app)


def _speak(app: typer.Typer) -> None:
    for command in app.registered_commands:
        command.cls = SpokenCommand
    for group in app.registered_groups:
        group.cls = SpokenGroup
        if group.typer_instance is not None:
            _speak(group.typer_instance)
