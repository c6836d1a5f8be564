"""`shujia why-not`: which stage of the search lost a passage, and what would have saved it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, out, print_json, session, voice
from app.filter_flags import Narrow, filters_of, narrowed

if TYPE_CHECKING:
    from app.settings import Settings
    from app.words import Language
    from retrieval.verdict import WhyNot


def why_not(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="As it was asked, in Chinese or English.", show_default=False)],
    document: Annotated[str, typer.Option("--document", help="Where it stands: path, id, file name or title.")],
    page: Annotated[int | None, typer.Option("--page", min=1, help="The page on which it stands.")] = None,
    text: Annotated[str, typer.Option("--text", help="Words of the document that should have been found.")] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages the context may hold.")] = 8,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
    *,
    narrow: Narrow,
) -> None:
    """Which stage of the search lost a passage, and how to save it.

    The passage is any of the document, of a page of it, or the one that holds the words. Exit code 0, whatever the
    verdict; 2 for a document name that several documents have.

    Example: shujia why-not "How much leave is there?" --document handbook.pdf
    """
    from app.why_payload import why_not_payload
    from app.why_text import verdict
    from app.wiring_why import why_not as judged
    from retrieval.wanted import Wanted

    if not document.strip():
        raise typer.BadParameter("--document is empty: name the document in which the passage stands")
    with session(context).open(library) as opened:
        speaks, settings = voice(opened.settings).language, opened.settings
        filters = filters_of(opened, collection, narrow)
        found = judged(opened, question, Wanted(document, page, text), collection, most=k, filters=filters)
    if as_json:
        print_json(why_not_payload(found, verdict(found, speaks)))
        return
    console = out()
    for line in _lines(found, settings, speaks):
        console.print(line, markup=False)


def _lines(found: WhyNot, settings: Settings, language: Language) -> list[str]:
    from app.why_text import remedy_lines, short, stage_line, verdict, why, word_lines

    lines = verdict(found, language)
    if found.chunk is not None:
        lines += ["", why(language, "best_passage", text=short(found.chunk.text))]
        lines += ["  " + "  ".join(part for part in stage_line(one, language) if part) for one in found.stages]
        lines += word_lines(found.matched, found.missing, language)
    remedies = remedy_lines(found, settings, language)
    return lines + (["", *remedies] if remedies else [])


COMMANDS: dict[str, Callable[..., None]] = {"why-not": narrowed(why_not, without=frozenset({"document"}))}
"""Commands by name."""
