"""PDF with pdfium (pypdfium2): lines with their boxes → columns and tables → paragraphs, headings, notes.

unstructured's PDF reader needs 7 GB of packages and 100 ms a page; pdfium needs 9 MB and about 2 ms, and its licence is
permissive. Pages without a text layer, or with a broken one, are read by OCR where its extra is installed. Running
headers and footers are kept once, page numbers not at all.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingest import ocr
from ingest.clean import clean_line
from ingest.errors import PasswordNeeded, TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.pdf_headings import find_headings
from ingest.readers.pdf_hyphens import with_hyphens
from ingest.readers.pdf_layer import Layer, judge
from ingest.readers.pdf_layout import arrange
from ingest.readers.pdf_lines import PageLines, some_pages
from ingest.readers.pdf_margins import without_margins
from ingest.readers.pdf_paragraphs import page_blocks
from ingest.readers.pdf_warnings import Found, length_of, ocr_notes, warnings_of
from ingest.types import Block, Parsed

# Word, Excel and browsers leave the name of the file they printed; that is no title.
_PRINTED = re.compile(
    r"\.(docx?|xlsx?|pptx?|x?html?|txt|md|odt|wps|indd|tex|dvi|qxd|pdf|ps)$|^(microsoft word|untitled)", re.IGNORECASE
)
_EMPTY = PageLines((), 1.0, 1.0, 0)


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks page by page. Raises PasswordNeeded, TooLarge, UnreadableFile, or EmptyDocument for an unread scan."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise PasswordNeeded("the PDF is encrypted: save it without a password") from error
        raise UnreadableFile(
            f"pdfium cannot open the PDF, it is damaged or cut off ({error}): save it again in its program"
        ) from error
    with contextlib.closing(document):
        count = len(document)
        if count > limits.pages:
            raise TooLarge(f"the PDF has {count} pages, the limit is {limits.pages}: split it")
        found = _found(document.raw, count, limits)
        warnings = warnings_of(found, limits)
        pages, removed = without_margins([page or _EMPTY for page in found.pages])
        pages = [arrange(page) for page in pages]
        pages = with_hyphens(pages)
        headings = find_headings(document.raw, pages)
        title = clean_line(_title(pdfium, document.raw))
        blocks: list[Block] = []
        for index, page in enumerate(pages):
            blocks.extend(page_blocks(page, index + 1, headings[index]))
    notes = ocr_notes(pages) | ({"repeated_lines": removed} if removed else {})
    return Parsed("pdf", title or None, tuple(blocks), count, warnings, notes)


def _found(document: Any, count: int, limits: Limits) -> Found:
    """The pages as their text layers give them, those that need it read by OCR."""
    pages: list[PageLines | None] = []
    layers: list[Layer] = []
    while len(pages) < count:
        for page in some_pages(document, len(pages), count):
            layers.append(Layer.BLANK if page is None else judge(page, document, len(pages)))
            pages.append(page)
    wanted = [
        index
        for index, layer in enumerate(layers)
        if layer in (Layer.NONE, Layer.BROKEN) or (limits.ocr == "on" and layer is Layer.TEXT)
    ]
    if limits.ocr == "off" or not ocr.available():
        return Found(pages, layers, ())
    read_now = list(_scanned(document, wanted[: limits.ocr_pages], limits))
    for index, page in read_now:
        layer = pages[index]
        if layers[index] is Layer.NONE and layer and length_of(layer) > length_of(page):
            continue  # a page number beside a drawing without words
        pages[index] = page
    return Found(pages, layers, tuple(index for index, _ in read_now))


def _scanned(document: Any, wanted: Sequence[int], limits: Limits) -> Iterator[tuple[int, PageLines]]:
    from ingest.readers.pdf_scan import scan_page

    for index in wanted:
        page = scan_page(document, index, limits)
        if page is not None:
            yield index, page


def _title(pdfium: Any, document: Any) -> str:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    buffer = ctypes.create_string_buffer(max(size, 2))
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, size)
    title = buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace")
    return "" if _PRINTED.search(title) else title
