"""PDF with pdfium (pypdfium2): text by lines with their boxes, paragraphs, headings, page numbers from 1.

unstructured's PDF reader needs 7 GB of packages and 100 ms a page; pdfium needs 9 MB and about 2 ms, and its licence is
permissive. Tables are read row by row as lines. Running headers and footers are kept once, page numbers not at all.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ingest.clean import clean_line
from ingest.errors import EmptyDocument, PasswordNeeded, TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.pdf_headings import find_headings
from ingest.readers.pdf_lines import PageLines, page_lines
from ingest.readers.pdf_paragraphs import page_blocks
from ingest.types import Block, Parsed

MARGIN = 0.1  # the share of the page at its top and bottom where headers and footers stand
REPEATED = 0.3  # share of the pages that show a header, numbers in it aside

_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_NAMED_PAGES = 20  # pages that a warning names one by one


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks page by page. Raises PasswordNeeded, TooLarge, UnreadableFile, or EmptyDocument for a scan."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise PasswordNeeded("the PDF is encrypted: save it without a password") from error
        raise UnreadableFile(f"pdfium cannot open the PDF, it is damaged or cut off ({error})") from error
    try:
        count = len(document)
        if count > limits.pages:
            raise TooLarge(f"the PDF has {count} pages, the limit is {limits.pages}: split it")
        found = [page_lines(document.raw, index) for index in range(count)]
        pages = [page or PageLines((), 1.0, 1.0, 0) for page in found]
        warnings = _warnings(found)
        headings = find_headings(document.raw, pages := _without_margins(pages))
        title = clean_line(_title(pdfium, document.raw))
    finally:
        document.close()
    blocks: list[Block] = []
    for index, page in enumerate(pages):
        blocks.extend(page_blocks(page, index + 1, headings[index]))
    return Parsed("pdf", title or None, tuple(blocks), page_count=count, warnings=warnings)


def _title(pdfium: Any, document: Any) -> str:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    buffer = ctypes.create_string_buffer(max(size, 2))
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, size)
    title = buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace")
    # Word and Excel leave the name of the file they printed; that is no title.
    return (
        ""
        if re.search(r"\.(docx?|xlsx?|pptx?|indd|tex|dvi|qxd|pdf|ps)$|^(microsoft word|untitled)", title, re.I)
        else title
    )


def _warnings(found: Sequence[PageLines | None]) -> tuple[str, ...]:
    if not found:
        raise UnreadableFile("the PDF has no pages: it is damaged or cut off")
    broken = [number for number, page in enumerate(found, 1) if page is None]
    scanned = [number for number, page in enumerate(found, 1) if page and not page.lines and page.objects]
    if not any(page and page.lines for page in found):
        if scanned:
            raise EmptyDocument(
                f"none of the {len(found)} pages has a text layer: this is a scan and needs OCR (the ocr extra)"
            )
        if broken:
            raise UnreadableFile(f"pdfium cannot load any of the {len(found)} pages: the PDF is damaged")
        raise EmptyDocument(f"the {len(found)} pages of the PDF are blank")
    notes = []
    if scanned:
        notes.append(f"{_name(scanned)} no text layer: OCR is needed to read {'it' if len(scanned) == 1 else 'them'}")
    if broken:
        notes.append(f"{_name(broken).replace(' have', '').replace(' has', '')} could not be loaded: damaged")
    return tuple(notes)


def _name(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"page {numbers[0]} has"
    shown = ", ".join(map(str, numbers[:_NAMED_PAGES]))
    more = f" and {len(numbers) - _NAMED_PAGES} more" if len(numbers) > _NAMED_PAGES else ""
    return f"pages {shown}{more} have"


def _without_margins(pages: Sequence[PageLines]) -> list[PageLines]:
    """Pages without the headers and footers that an earlier page has shown, and without bare page numbers."""
    if len(pages) < 4:
        return list(pages)
    shown = Counter(key for page in pages for key in {key for _, key in _margin(page)})
    seen: set[str] = set()
    kept = []
    for page in pages:
        dropped = set()
        for index, key in _margin(page):
            bare = not key.strip("# .-–—/|·")
            if bare or (key in seen and shown[key] >= max(3, REPEATED * len(pages) / 2)):
                dropped.add(index)
            seen.add(key)
        lines = tuple(line for index, line in enumerate(page.lines) if index not in dropped)
        kept.append(replace(page, lines=lines))
    return kept


def _margin(page: PageLines) -> list[tuple[int, str]]:
    """Index and text, numbers as ``#``, of the lines in the margins."""
    return [
        (index, _DIGITS.sub("#", line.text))
        for index, line in enumerate(page.lines)
        if line.bottom < MARGIN or line.top > 1 - MARGIN
    ]
