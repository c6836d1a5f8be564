"""Text as it should be kept: nothing invisible, one blank at a time, every word still the author's.

Full-width forms, Traditional characters and compatibility letters stay as written (NFC, not NFKC): folding belongs to
the search analyzer, because a citation quotes this text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[@-Z\\-_]")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, soft hyphen, zero-width and bidi controls, interlinear marks, non-characters, Unicode tags (invisible ASCII,
# used to hide instructions from readers) and the variation selectors supplement (bytes can be smuggled in it).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e0fff]"
)
# Joiners mean something in Arabic and Indic words and between emoji; anywhere else they only hide.
_JOINER = re.compile("(?<![\u0600-\u08ff\u0900-\u0dff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+")
_SELECTORS = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Any of the above, in one search: most lines have none of them.
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BLANK_LINES = re.compile(r"\n{2,}")

HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WIDE = f"{HAN}\u3000-\u303f\u3040-\u30ff\uff00-\uff60\u201c\u201d\u2018\u2019\u2014\u2026"
_HAN = re.compile(f"[{HAN}]")
_WIDE_CHAR = re.compile(f"[{_WIDE}]")
# Quotes and dashes are shared with English, so a wrapped line is Chinese only if a Han or full-width side shows it.
_EAST_CHAR = re.compile(f"[{HAN}\u3000-\u303f\u3040-\u30ff\uff00-\uff60]")


def visible(text: str) -> str:
    """``text`` without what a reader cannot see, in NFC, all line breaks as line feeds; blanks are left alone."""
    if _SUSPECT.search(text):
        text = _BREAKS.sub("\n", _ANSI.sub("", text))
        text = _SELECTORS.sub(r"\1", _JOINER.sub("", _INVISIBLE.sub("", text)))
        text = _SURROGATE.sub("\ufffd", text)
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """One line: visible characters, runs of blanks (U+3000 and no-break blanks too) as one blank, none at the ends."""
    if text.isascii() and text.isprintable():  # most lines of an English PDF; ten times faster
        return " ".join(text.split())
    return _BLANKS.sub(" ", visible(text).replace("\n", " ")).strip()


def clean_text(text: str) -> str:
    """A paragraph: each line as ``clean_line``, line breaks kept, empty lines dropped."""
    lines = (_BLANKS.sub(" ", line).strip() for line in visible(text).split("\n"))
    return _BLANK_LINES.sub("\n", "\n".join(line for line in lines if line))


def clean_code(text: str) -> str:
    """Code: visible characters, indentation and empty lines inside kept, blanks at line ends dropped."""
    lines = [line.rstrip() for line in visible(text).split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def clean_cell(text: str) -> str:
    """A table cell: one line, and its own bars as ``¦`` so that they are not read as cell borders."""
    return clean_line(text).replace(" | ", " ¦ ")


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a TABLE block's text: one row a line, cells joined by " | ", empty rows and columns left out."""
    grid = [[clean_cell(cell) for cell in row] for row in rows]
    width = max((len(row) for row in grid), default=0)
    used = [column for column in range(width) if any(len(row) > column and row[column] for row in grid)]
    lines = (" | ".join(row[column] if column < len(row) else "" for column in used) for row in grid if any(row))
    return "\n".join(line.rstrip() for line in lines)


def is_han(character: str) -> bool:
    """Whether ``character`` is a Chinese character (radicals and the compatibility forms included)."""
    return _HAN.match(character) is not None


def joint(before: str, after: str) -> str:
    """What belongs between two lines that a page break or margin tore apart: nothing in Chinese, else one blank."""
    if not before or not after:
        return ""
    left, right = before[-1], after[0]
    if _EAST_CHAR.match(left) and _WIDE_CHAR.match(right):
        return ""
    if _EAST_CHAR.match(right) and _WIDE_CHAR.match(left):
        return ""
    return " "


def unwrap(lines: Sequence[str]) -> str:
    """Wrapped lines as one paragraph; blanks made by the wrapping do not come between Chinese characters."""
    text = ""
    for line in lines:
        text += joint(text, line) + line
    return text
