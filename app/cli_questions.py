"""Commands that ask: search and ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, Voice, out, print_json, session, voice

if TYPE_CHECKING:
    from generation.types import Answer
    from retrieval.types import Passage


def search(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="In Chinese or English.", show_default=False)],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    mode: Annotated[str, typer.Option(help="hybrid, dense or keyword.")] = "hybrid",
    explain: Annotated[bool, typer.Option("--explain", help="Show each stage's rank, score and time.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """The best passages for a question, without an answer."""
    from app.payloads import search_payload

    if mode not in ("hybrid", "dense", "keyword"):
        raise typer.BadParameter(f"--mode {mode}: choose hybrid, dense or keyword")
    with session(context).open(library) as opened:
        say = voice(opened.settings)
        found = opened.search(question, collection, k=k, mode=mode)  # type: ignore[arg-type]
    if as_json:
        print_json(search_payload(found))
        return
    lines = [line for passage in found.passages for line in _passage(passage, say, explain=explain)]
    if explain:
        lines += [
            f"{stage.name:>9}  {stage.seconds * 1000:8.2f} ms  {len(stage.ranking)} hits"
            for stage in found.trace.stages
        ]
    console = out()
    for line in lines or [say("nothing_found")]:
        console.print(line, markup=False)


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="In Chinese or English.", show_default=False)],
    model: Annotated[str | None, typer.Option(help="Chat model, or `extractive` for an answer without one.")] = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """An answer from your documents, streamed, every sentence cited and checked."""
    from app.payloads import answer_payload
    from generation.types import Finished, TextDelta

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        written = ""
        for event in opened.ask(question, collection, model=model):
            if isinstance(event, TextDelta) and not as_json:
                written += event.text
                sys.stdout.write(event.text)
                sys.stdout.flush()
            if isinstance(event, Finished):
                answer = event.answer
    if as_json:
        print_json(answer_payload(answer))
    else:
        sys.stdout.write("\n")
        if "".join(answer.text.split()) not in "".join(written.split()):
            sys.stdout.write(f"\n{say('checked_answer')}\n{answer.text}\n")
        _print_checked(answer, say)


def _print_checked(answer: Answer, say: Voice) -> None:
    """What the check found: a mark for each sentence that failed, then the sources."""
    console = out()
    for notice in answer.notices:
        console.print(f"! {notice}", markup=False)
    for sentence in answer.sentences:
        if sentence.verdict == "unsupported":
            console.print(f"{say('unsupported')}: {sentence.text}", markup=False, style="red")
        if sentence.removed:
            told = say("removed", markers=" ".join(sentence.removed), reasons="; ".join(sentence.reasons))
            console.print(f"  {told}", markup=False, style="yellow")
    if answer.citations:
        console.print(f"\n{say('sources')}", markup=False, style="bold")
    for citation in answer.citations:
        place = f", {say('page', page=citation.page)}" if citation.page else ""
        quote = " ".join(citation.quote.split())
        console.print(
            f"[{citation.number}] {citation.title}{place}  {say(citation.verdict)}\n    “{quote}”", markup=False
        )


def _passage(passage: Passage, say: Voice, *, explain: bool) -> list[str]:
    place = [passage.title, *passage.chunk.headings]
    page = f"  {say('page', page=passage.chunk.page)}" if passage.chunk.page else ""
    lines = [f"{passage.number}. {passage.score:.3f}  {' > '.join(place)}{page}"]
    if explain:
        stages = (f"{name} #{at.rank} ({at.score:.3f})" for name, at in passage.stages.items())
        lines.append(f"   {'  '.join(stages)}")
    return [*lines, "   " + " ".join(passage.chunk.text.split())[:240], ""]


COMMANDS: dict[str, Callable[..., None]] = {"search": search, "ask": ask}
