"""Bars on stderr for long runs, with the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.console import bars_of

Start = Callable[[str], Callable[[int, int], None]]
"""Begins a bar with a name and returns the function that moves it (done, in all)."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Start]:
    """Bars while the block runs; none at all when ``quiet``."""
    with bars_of(quiet=quiet) as bars:

        def start(what: str) -> Callable[[int, int], None]:
            task = bars.add_task(what, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield start
