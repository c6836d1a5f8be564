"""The `shujia` command. Heavy parts are imported by the command that needs them, so `--help` answers at once."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app import (
    cli_backup,
    cli_chats,
    cli_doctor,
    cli_documents,
    cli_eval,
    cli_eval_tuning,
    cli_index,
    cli_jobs,
    cli_library,
    cli_models,
    cli_people,
    cli_people_rights,
    cli_questions,
    cli_replay,
    cli_serve,
    cli_sync,
    cli_why_not,
)
from app.console import Session
from app.help_speech import reader_language, speak
from app.terminal_text import terminal_text

app = typer.Typer(
    name="shujia",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Shujia 书架: answers from your own documents, in Chinese and English, every sentence cited and checked.\n\n"
        "Put documents on the shelf with `ingest`, then `ask`, or open the page with `ui`."
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"shujia {importlib.metadata.version('shujia')}")
        except importlib.metadata.PackageNotFoundError:
            typer.echo("shujia, not installed: run from its folder")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    library: Annotated[
        Path | None, typer.Option("--library", help="Folder that holds all state; else the setting `library`.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Global options."""
    context.obj = Session(library)


GROUPS = (cli_documents, cli_sync, cli_jobs, cli_index, cli_questions, cli_replay, cli_why_not, cli_models, cli_serve)
for group in (*GROUPS, cli_library, cli_backup, cli_doctor):
    for name, command in group.COMMANDS.items():
        app.command(name)(command)
app.command("tune")(cli_eval_tuning.tune)
app.add_typer(cli_eval.commands, name="eval")
app.add_typer(cli_models.models, name="models")
app.add_typer(cli_chats.chats, name="chats")
app.add_typer(cli_serve.keys, name="keys")
app.add_typer(cli_people.people, name="people")
app.add_typer(cli_people_rights.groups, name="groups")
app.add_typer(cli_people_rights.rights, name="rights")
app.command("audit")(cli_people_rights.audit)
speak(app)  # help in the reader's language

INTERRUPTED = 130  # exit code after Ctrl-C


def main() -> None:
    """Run the command line; an expected error is one line on stderr and exit code 2 (usage) or 1 (the rest)."""
    sys.exit(run(lambda: app(prog_name="shujia")))


def run(command: Callable[[], Any]) -> int:
    """Run a command and turn expected errors into a line and an exit code; anything else is raised."""
    try:
        command()
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:  # what Typer makes of a Ctrl-C
            raise
        told = _in_readers_language("interrupted; nothing committed is lost, the same command goes on from there")
        sys.stderr.write(f"\n{told}\n")
        return INTERRUPTED
    except Exception as exc:
        from app.mistakes import exit_code

        code = exit_code(exc)
        if code is None:
            raise
        sys.stderr.write(f"shujia: {terminal_text(_in_readers_language(str(exc)))}\n")
        return code
    return 0


def _in_readers_language(message: str) -> str:
    from app.error_words import error_text

    return error_text(message, reader_language())
