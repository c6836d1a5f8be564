"""Text without what a reader cannot see: the one function through which text of documents goes to a model or a page.

What is written in invisible characters reaches a model and no reader: Unicode tag characters spell whole sentences
(Unicode 16.0, section 23.9), variation selectors carry bytes, zero-width characters split words, and controls of
direction show a text in another order than it is read (CVE-2021-42574).
"""

from __future__ import annotations

import re

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but tab, line breaks and NEXT LINE
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiner, Arabic mark, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, direction, invisible operators
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # blanks that are none, variation selectors, annotations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # format controls; tags, more selectors
)
"""One character that has no shape of its own."""


def visible(text: str) -> str:
    """``text`` without its invisible characters; line breaks and tabs stay. Positions change: never cut spans by it."""
    return INVISIBLE.sub("", text)
