"""Text as a report may show it: nothing hidden, nothing that reorders its neighbours; its width and its numbers.

A report shows questions, passages and model output, so every text is hostile until it went through ``visible`` and
the template's escaping.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

# What a reader cannot see or what would change the order of the text around it: controls but tab and newline,
# bidirectional embeddings, overrides and isolates (Boucher and Anderson 2021, "Trojan Source"), lone surrogates (they
# have no UTF-8 form) and non-characters.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_NARROW = frozenset(" .,:;'|!()[]{}ijlftrI-/")
_WIDE = frozenset("mwMW@%—−+<>=~&→")
_ELLIPSIS = "…"


def visible(text: str) -> str:
    """The text with every hidden control written out: NUL as ␀, a right-to-left override as [U+202E]."""
    return _HIDDEN.sub(_written_out, text.replace("\r\n", "\n"))


def _written_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)  # the block "Control Pictures"
    return "\u2421" if code == 0x7F else f"[U+{code:04X}]"


def text_width(text: str, size: float) -> float:
    """Roughly how wide a system font sets the text, in the unit of ``size``.

    Advances of DejaVu Sans, the widest that report.css may fall back to: a text is rather cut than runs into another.
    """
    return size * sum(_advance(character) for character in text)


def _advance(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.4
    return 0.82 if character in _WIDE else 0.7 if character.isupper() else 0.63


def shorten(text: str, width: float, size: float) -> str:
    """The longest beginning of one line that fits into ``width``, with an ellipsis where something is cut off."""
    line = " ".join(text.split())
    if text_width(line, size) <= width:
        return line
    room, kept = width - text_width(_ELLIPSIS, size), 0
    for character in line:
        room -= size * _advance(character)
        if room < 0:
            break
        kept += 1
    return line[:kept].rstrip() + _ELLIPSIS


def decimals_for(values: Iterable[float]) -> int:
    """Decimals that show three digits of the largest value: 0.731, 38.2, 1,240; none where all are whole."""
    numbers = [abs(value) for value in values]
    if all(value == int(value) for value in numbers):
        return 0
    largest = max(numbers)
    most = 3 if largest >= 0.01 else 12
    return min(most, max(0, 2 - math.floor(math.log10(largest))))


def number(value: float, decimals: int) -> str:
    """A number for the eye: thousands apart, a true minus sign, never "−0"."""
    if value and not 1e-9 < abs(value) < 1e7:
        return f"{value:.3g}".replace("-", "−")
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{decimals}f}".replace("-", "−")


def plain(value: float) -> str:
    """A number for copying into another program: six significant digits, ASCII only."""
    return f"{value + 0.0:.6g}"
