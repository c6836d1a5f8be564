"""Commands for administrators of a shared library: groups, rights, and the audit log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.cli_people import WHO, act, told
from app.console import JsonOption, LibraryOption, session
from app.people_words import people_word
from app.words import language_of

groups = typer.Typer(no_args_is_help=True, help="Groups of people, to whom rights can be given.")
rights = typer.Typer(no_args_is_help=True, help="Who may read, edit or own which collection.")

GroupOption = Annotated[bool, typer.Option("--group", help="NAME is a group, not a person.")]


@groups.command("add")
def add_group(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the group.", show_default=False)],
    members: Annotated[list[str] | None, typer.Argument(help="People who join it.", show_default=False)] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Make a group, or let people join one that is there."""
    from store.people_errors import UnknownGroup
    from store.people_groups import Groups

    def join(engine: Any) -> Any:
        found = Groups(engine)
        try:
            group = found.get(name)
        except UnknownGroup:
            group = found.add(name)
        for member in members or ():
            group = found.join(name, member)
        return group

    act(context, library, "join group" if members else "add group", join, as_json)


@groups.command("list")
def list_groups(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """The groups and who is in them."""
    from store.people_groups import Groups

    with session(context).open(library) as opened:
        found, language = Groups(opened.catalogue.engine).all(), language_of(opened.settings.language)
    lines = [f"{group.name}: {', '.join(group.members)}" for group in found]
    told(
        as_json,
        {"groups": [asdict(group) for group in found]},
        "\n".join(lines) or people_word(language, "cli_no_groups"),
    )


@groups.command("remove")
def remove_group(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the group.", show_default=False)],
    members: Annotated[list[str] | None, typer.Argument(help="People who leave it.", show_default=False)] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Take people out of a group, or remove it. The group goes with its rights where nobody is named."""
    from store.people_groups import Groups

    def leave(engine: Any) -> Any:
        found = Groups(engine)
        if not members:
            return found.remove(name)
        for member in members:
            group = found.leave(name, member)
        return group

    act(context, library, "leave group" if members else "remove group", leave, as_json)


@rights.command("grant")
def grant(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Person, or group with --group.", show_default=False)],
    collection: Annotated[str, typer.Argument(help="Collection.", show_default=False)],
    role: Annotated[str, typer.Argument(help="reader, editor or owner.", show_default=False)],
    group: GroupOption = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Give a person or a group a role in a collection. It takes the place of the one held before."""
    from store.people_rights import ROLES, Kind, Rights, Role

    if role not in ROLES:
        raise typer.BadParameter(f"{role!r}: choose one of {', '.join(ROLES)}")
    kind: Kind = "group" if group else "person"
    given: Role = next(one for one in ROLES if one == role)
    act(
        context, library, "grant", lambda engine: Rights(engine).grant(kind, name, collection, given), as_json,
        lambda made: f"{made.collection}: {made.name} {made.role}",
    )  # fmt: skip


@rights.command("revoke")
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Person, or group with --group.", show_default=False)],
    collection: Annotated[str, typer.Argument(help="Collection.", show_default=False)],
    group: GroupOption = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Take a role away, at once."""
    from store.audit import Audit
    from store.people_rights import Rights

    with session(context).open(library) as opened:
        engine, language = opened.catalogue.engine, language_of(opened.settings.language)
        gone = Rights(engine).revoke("group" if group else "person", name, collection)
        if gone:
            Audit(engine).note(WHO, "revoke", f"{collection}: {name}")
    line = people_word(language, "cli_removed", name=f"{name} · {collection}") if gone else ""
    told(as_json, {"revoked": gone}, line or people_word(language, "cli_nothing"))


@rights.command("list")
def list_rights(
    context: typer.Context,
    collection: Annotated[str | None, typer.Option("--collection", "-c", help="Only this collection.")] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Which roles were given. Administrators, who need none, are in `people list`."""
    from store.people_rights import Rights

    with session(context).open(library) as opened:
        found, language = Rights(opened.catalogue.engine).all(collection), language_of(opened.settings.language)
    lines = [
        f"{one.collection}  {people_word(language, f'{one.kind}_of', name=one.name)}  {people_word(language, one.role)}"
        for one in found
    ]
    told(
        as_json,
        {"rights": [asdict(one) for one in found]},
        "\n".join(lines) or people_word(language, "cli_no_rights"),
    )


def audit(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="Only from then on: 90m, 12h, 7d, or a date such as 2026-11-22.")] = "30d",
    who: Annotated[str, typer.Option(help='Only what this person did; a key is "key ID".')] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many entries at most.")] = 200,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Who did what to which collection or person, newest first. No content, no secrets."""
    from store.audit import Audit

    begin = _since(since)
    with session(context).open(library) as opened:
        found = Audit(opened.catalogue.engine).entries(begin, who=who, most=limit)
        language = language_of(opened.settings.language)
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(one.at))}  {one.who or '-'}  {one.verb}  "
        f"{one.object or '-'}  {one.outcome}"
        for one in found
    ]
    told(
        as_json,
        {"entries": [asdict(one) for one in found]},
        "\n".join(lines) or people_word(language, "nothing_logged"),
    )


def _since(text: str) -> float:
    """The time that ``7d``, ``12h``, ``90m`` or a date means, in seconds since 1970."""
    units = {"m": 60, "h": 3600, "d": 24 * 3600}
    found = re.fullmatch(r"(\d{1,6})([mhd])", text.strip())
    if found:
        return time.time() - int(found[1]) * units[found[2]]
    try:
        return time.mktime(time.strptime(text.strip(), "%Y-%m-%d"))
    except ValueError:
        raise typer.BadParameter(f"--since {text}: give 90m, 12h, 7d, or a date such as 2026-11-22") from None


COMMANDS: dict[str, Callable[..., None]] = {"audit": audit}
