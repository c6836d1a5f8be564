"""Quality cards in words: short remarks beside a document, and the whole card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.card_words import CARD_WORDS
from app.word_forms import worded
from app.words import Language

if TYPE_CHECKING:
    from store.cards import Near, QualityCard

SURE = 0.8  # mean confidence of OCR below which its text is to be checked
GARBLED = 0.002  # share of garbled characters from which it is worth a remark: one in 500
_NAMED = 12  # pages named one by one


def card_word(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` with the values filled in."""
    return worded(CARD_WORDS, language, key, values)


def remarks(card: QualityCard | None, near: Sequence[Near], language: Language) -> list[str]:
    """What a reader should know before asking; empty where there is nothing to remark."""
    told = []
    if card and card.thin_pages:
        count = len(card.thin_pages)
        told.append(card_word(language, "thin_pages", count=count, pages=numbers(card.thin_pages)))
    if card and card.mojibake >= GARBLED:
        told.append(card_word(language, "mojibake", share=percent(card.mojibake)))
    if card and card.ocr_pages:
        confidence = card.ocr_confidence
        key = "ocr_unsure" if confidence is not None and confidence < SURE else "ocr_read"
        shown = "?" if confidence is None else percent(confidence)
        told.append(card_word(language, key, count=len(card.ocr_pages), confidence=shown))
    return told + [_alike(one, language) for one in near]


def card_rows(card: QualityCard, near: Sequence[Near], language: Language) -> list[tuple[str, str]]:
    """The whole card: what, and how it is."""

    def word(key: str, **values: object) -> str:
        return card_word(language, key, **values)

    none = word("card_none")
    unread = word("card_unknown") if card.repeated_lines is None else none  # read before there were cards
    ocr = numbers(card.ocr_pages) or unread
    if card.ocr_pages and card.ocr_confidence is not None:
        ocr = word("card_confidence", pages=ocr, confidence=percent(card.ocr_confidence))
    repeated = word("card_lines", count=card.repeated_lines) if card.repeated_lines else unread
    shares = [word(f"share_{name}", share=percent(share)) for name, share in card.languages.items() if share]
    alike = [_alike(one, language) for one in near]
    return [
        (word("card_pages"), str(card.pages or none)),
        (word("card_thin"), numbers(card.thin_pages) or none),
        (word("card_mojibake"), percent(card.mojibake) if card.mojibake else none),
        (word("card_ocr"), ocr),
        (word("card_repeated"), repeated),
        (word("card_tables"), str(card.tables or none)),
        (word("card_languages"), " · ".join(shares) or none),
        (word("card_near"), "; ".join(alike) or none),
    ]


def _alike(one: Near, language: Language) -> str:
    file = one.path.replace("\\", "/").rsplit("/", 1)[-1]
    return card_word(language, "near_one", title=one.title, file=file, likeness=percent(one.likeness))


def card_payload(card: QualityCard | None, near: Sequence[Near]) -> dict[str, Any]:
    """A card as plain JSON values; ``card`` is null for a document from before there were cards."""
    return {"card": asdict(card) if card else None, "near": [asdict(one) for one in near]}


def percent(share: float) -> str:
    """A share as people read it: two digits that count, never 100 % for a little less."""
    value = 100 * share
    if value >= 99.5 and share < 1:
        return "99 %"
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.2g} %"


def numbers(pages: Sequence[int]) -> str:
    """Page numbers in a row, runs as 3–7, cut where they are many: ``1, 3–7, 12, …``."""
    runs: list[tuple[int, int]] = []
    for page in sorted(pages):
        if runs and page == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], page)
        else:
            runs.append((page, page))
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:_NAMED]]
    return ", ".join([*shown, *(["…"] if len(runs) > _NAMED else [])])
