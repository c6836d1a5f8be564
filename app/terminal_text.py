"""Text of documents, names and models on its way to a terminal: shown, never obeyed.

A terminal takes orders from what it prints (ECMA-48: colours, cursor, the window's title, and by OSC 52 the
clipboard), and marks of direction show a name in another order than it has. Both become a sign that something was
there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_ORDERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]+")


def terminal_text(text: str) -> str:
    """``text`` without what a terminal would obey; line breaks and tabs stay."""
    return _ORDERS.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(name: str) -> str:
    """A name on one line: a line break in it must not look like a line of our own."""
    return terminal_text(_BREAKS.sub("⏎", name))


def console_of(*, stderr: bool) -> Console:
    """A console that prints every text through ``terminal_text``."""
    from rich.console import Console

    class Careful(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(terminal_text(one) if isinstance(one, str) else one for one in objects), **options)

    return Careful(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)
