"""Command `shujia replay`: kept questions under today's settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import JsonOption, LibraryOption, OneCollectionOption, bars_of, out, print_json, session, voice

if TYPE_CHECKING:
    from store.conversations import Chats
    from store.conversations_rows import Chat, Turn


def replay(
    context: typer.Context,
    chat: Annotated[str | None, typer.Option(help="Only this chat: id or title.")] = None,
    since: Annotated[str | None, typer.Option(help="Only questions asked on or after this day: 2026-05-31.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many, the newest ones.")] = None,
    model: Annotated[str | None, typer.Option(help="Chat model, or `extractive` for quotes.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for replay.json and replay.html.", show_default=False)
    ] = None,
    collection: OneCollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Ask kept questions again under today's settings. Tells which answers changed, and at which stage.

    Example: shujia replay --since 2026-11-01 --out replay
    """
    from app.chat_words import chat_words
    from app.chats import chats_of
    from app.replay import replay as replayed
    from app.replay_report import replay_lines, replay_payload, write_replay

    with session(context).open(library) as opened:
        language, follow = voice(opened.settings).language, opened.settings.follows_reader
        chosen = chosen_turns(chats_of(opened, collection), chat=chat, since=since, limit=limit)
        found = []
        with bars_of(quiet=as_json) as bars:
            bar = bars.add_task("replay", total=len(chosen))
            for one in replayed(opened, chosen, model=model or ""):
                found.append(one)
                bars.advance(bar)
    page = write_replay(found, folder, language, follow=follow) if folder else None
    if as_json:
        print_json(replay_payload(found))
    else:
        for line in replay_lines(found, language):
            out().print(line, markup=False)
        if page:
            out().print(chat_words(language, "replay_written", path=page), markup=False)
    if any(one.failed for one in found):
        raise typer.Exit(1)


def chosen_turns(
    chats: Chats, *, chat: str | None = None, since: str | None = None, limit: int | None = None
) -> list[tuple[Chat, Turn, tuple[Turn, ...]]]:
    """The answered turns that the flags choose, oldest first, each with those before it. Raises UnknownChat."""
    from app.filter_flags import day

    first = day("--since", since)
    wanted = [chats.get(chat)] if chat is not None else list(chats.known())
    found = []
    for one in wanted:
        turns = chats.turns(one.id)
        found += [
            (one, turn, turns[:place])
            for place, turn in enumerate(turns)
            if turn.answer is not None and (first is None or turn.created_at >= first.timestamp())
        ]
    found.sort(key=lambda each: (each[1].created_at, each[1].id))
    return found[-limit:] if limit else found


COMMANDS: dict[str, Callable[..., None]] = {"replay": replay}
