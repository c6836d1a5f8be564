"""What was asked a moment ago: question vectors, and the rankings of whole searches.

A ranking is kept under everything it depends on: the question as it was asked, the configuration, the set of chunks
that were allowed, and the number of the last change of the library. After a change the same question has another key,
so nothing that is kept can be stale; and passages are read from the catalogue anew every time, so a text, title or
path is never one of yesterday.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")
KEPT = 256  # of each kind; a search's rankings take about 20 kB


class Memory:
    """The last KEPT values, each under its key; the one not asked for longest goes first. Safe for several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._values: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], T], *, keep: Callable[[T], bool] = lambda _: True) -> T:
        """The value under ``key``, made where it is not known; two threads may make it twice, the later one stays.

        ``keep`` says whether a value that was made is worth keeping.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key])
        value = make()
        if not keep(value):
            return value
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._kept:
                self._values.popitem(last=False)
        return value
