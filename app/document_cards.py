"""The quality card of a document as the faces show it: the one that is kept, else one made of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.card import quality_of_text
from store.cards import Cards, Near, QualityCard

if TYPE_CHECKING:
    from store.reading import Reader
    from store.types import Document

Shown = tuple[QualityCard | None, tuple[Near, ...]]


def card_of(read: Reader, document: Document) -> tuple[QualityCard, tuple[Near, ...]]:
    """The card of a document and those nearly the same.

    A document from before there were cards gets one of its text; nothing is written: a reindex makes a whole one.
    """
    cards = Cards(read.engine, read.collection)
    kept = cards.of(document.id)
    if kept is not None:
        return kept, cards.near(document.id, cards.signature(document.id))
    made = quality_of_text(document)
    return made.card, cards.near(document.id, made.signature)


def cards_of(read: Reader) -> dict[str, Shown]:
    """For every document of a collection its card, None where none is kept, and those nearly the same."""
    cards = Cards(read.engine, read.collection)
    kept, near = cards.all(), cards.all_near()
    return {document: (kept.get(document), near.get(document, ())) for document in kept.keys() | near.keys()}
