"""Commands for administrators of a shared library: people."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.console import JsonOption, LibraryOption, err, out, print_json, session
from app.people_words import people_word
from app.words import language_of

people = typer.Typer(no_args_is_help=True, help="Who may use a shared library: names, passwords, administrators.")

WHO = "command line"  # in the audit log: whoever may write the library's folder

NameArgument = Annotated[str, typer.Argument(help="Name, e-mail or id of a person.", show_default=False)]
StdinOption = Annotated[bool, typer.Option("--stdin", help="Read the password from standard input, one line.")]


@people.command("add")
def add_person(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What is typed to sign in, in any case.", show_default=False)],
    email: Annotated[str, typer.Option(help="E-mail by which an OIDC provider names the person.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="May do everything, in every collection.")] = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Signs in by OIDC, or only uses keys.")] = False,
    stdin: StdinOption = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Add a person, and ask for a password twice."""
    from store.audit import Audit
    from store.people import People

    with session(context).open(library) as opened:
        engine, language = opened.catalogue.engine, language_of(opened.settings.language)
        known = People(engine).all()
        if not admin and not any(one.admin for one in known):
            err().print(people_word(language, "cli_first_admin"), markup=False)
        typed = None if no_password else _typed(stdin, language)
        made = People(engine).add(name, email=email, password=typed, admin=admin)
        Audit(engine).note(WHO, "add person", made.name)
        if opened.settings.login == "none":
            err().print(people_word(language, "cli_login_off"), markup=False)
    told(as_json, {"person": asdict(made)}, f"{made.id}  {made.name}")


@people.command("list")
def list_people(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """The people there are; never their passwords."""
    from store.people import People

    with session(context).open(library) as opened:
        found, language = People(opened.catalogue.engine).all(), language_of(opened.settings.language)
    marks: Callable[[Any], list[str]] = lambda one: [  # noqa: E731 - three words behind a name
        one.email or "",
        people_word(language, "admin") if one.admin else "",
        people_word(language, "disabled") if one.disabled_at else "",
    ]
    lines = [f"{one.id}  {'  '.join([one.name, *filter(None, marks(one))])}" for one in found]
    told(
        as_json,
        {"people": [asdict(one) for one in found]},
        "\n".join(lines) or people_word(language, "cli_no_people"),
    )


@people.command("remove")
def remove_person(
    context: typer.Context, name: NameArgument, as_json: JsonOption = False, library: LibraryOption = None
) -> None:
    """Remove a person with rights, sign-ins and keys, at once."""
    from store.people import People

    act(context, library, "remove person", lambda engine: People(engine).remove(name), as_json)


@people.command("password")
def set_password(
    context: typer.Context,
    name: NameArgument,
    stdin: StdinOption = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Give a person another password. Who is signed in with the old one is signed out."""
    from store.people import People

    language = language_of(session(context).settings(library).language)
    typed = _typed(stdin, language)
    act(context, library, "set password", lambda engine: People(engine).set_password(name, typed), as_json)


@people.command("disable")
def disable_person(
    context: typer.Context,
    name: NameArgument,
    back: Annotated[bool, typer.Option("--back", help="Let the person in again.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Shut a person out at once. Sign-ins and keys stop working, rights are kept."""
    from store.people import People

    verb = "enable person" if back else "disable person"
    act(context, library, verb, lambda engine: People(engine).disable(name, back=back), as_json)


@people.command("admin")
def make_admin(
    context: typer.Context,
    name: NameArgument,
    no_longer: Annotated[bool, typer.Option("--not", help="No longer an administrator.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Make a person an administrator, who may do everything."""
    from store.people import People

    verb = "no admin" if no_longer else "make admin"
    act(context, library, verb, lambda engine: People(engine).set_admin(name, not no_longer), as_json)


def act(
    context: typer.Context,
    library: Any,
    verb: str,
    action: Callable[[Any], Any],
    as_json: bool,
    about: Callable[[Any], str] = lambda made: str(made.name),
) -> None:
    """Do something to a person, a group or a right, and write it down; ``about`` names what ``action`` gave."""
    from store.audit import Audit

    with session(context).open(library) as opened:
        engine = opened.catalogue.engine
        done = action(engine)
        named = about(done)
        Audit(engine).note(WHO, verb, named)
    told(as_json, {"done": verb, **asdict(done)}, f"{verb}: {named}")


def told(as_json: bool, payload: dict[str, Any], text: str) -> None:
    """Print one JSON object, or the text."""
    if as_json:
        print_json({"version": 1, **payload})
    else:
        out().print(text, markup=False)


def _typed(stdin: bool, language: Any) -> str:
    """A password, hidden and twice from the terminal, or one line of standard input; never an argument."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt(people_word(language, "cli_password"), hide_input=True, confirmation_prompt=True)
    return asked
