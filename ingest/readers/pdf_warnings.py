"""What a reader of a PDF should know: which pages were not read, which by OCR and how surely, which are damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest import ocr
from ingest.errors import EmptyDocument, UnreadableFile
from ingest.limits import Limits
from ingest.readers.pdf_layer import Layer
from ingest.readers.pdf_lines import PageLines

UNSURE = 0.8  # mean confidence of a page below which it is named
_NAMED_PAGES = 20  # pages that a warning names one by one


@dataclass(frozen=True, slots=True)
class Found:
    """The pages (None: pdfium could not load it), what their text layers are worth, and which OCR has read."""

    pages: list[PageLines | None]
    layers: list[Layer]
    seen: tuple[int, ...]


def warnings_of(found: Found, limits: Limits) -> tuple[str, ...]:
    """Sentences for people. Raises UnreadableFile or EmptyDocument where there is no page with text."""
    if not found.pages:
        raise UnreadableFile("the PDF has no pages: it is damaged or cut off")
    damaged = [n for n, page in enumerate(found.pages, 1) if page is None]
    unread = [n for n, layer in enumerate(found.layers, 1) if layer is Layer.NONE and n - 1 not in found.seen]
    broken = [n for n, layer in enumerate(found.layers, 1) if layer is Layer.BROKEN and n - 1 not in found.seen]
    if not any(page and page.lines for page in found.pages):
        raise _nothing(len(found.pages), unread, damaged, found.seen, limits)
    notes = [*_by_ocr(found)]
    if unread:
        it = "it" if len(unread) == 1 else "them"
        notes.append(f"{named(unread)} no text layer: OCR is needed to read {it}; {_cure(len(found.seen), limits)}")
    if broken:
        notes.append(
            f"{named(broken)} a broken text layer (letters without a Unicode value): OCR is needed;"
            f" {_cure(len(found.seen), limits)}"
        )
    if damaged:
        notes.append(f"{named(damaged).replace(' have', '').replace(' has', '')} could not be loaded: damaged")
    return tuple(notes)


def ocr_notes(pages: Sequence[PageLines]) -> dict[str, Any]:
    """For the quality card: the pages that were read by OCR, and their mean confidence, weighted by length."""
    seen = {number: page for number, page in enumerate(pages, 1) if page.score is not None}
    if not seen:
        return {}
    weight = sum(map(length_of, seen.values()))
    total = sum((page.score or 0.0) * length_of(page) for page in seen.values())
    return {"ocr_pages": list(seen), "ocr_confidence": round(total / weight, 3) if weight else 0.0}


def length_of(page: PageLines) -> int:
    """Characters of a page's lines."""
    return sum(len(line.text) for line in page.lines)


def _by_ocr(found: Found) -> list[str]:
    scores = {index + 1: page.score for index in found.seen if (page := found.pages[index]) and page.score is not None}
    if not scores:
        return []
    mean = sum(scores.values()) / len(scores)
    pages = named(list(scores)).replace(" have", " were").replace(" has", " was")
    notes = [f"{pages} read by OCR (confidence {mean:.2f})"]
    unsure = [number for number, score in scores.items() if score < UNSURE]
    if unsure:
        notes.append(f"{named(unsure)} a confidence under {UNSURE:g}: check the text there")
    return notes


def _nothing(
    count: int, unread: Sequence[int], damaged: Sequence[int], seen: Sequence[int], limits: Limits
) -> EmptyDocument | UnreadableFile:
    if unread:
        return EmptyDocument(
            f"none of the {count} pages has a text layer: this is a scan and needs OCR; {_cure(0, limits)}"
        )
    if damaged:
        return UnreadableFile(f"pdfium cannot load any of the {count} pages: the PDF is damaged")
    if seen:
        return EmptyDocument(f"neither the text layer nor OCR found words on the {count} pages of the PDF")
    return EmptyDocument(f"the {count} pages of the PDF are blank")


def _cure(seen: int, limits: Limits) -> str:
    if limits.ocr == "off":
        return ocr.OFF
    if not ocr.available():
        return ocr.MISSING
    return f"the limit of {limits.ocr_pages} pages by OCR was reached: split the file" if seen else "it found nothing"


def named(numbers: Sequence[int]) -> str:
    """The pages with their verb: "page 3 has", "pages 3, 4 have"."""
    if len(numbers) == 1:
        return f"page {numbers[0]} has"
    shown = ", ".join(map(str, numbers[:_NAMED_PAGES]))
    more = f" and {len(numbers) - _NAMED_PAGES} more" if len(numbers) > _NAMED_PAGES else ""
    return f"pages {shown}{more} have"
