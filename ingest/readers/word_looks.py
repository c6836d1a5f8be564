"""What a Word paragraph is by its looks, where no style says it: code in a typewriter font, a heading in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ingest.readers.ooxml import local
from ingest.readers.text import columns
from ingest.types import Block, BlockKind

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CODE_STYLE = re.compile(
    r"(?:source ?|html ?|plain ?)?(?:code|preformatted|verbatim|listing)\b|macro text|代码|程式碼|源码"
)
_TYPEWRITER = re.compile(r"courier|consolas|menlo|monaco|lucida console|\bmono\b|source code|fira code|cascadia", re.I)
_ENDED = re.compile(r"[.。!！?？;；,，:：、…]$")
_OFF = ("0", "false", "off")
LONGEST = 60  # columns of a bold line that may be a heading; Chinese takes two a character
SHARE = 0.15  # of the text that such lines may be, else bold is the body
LEAST = 2


def in_typewriter(paragraph: Any) -> bool:
    """Whether all words of a paragraph are set in a font of equal widths."""
    fonts = [run.find(f"{_W}rPr/{_W}rFonts") for run in _runs(paragraph)]
    return bool(fonts) and all(
        font is not None and _TYPEWRITER.search(font.get(f"{_W}ascii", "")) is not None for font in fonts
    )


def is_bold(paragraph: Any) -> bool:
    """Whether all words of a paragraph are set in bold by hand."""
    marks = [run.find(f"{_W}rPr/{_W}b") for run in _runs(paragraph)]
    return bool(marks) and all(mark is not None and mark.get(f"{_W}val", "1") not in _OFF for mark in marks)


def may_head(text: str) -> bool:
    """Whether a bold line may be a heading: short, on one line, not a sentence."""
    return columns(text) <= LONGEST and "\n" not in text and not _ENDED.search(text) and any(map(str.isalpha, text))


def bold_headings(blocks: Sequence[Block], bold: Sequence[Block], title: str) -> list[Block]:
    """Blocks with those of ``bold`` (the same objects) as headings, in a file whose styles name none but its title.

    A bold line heads something only if what follows is no bold line; the file's first block may be its title.
    """
    marked = {id(block) for block in bold}
    styled = any(block.kind is BlockKind.HEADING and block.text != title for block in blocks)
    size = sum(len(block.text) for block in bold)
    if styled or len(bold) < LEAST or size > SHARE * sum(len(block.text) for block in blocks):
        return list(blocks)
    level = 2 if title else 1
    following = [*(id(block) in marked for block in blocks[1:]), True]
    return [
        replace(block, kind=BlockKind.HEADING, level=level)
        if id(block) in marked and (not followed or number == 0)
        else block
        for number, (block, followed) in enumerate(zip(blocks, following, strict=True))
    ]


def _runs(paragraph: Any) -> Iterator[Any]:
    """The runs with words in them."""
    for run in paragraph.iter(f"{_W}r"):
        if any(local(child) == "t" and (child.text or "").strip() for child in run):
            yield run
