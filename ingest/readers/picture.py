"""Pictures (PNG, JPEG, TIFF, WebP, BMP, GIF) by OCR: each frame of a TIFF is a page, every line has its box."""

from __future__ import annotations

import importlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ingest import ocr
from ingest.errors import EmptyDocument, TooLarge, UnreadableFile, UnsupportedType
from ingest.limits import Limits
from ingest.patience import ask_for
from ingest.readers.pdf_headings import find_large
from ingest.readers.pdf_layout import arrange
from ingest.readers.pdf_lines import PageLines
from ingest.readers.pdf_paragraphs import page_blocks
from ingest.readers.pdf_warnings import UNSURE, ocr_notes
from ingest.readers.seen_page import page_of
from ingest.types import Parsed

# Only these decoders are tried: Pillow knows others that start programs (EPS) or are rarely looked at.
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")
DPI = 150.0  # taken for every picture: sizes only matter against one another
_MODULES = {"WEBP": "WebP"}
_KINDS = {"JPEG": "jpg", "MPO": "jpg"}


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks with boxes. Raises UnsupportedType without OCR, TooLarge, UnreadableFile, EmptyDocument without words."""
    from PIL import Image

    for form in FORMATS:  # Pillow opens only formats whose module is there
        importlib.import_module(f"PIL.{_MODULES.get(form, form.title())}ImagePlugin")
    if limits.ocr == "off" or not ocr.available():
        cure = ocr.OFF if limits.ocr == "off" else ocr.MISSING
        raise UnsupportedType(f"this is a picture: text in pictures needs OCR (the ocr extra); {cure}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about sizes far below the limit here
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                kind = str(image.format)
                pages = [arrange(page) for page in _pages(image, limits)]
    except Image.DecompressionBombError as error:  # before our own limit could be compared
        raise TooLarge(f"the picture has more than {limits.pixels} pixels: make it smaller ({error})") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableFile(f"the picture is damaged or cut off ({error}): save it again") from error
    if not any(page.lines for page in pages):
        raise EmptyDocument("OCR found no words in the picture")
    headings = find_large(pages)
    blocks = tuple(block for index, page in enumerate(pages) for block in page_blocks(page, index + 1, headings[index]))
    scores = [page.score for page in pages if page.lines and page.score is not None]
    told = [f"read by OCR (confidence {sum(scores) / len(scores):.2f})"]
    if min(scores) < UNSURE:
        told.append(f"the confidence is under {UNSURE:g}: check the text")
    return Parsed(_KINDS.get(kind, kind.lower()), None, blocks, len(pages), tuple(told), ocr_notes(pages))


def _pages(image: Any, limits: Limits) -> Iterator[PageLines]:
    """The frames of a TIFF, the first of anything else (an animation repeats itself)."""
    frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if frames > limits.ocr_pages:
        raise TooLarge(f"the picture has {frames} pages, the limit by OCR is {limits.ocr_pages}: split it")
    for frame in range(frames):
        image.seek(frame)
        if image.width * image.height > limits.pixels:
            raise TooLarge(f"the picture has {image.width} x {image.height} pixels, the limit is {limits.pixels}")
        ask_for(limits.ocr_page_seconds)
        picture = _upright(image)
        height, width = picture.shape[:2]
        yield page_of(ocr.recognise(picture), width * 72 / DPI, height * 72 / DPI)


def _upright(image: Any) -> ocr.Picture:
    """The frame as a camera's turn mark shows it, on white, blue first."""
    from PIL import Image, ImageOps

    shown = ImageOps.exif_transpose(image)
    if shown.mode in ("RGBA", "LA", "PA") or "transparency" in shown.info:
        layer = shown.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        shown = Image.alpha_composite(white, layer)
    return np.ascontiguousarray(np.asarray(shown.convert("RGB"), dtype=np.uint8)[:, :, ::-1])
