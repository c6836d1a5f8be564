"""Commands that ask: search and ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, Voice, out, print_json, session, voice
from app.filter_flags import Narrow, filters_of, narrowed
from app.terminal_text import terminal_text

if TYPE_CHECKING:
    from generation.types import Answer
    from models.types import Message
    from retrieval.explain import Explanation
    from retrieval.types import Passage


HistoryOption = Annotated[
    Path | None,
    typer.Option(
        "--history", help='JSON file of the turns before: [{"role": "user", "content": "…"}, …].', show_default=False
    ),
]


def search(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.", show_default=False)],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    mode: Annotated[str, typer.Option(help="hybrid, dense or keyword.")] = "hybrid",
    explain: Annotated[bool, typer.Option("--explain", help="Show each stage's rank, score and time.")] = False,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="Prepare the question as `ask` does; may use the chat model.")
    ] = False,
    history: HistoryOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
    *,
    narrow: Narrow,
) -> None:
    """The best passages for a question, without an answer.

    Example: shujia search "restore drill" -k 5 --type pdf --explain
    """
    from app.payloads import search_payload
    from app.why_payload import explain_payload
    from app.wiring_why import explained

    if mode not in ("hybrid", "dense", "keyword"):
        raise typer.BadParameter(f"--mode {mode}: choose hybrid, dense or keyword")
    with session(context).open(library) as opened:
        say = voice(opened.settings)
        filters = filters_of(opened, collection, narrow)
        turns = _turns(history)
        found = opened.search(
            question, collection, k=k, mode=mode, filters=filters, history=turns, rewrite=rewrite  # type: ignore[arg-type]
        )  # fmt: skip
        whys = explained(opened, found, collection) if explain else ()
    if as_json:
        payload = search_payload(found)
        for hit, one in zip(payload["hits"], whys, strict=False):
            hit["explain"] = explain_payload(one)
        print_json(payload)
        return
    lines = [
        line
        for number, passage in enumerate(found.passages)
        for line in _passage(passage, say, whys[number] if explain else None)
    ]
    if explain:
        from app.why_text import trace_line

        lines += [trace_line(stage, say.language) for stage in found.trace.stages]
    console = out()
    for line in lines or [say("nothing_found")]:
        console.print(line, markup=False)


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.", show_default=False)],
    model: Annotated[
        str | None, typer.Option(help="A name of `models list`, a GGUF file, or `extractive` for none.")
    ] = None,
    history: HistoryOption = None,
    chat: Annotated[str | None, typer.Option(help="Keep question and answer in this chat, and go on from it.")] = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
    *,
    narrow: Narrow,
) -> None:
    """An answer from your documents, every sentence cited and checked. It is shown as it is written.

    Example: shujia ask "How often is a restore drill done?"
    """
    from app.payloads import answer_payload
    from app.talk import in_chat
    from app.telemetry import observe
    from generation.types import Finished, TextDelta

    if chat is not None and history is not None:
        raise typer.BadParameter("--chat has its own history: leave out --history, or --chat")

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        written = ""
        filters = filters_of(opened, collection, narrow)
        with in_chat(opened, chat, question, collection, model=model or "", filters=filters) as talk:
            turns = talk.history if talk else _turns(history)
            for event in opened.ask(question, collection, model=model, filters=filters, history=turns):
                if isinstance(event, TextDelta) and not as_json:
                    written += event.text
                    sys.stdout.write(terminal_text(event.text))
                    sys.stdout.flush()
                if isinstance(event, Finished):
                    answer = event.answer
            if talk:
                talk.keep(answer)
        observe(opened.settings, answer, face="command")
    if as_json:
        print_json(answer_payload(answer))
    else:
        sys.stdout.write("\n")
        if "".join(answer.text.split()) not in "".join(written.split()):
            sys.stdout.write(f"\n{say('checked_answer')}\n{terminal_text(answer.text)}\n")
        _print_checked(answer, say)


def _turns(history: Path | None) -> tuple[Message, ...]:
    from app.history_file import read_history

    return read_history(history) if history is not None else ()


def _print_checked(answer: Answer, say: Voice) -> None:
    """What the check found: the sentences that have a sign, what was taken from them, then the sources."""
    from app.answer_marks import notes, sign_of

    console = out()
    for notice in (*answer.notices, *([say("refused_by_rule")] if answer.refused else [])):
        console.print(f"! {notice}", markup=False)
    for sentence in answer.sentences:
        style = "red" if sign_of(sentence) == "✗" else "yellow"
        for line in notes([sentence], say.language):
            console.print(line, markup=False, style=style)
    if answer.citations:
        console.print(f"\n{say('sources')}", markup=False, style="bold")
    for citation in answer.citations:
        place = f", {say('page', page=citation.page)}" if citation.page else ""
        quote = " ".join(citation.quote.split())
        found = say("supported_by_meaning" if citation.number in answer.by_meaning else citation.verdict)
        console.print(f"[{citation.number}] {citation.title}{place}  {found}\n    “{quote}”", markup=False)


def _passage(passage: Passage, say: Voice, one: Explanation | None) -> list[str]:
    """A passage as lines; with an explanation also where each stage put it, and why."""
    from app.why_text import share_line, stage_name, word_lines

    place = [passage.title, *passage.chunk.headings]
    page = f"  {say('page', page=passage.chunk.page)}" if passage.chunk.page else ""
    lines = [f"{passage.number}. {passage.score:.3f}  {' > '.join(place)}{page}"]
    if one is not None:
        stages = (
            f"{stage_name(name, say.language)} #{at.rank} ({at.score:.3f})" for name, at in passage.stages.items()
        )
        told = [share_line(one, passage, say.language)]
        told += word_lines(one.matched, one.missing, say.language) if one.matched or one.missing else []
        lines += [f"   {line}" for line in ("  ".join(stages), *told) if line]
    return [*lines, "   " + " ".join(passage.chunk.text.split())[:240], ""]


COMMANDS: dict[str, Callable[..., None]] = {"search": narrowed(search), "ask": narrowed(ask)}
