"""Commands for other programs: serve, mcp, and the keys of the HTTP API."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from app.console import JsonOption, LibraryOption, err, out, print_json, session, voice

keys = typer.Typer(
    no_args_is_help=True, help="The keys of the HTTP API. Shown once, kept as a hash, revocable at once."
)


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address; else the setting `api_host`. Other machines need a key.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; else the setting `api_port`.")] = None,
    library: LibraryOption = None,
) -> None:
    """Serve the HTTP API. Chat completions in OpenAI's shape, search, documents, feedback."""
    from app.api import server
    from app.server_address import require_free

    settings = session(context).settings(library, api_host=host, api_port=port)
    require_free(settings.api_host, settings.api_port, "api_port")
    say = voice(settings)
    shown = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
    url = f"http://{shown}:{settings.api_port}/v1"
    server.serve(settings, lambda: err().print(say("serving_api", url=url), markup=False))


def mcp(context: typer.Context, library: LibraryOption = None) -> None:
    """Serve the library to an MCP client. On standard input and output: search, ask, open_passage, list_documents."""
    from app.mcp_server import serve_stdio

    with session(context).open(library) as opened:
        serve_stdio(opened)


@keys.command("add")
def add_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who or what the key is for; shown in lists.", show_default=False)],
    scope: Annotated[str, typer.Option(help="read, write (also upload and delete) or admin (also metrics).")] = "read",
    collection: Annotated[
        list[str] | None, typer.Option("--collection", "-c", help="Only this collection; may be repeated.")
    ] = None,
    person: Annotated[str, typer.Option(help="Whose it is: it can do no more than that person may do.")] = "",
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Make a key and show it: this once, nothing keeps it."""
    from store.api_keys import SCOPES, ApiKeys
    from store.audit import Audit
    from store.people import People

    if scope not in SCOPES:
        raise typer.BadParameter(f"--scope {scope}: choose one of {', '.join(SCOPES)}")
    with session(context).open(library) as opened:
        engine = opened.catalogue.engine
        whose = People(engine).get(person).id if person else ""
        made, secret = ApiKeys(engine).add(name, scope, collection or (), person=whose)
        Audit(engine).note("command line", "make key", f"{made.id} {scope}")
        say = voice(opened.settings)
    if as_json:
        print_json({"version": 1, "key": secret, **asdict(made)})
        return
    out().print(secret, markup=False)
    err().print(say("key_made", id=made.id), markup=False)


@keys.command("list")
def list_keys(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """The keys there are, and what they may do. Never the keys themselves."""
    from store.api_keys import ApiKeys
    from store.people import People

    with session(context).open(library) as opened:
        found = ApiKeys(opened.catalogue.engine).all()
        names = {one.id: one.name for one in People(opened.catalogue.engine).all()}
        say = voice(opened.settings)
    if as_json:
        told = [{**asdict(key), "person_name": names.get(key.person, "")} for key in found]
        print_json({"version": 1, "keys": told})
        return
    console = out()
    for key in found:
        where = ", ".join(key.collections) if key.collections else say("key_everywhere")
        made = time.strftime("%Y-%m-%d", time.localtime(key.created_at))
        state = "" if key.revoked_at is None else f"  {say('key_revoked')}"
        whose = f"  ({names.get(key.person, key.person)})" if key.person else ""
        console.print(f"{key.id}  {key.name}{whose}  {key.scope}  {where}  {made}{state}", markup=False)
    if not found:
        console.print(say("no_keys"), markup=False)


@keys.command("revoke")
def revoke_key(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Id or name, as `keys list` shows them.", show_default=False)],
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Revoke a key, or all keys of a name. A running server refuses it from its next request on."""
    from store.api_keys import ApiKeys
    from store.audit import Audit

    with session(context).open(library) as opened:
        gone = ApiKeys(opened.catalogue.engine).revoke(key)
        Audit(opened.catalogue.engine).note("command line", "revoke key", ", ".join(each.id for each in gone))
        say = voice(opened.settings)
    if as_json:
        print_json({"version": 1, "revoked": [each.id for each in gone]})
        return
    for each in gone:
        out().print(f"{each.id}  {each.name}  {say('key_revoked')}", markup=False)


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve, "mcp": mcp}
