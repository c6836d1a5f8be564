"""Whether a PDF page's text layer can be read: there, missing, or broken.

A layer is broken where the file names its letters wrongly: fonts without a table to Unicode give private code points,
controls, or nothing at all. Such text finds nothing and cites nonsense, so the page is read as a picture instead.
"""

from __future__ import annotations

import ctypes
import re
from enum import StrEnum
from typing import Any

from ingest.readers.pdf_lines import PageLines

BROKEN = 0.3  # share of a page's characters that are no text
FEW = 60  # characters: a page with fewer and a picture over most of it is a scan with a stamp or a page number
COVERED = 0.5  # share of the page that pictures cover
SEEN = 0.03  # and on a page without any text: a smaller picture is an ornament
OUTLINES = 60  # shapes: letters drawn as outlines are that many
LEAST = 20  # characters a judgement needs

# Replacement characters, private use, unassigned planes and controls (clean_line has dropped most of these).
_NO_TEXT = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\u0000-\u0008\u000e-\u001f\u0080-\u009f]")
_CID = re.compile(r"\(cid:\d+\)")
# Letters of scripts that hardly ever meet on one page: what a wrong table makes of a subset font.
_ODD = re.compile(
    "[\u0180-\u024f\u0250-\u02af\u0600-\u06ff\u0700-\u08ff\u0900-\u0dff\u1200-\u139f\u13a0-\u167f\u2c00-\u2dff\ua4d0-\ua4ff\ua500-\uaaff]"
)
_BULLETS = re.compile("^[\ue000-\uf8ff]\\s*")  # a bullet of a symbol font at the beginning of a line is no damage


class Layer(StrEnum):
    """What a page's text layer is worth."""

    TEXT = "text"
    NONE = "none"
    BROKEN = "broken"
    BLANK = "blank"


def judge(page: PageLines, document: Any, index: int) -> Layer:
    """The state of the layer of page ``index`` (from 0); pictures are only measured where there is little text."""
    text = "".join([line.text if line.text.isascii() else _BULLETS.sub("", line.text) for line in page.lines])
    length = len(text) + page.unknown
    if length >= LEAST and not text.isascii() and noise(text, page.unknown) > BROKEN:
        return Layer.BROKEN
    if page.unknown > max(LEAST, BROKEN * length):
        return Layer.BROKEN
    if not page.lines:
        return Layer.NONE if page.objects and _drawn(document, index) else Layer.BLANK
    if length < FEW and page.objects < OUTLINES and _covered(document, index)[0] > COVERED:
        return Layer.NONE
    return Layer.TEXT


def _drawn(document: Any, index: int) -> bool:
    """Whether words may be in what is drawn: a picture, or so many shapes that they may be letters."""
    picture, shapes = _covered(document, index)
    return picture > SEEN or shapes >= OUTLINES


def noise(text: str, unknown: int = 0) -> float:
    """Share of characters that are no text: without a Unicode value, private, or a jumble of scripts."""
    marks = len(_NO_TEXT.findall(text)) + sum(map(len, _CID.findall(text))) + unknown
    odd = _ODD.findall(text)
    scripts = len({ord(one) >> 7 for one in odd})
    jumble = len(odd) if scripts >= 3 else 0
    return (marks + jumble) / max(len(text) + unknown, 1)


def _covered(document: Any, index: int) -> tuple[float, int]:
    """The largest share of the page that one picture covers, and how many other things are drawn on it."""
    import pypdfium2.raw as pdfium

    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return 0.0, 0
    try:
        area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
        count = pdfium.FPDFPage_CountObjects(page)
        largest, others = 0.0, max(count - 1000, 0)
        for n in range(min(count, 1000)):
            shape = pdfium.FPDFPage_GetObject(page, n)
            kind = pdfium.FPDFPageObj_GetType(shape)
            sides = [ctypes.c_float() for _ in range(4)]
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                others += 1
            elif pdfium.FPDFPageObj_GetBounds(shape, *map(ctypes.byref, sides)):  # a picture, or a form holding one
                left, bottom, right, top = (side.value for side in sides)
                largest = max(largest, (right - left) * (top - bottom))
        return (largest / area if area > 0 else 0.0), others
    finally:
        pdfium.FPDF_ClosePage(page)
