"""Commands `shujia chats list | show | search | delete`: the conversations that are kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import JsonOption, LibraryOption, OneCollectionOption, out, print_json, session, voice

if TYPE_CHECKING:
    from app.words import Language
    from store.conversations_rows import Chat, Reply, Turn

chats = typer.Typer(no_args_is_help=True, help="The conversations that are kept: list, show, search, delete.")

ChatArgument = Annotated[
    str, typer.Argument(metavar="CHAT", help="Id, its beginning, or the title.", show_default=False)
]


@chats.command("list")
def list_chats(
    context: typer.Context,
    collection: OneCollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """All chats, the one that was used last first."""
    from app.chat_words import chat_words
    from app.chats import chats_of

    with session(context).open(library) as opened:
        known = chats_of(opened, collection).known()
        language = voice(opened.settings).language
    if as_json:
        print_json({"version": 1, "chats": [chat_payload(one) for one in known]})
        return
    for line in [chat_line(one, language) for one in known] or [chat_words(language, "no_chats")]:
        out().print(line, markup=False)


@chats.command("show")
def show_chat(
    context: typer.Context,
    chat: ChatArgument,
    collection: OneCollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """The questions and answers of a chat, with their sources. --json adds what every stage ranked."""
    from app.chat_words import chat_words
    from app.chats import chats_of

    with session(context).open(library) as opened:
        kept = chats_of(opened, collection)
        found = kept.get(chat)
        turns = kept.turns(found.id)
        language = voice(opened.settings).language
    if as_json:
        print_json({"version": 1, "chat": chat_payload(found), "turns": [turn_payload(turn) for turn in turns]})
        return
    console = out()
    console.print(chat_line(found, language), markup=False)
    for turn in turns:
        console.print(f"\n? {turn.question}", markup=False, style="bold")
        for line in _answer_lines(turn.answer, language) if turn.answer else [chat_words(language, "turn_waiting")]:
            console.print(line, markup=False)


@chats.command("search")
def search_chats(
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(help="Words to look for: all of them, in any order.", show_default=False)
    ],
    collection: OneCollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Chats whose questions, answers or title hold all the words. Script, width and case do not matter."""
    from app.chat_words import chat_words
    from app.chats import chats_of

    with session(context).open(library) as opened:
        found = chats_of(opened, collection).search(" ".join(words))
        language = voice(opened.settings).language
    if as_json:
        rows = [{"chat": chat_payload(one), "turn": turn and turn_payload(turn)} for one, turn in found]
        print_json({"version": 1, "found": rows})
        return
    for one, turn in found:
        out().print(chat_line(one, language), markup=False)
        if turn is not None:
            out().print(f"    ? {' '.join(turn.question.split())}", markup=False)
    if not found:
        out().print(chat_words(language, "no_chat_found", words=" ".join(words)), markup=False)


@chats.command("delete")
def delete_chat(
    context: typer.Context,
    chat: ChatArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    collection: OneCollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Delete a chat with its turns, for good. What was said about its answers stays for review."""
    from app.chat_words import chat_words
    from app.chats import chats_of

    with session(context).open(library) as opened:
        kept, language = chats_of(opened, collection), voice(opened.settings).language
        found = kept.get(chat)
        if not yes and not as_json:
            typer.confirm(chat_line(found, language), abort=True)
        kept.remove(found.id)
        opened.catalogue.forget()
    if as_json:
        print_json({"version": 1, "deleted": chat_payload(found)})
    else:
        out().print(chat_words(language, "chat_removed", id=found.id[:12], turns=found.turns), markup=False)


def _answer_lines(reply: Reply, language: Language) -> list[str]:
    """A kept answer with the signs of its check, then what they mean, then the sources."""
    from app.answer_marks import marked_text, notes
    from app.turn_answers import sentences_of

    sentences = sentences_of(reply)
    sources = [f"  [{one.number}] {one.title}  “{' '.join(one.quote.split())}”" for one in reply.citations]
    return [marked_text(reply.text, sentences), *(f"  {line}" for line in notes(sentences, language)), *sources]


def chat_line(one: Chat, language: str) -> str:
    """A chat on one line: id, day, turns, collection, name."""
    from app.chat_words import chat_words

    name = one.name or chat_words(language, "untitled")
    values = {"id": one.id[:12], "turns": one.turns, "collection": one.collection, "name": name[:80]}
    return chat_words(language, "chat_line", day=_day(one.updated_at), **values)


def chat_payload(one: Chat) -> dict[str, Any]:
    """A chat without its turns."""
    return {
        "id": one.id,
        "collection": one.collection,
        "title": one.title,
        "name": one.name,
        "model": one.model,
        "turns": one.turns,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def turn_payload(turn: Turn) -> dict[str, Any]:
    """A turn with its answer and, by stage, what was ranked."""
    told = asdict(turn)
    told.pop("carried")
    told.pop("chat")
    stages: dict[str, list[dict[str, Any]]] = {}
    for hit in told.pop("hits"):
        stages.setdefault(hit.pop("stage"), []).append(hit)
    return {**told, "ranked": stages}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
