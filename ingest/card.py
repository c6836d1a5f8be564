"""The quality card of a document: what its reading tells about how well it can be asked.

Made from what the reader gave and what was assembled of it; for a document that was read before there were cards, from
its text alone, and then some of it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.types import BlockKind, Parsed
from store.cards import Quality, QualityCard
from store.language import letters
from store.likeness import signature
from store.types import Document

LITTLE = 40
"""Characters, blanks aside: a PDF page with fewer is thin. A heading and a page number are fewer, three lines are not;
such a page is a picture, a divider, or a scan that was not read."""

# What no text holds that was decoded rightly: the replacement character, C1 controls, and the private use area, to
# which PDF fonts without a Unicode table lead.
_BROKEN = re.compile("[\ufffd\x80-\x84\x86-\x9f\ue000-\uf8ff]")
# UTF-8 read as Windows-1252 or Latin-1: Ã©, â€™, Â°. A capital with a tilde or circumflex and then a symbol.
_LATIN = re.compile("Ã[\xa0-\xbf\x80-\x9f\u2018-\u203a\u20ac]|â€.|Â[\xa0-\xbf]|ï»¿")
# UTF-8 read as GBK: 的 。 ， 是 在 begin with 鐨 銆 锛 鏄 鍦, characters that no modern text uses; 锟斤拷 is U+FFFD
# read as GBK, 烫烫烫 and 屯屯屯 are memory that nobody wrote to.
_HAN = re.compile("[鐨銆锛鍦鈥鏄]|锟斤拷|锟斤|烫烫|屯屯")
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def quality(document: Document, parsed: Parsed) -> Quality:
    """The card of a document that has just been read, and its signature."""
    notes = parsed.notes
    confidence = notes.get("ocr_confidence")
    card = QualityCard(
        pages=parsed.page_count,
        thin_pages=tuple(_thin_pages(document, parsed.page_count)),
        mojibake=mojibake(document.text),
        languages=languages(document.text),
        tables=sum(block.kind is BlockKind.TABLE for block in parsed.blocks),
        repeated_lines=int(notes.get("repeated_lines", 0)),
        ocr_pages=tuple(int(page) for page in notes.get("ocr_pages", ())),
        ocr_confidence=None if confidence is None else round(float(confidence), 4),
    )
    return Quality(card, signature(document.text))


def quality_of_text(document: Document) -> Quality:
    """The card of a document as far as its text tells it: running headers and OCR are not known any more."""
    known = max((page.number for page in document.pages), default=0) or None
    card = QualityCard(
        pages=known,
        thin_pages=tuple(_thin_pages(document, known)),
        mojibake=mojibake(document.text),
        languages=languages(document.text),
        tables=_tables(document.text),
        repeated_lines=None,
    )
    return Quality(card, signature(document.text))


def mojibake(text: str) -> float:
    """The share of a text's characters, blanks aside, that look wrongly decoded: 0 to 1, rather too low than too high.

    Of a text that is mojibake throughout not every character shows it: .1 is a text that nobody can read.
    """
    if text.isascii():
        return 0.0
    marks = sum(len(found) for pattern in (_BROKEN, _LATIN, _HAN) for found in pattern.findall(text))
    return round(marks / max(1, _solid(text)), 6)


def languages(text: str) -> dict[str, float]:
    """The shares of Chinese, Latin script and other letters; a Latin word weighs as two Han characters do."""
    han, latin = letters(text)
    other = 0 if text.isascii() else len(_OTHER_LETTER.findall(text))
    weights = {"zh": han, "en": 2 * latin, "other": other}
    total = sum(weights.values())
    return {name: round(weight / total, 4) for name, weight in weights.items()} if total else {}


def _thin_pages(document: Document, count: int | None) -> Iterator[int]:
    """Pages with hardly any text. Of slides and sheets only empty ones: a slide may well be a title."""
    least = LITTLE if document.kind == "pdf" else 1
    texts = {page.number: document.text[page.start : page.end] for page in document.pages}
    return (number for number in _numbers(texts, count) if _solid(texts.get(number, "")) < least)


def _numbers(texts: Iterable[int], count: int | None) -> range:
    return range(1, (count or max(texts, default=0)) + 1)


def _solid(text: str) -> int:
    """Characters that are no blanks."""
    return sum(map(len, text.split()))


def _tables(text: str) -> int:
    """Blocks that look as tables are written: rows one a line, cells joined by bars."""
    blocks = (block.split("\n") for block in text.split("\n\n"))
    return sum(1 for rows in blocks if len(rows) > 1 and sum(" |" in row for row in rows) >= len(rows) - 1)
