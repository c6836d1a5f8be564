"""Rich Text (.rtf) with striprtf: the words and table cells; styles and headings are not followed."""

from __future__ import annotations

from collections.abc import Callable

from ingest.clean import clean_line, table_text, visible
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Paragraphs and tables; the code page the file names decides its 8-bit characters."""
    from striprtf.striprtf import rtf_to_text

    convert: Callable[..., str] = rtf_to_text
    text = convert(data.decode("latin-1"), errors="replace")
    blocks: list[Block] = []
    rows: list[list[str]] = []
    for line in [*visible(text).split("\n"), ""]:
        if line.count("|") and line.rstrip().endswith("|"):
            rows.append(line.rstrip().removesuffix("|").split("|"))
            continue
        if rows:
            blocks.append(Block(BlockKind.TABLE, table_text(rows)))
            rows = []
        if cleaned := clean_line(line):
            blocks.append(Block(BlockKind.PARAGRAPH, cleaned))
    return Parsed("rtf", None, tuple(block for block in blocks if block.text))
