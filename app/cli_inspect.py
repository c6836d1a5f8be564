"""`shujia inspect`: what was read from a document, how it was cut, and its quality card."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, out, print_json, session, voice
from app.error_words import error_text
from app.words import say

if TYPE_CHECKING:
    from app.words import Language
    from store.cards import Near, QualityCard
    from store.types import Chunk, Document


def inspect(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Path, id, file name or title.", show_default=False)],
    text: Annotated[bool, typer.Option("--text", help="Print exactly the text that the spans index.")] = False,
    chunks: Annotated[bool, typer.Option("--chunks", help="Print the chunks whole, not only how they begin.")] = False,
    card: Annotated[bool, typer.Option("--card", help="Print its quality card.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """What was read from a document, and how it was cut. Its quality card tells how well it can be asked."""
    from app.card_text import card_payload
    from app.document_cards import card_of
    from app.payloads import VERSION, inspect_payload

    with session(context).open(library) as opened:
        language = voice(opened.settings).language
        read = opened.shelf(collection).read
        found = read.document(document)
        cut = read.chunks(found.id)
        known = card_of(read, found)
    if as_json and card:
        print_json({"version": VERSION, "document": {"id": found.id, "title": found.title}} | card_payload(*known))
    elif as_json:
        print_json(inspect_payload(found, cut) | card_payload(*known))
    elif text:
        sys.stdout.write(found.text)
    else:
        lines = _head(found, cut, language)
        lines += _card(*known, language) if card else _remarks(*known, language)
        lines += [] if card and not chunks else _chunks(cut, language, whole=chunks)
        out().print("\n".join(lines), markup=False)


def _head(found: Document, cut: tuple[Chunk, ...], language: Language) -> list[str]:
    about = {"title": found.title, "kind": found.kind, "spoken": found.language}
    line = say(language, "inspected", **about, characters=len(found.text), chunks=len(cut))
    return [line, *(f"! {error_text(warning, language)}" for warning in found.warnings)]


def _remarks(card: QualityCard, near: tuple[Near, ...], language: Language) -> list[str]:
    from app.card_text import remarks

    return [f"⚠ {remark}" for remark in remarks(card, near, language)]


def _card(card: QualityCard, near: tuple[Near, ...], language: Language) -> list[str]:
    from app.card_text import card_rows

    return [f"{what}: {how}" for what, how in card_rows(card, near, language)]


def _chunks(cut: tuple[Chunk, ...], language: Language, *, whole: bool) -> list[str]:
    lines = []
    for chunk in cut:
        place = f"{say(language, 'page', page=chunk.page)}  " if chunk.page else ""
        where = f"#{chunk.ordinal}  {place}{chunk.start}–{chunk.end}"
        under = " > ".join(chunk.headings)
        lines.append(f"\n{where}  {say(language, 'tokens', tokens=chunk.tokens)}  {under}")
        short = chunk.text[:100].replace("\n", " ") + ("…" if len(chunk.text) > 100 else "")
        lines.append(chunk.text if whole else short)
    return lines
