"""What one file may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one file; over one of them the file ends as TooLarge, ParserTimeout or ParserCrashed.

    ``seconds`` is wall time in the child, ``memory_bytes`` its resident memory. ``cells`` counts spreadsheet and CSV
    cells, ``attachment_depth`` messages inside messages. ``ratio`` (decompressed : compressed) is only asked of
    archives that unpack to more than ``ratio_from_bytes``, because small XML parts legitimately shrink a hundredfold.
    ``archive_depth`` counts archives and messages inside one another that become documents of their own.

    ``ocr`` is auto (pages and pictures without a readable text layer), on (every page) or off. A page that is read so
    may take ``ocr_page_seconds`` more, ``ocr_pages`` of them a file; ``pixels`` is the largest picture.
    """

    file_bytes: int = 256 * MIB
    seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    pages: int = 10_000
    cells: int = 2_000_000
    decompressed_bytes: int = 1024 * MIB
    archive_entries: int = 10_000
    ratio: float = 200.0
    ratio_from_bytes: int = 32 * MIB
    text_characters: int = 50_000_000
    attachment_depth: int = 5
    attachments: int = 200
    archive_depth: int = 3
    ocr: str = "auto"
    ocr_pages: int = 500
    ocr_page_seconds: float = 120.0
    pixels: int = 100_000_000
