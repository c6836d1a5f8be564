"""Pages of a PDF without a readable text layer, rendered and read by OCR."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from ingest import ocr
from ingest.limits import Limits
from ingest.patience import ask_for
from ingest.readers.pdf_lines import PageLines
from ingest.readers.seen_page import page_of

DPI = 150  # twice this found nothing more on the test pages, and takes four times the memory
MOST_SIDE = 3000  # pixels: posters are rendered smaller, or they would not fit


def scan_page(document: Any, index: int, limits: Limits) -> PageLines | None:
    """Page ``index`` (from 0) by OCR, as a reader sees it (turned as the page says); None when it cannot be loaded."""
    import pypdfium2.raw as pdfium

    ask_for(limits.ocr_page_seconds)
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        scale = min(DPI / 72, MOST_SIDE / max(width, height, 1.0))
        picture = _render(pdfium, page, max(round(width * scale), 1), max(round(height * scale), 1))
    finally:
        pdfium.FPDF_ClosePage(page)
    return page_of(ocr.recognise(picture), width, height)


def _render(pdfium: Any, page: Any, width: int, height: int) -> ocr.Picture:
    """The page on white, blue first."""
    bitmap = pdfium.FPDFBitmap_Create(width, height, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        address = ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_ubyte * (stride * height)))
        rows = np.frombuffer(address.contents, dtype=np.uint8).reshape(height, stride)
        return np.ascontiguousarray(rows[:, : width * 4].reshape(height, width, 4)[:, :, :3])
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
