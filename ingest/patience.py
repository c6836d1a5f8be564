"""How a reader asks for more time: reading a page by OCR takes seconds, and a long scan is no reason to kill it.

In a parser child the question goes to the parent, which moves its deadline; outside of one nobody is waiting.
"""

from __future__ import annotations

from collections.abc import Callable

_ask: Callable[[float], None] = lambda seconds: None  # noqa: E731


def listen(ask: Callable[[float], None]) -> None:
    """``ask`` hears from now on how many seconds a reader wants from now on."""
    global _ask
    _ask = ask


def ask_for(seconds: float) -> None:
    """Say that the next step may take so many seconds from now on."""
    _ask(seconds)
