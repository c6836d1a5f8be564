"""One search, one state of the library: who asks a shelf ten things asks once whether something has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_HELD: ContextVar[tuple[object, int] | None] = ContextVar("held", default=None)


@contextmanager
def standing(shelf: object, sequence: int) -> Iterator[None]:
    """While the block runs, ``stands`` says ``sequence`` of this shelf, in the block's context and in copies of it."""
    token = _HELD.set((shelf, sequence))
    try:
        yield
    finally:
        _HELD.reset(token)


def stands(shelf: object) -> int | None:
    """The change that a shelf is held at in this context; None where it has to be asked for."""
    held = _HELD.get()
    return held[1] if held is not None and held[0] is shelf else None
