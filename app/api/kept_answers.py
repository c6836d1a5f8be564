"""Answers that were given, kept in memory for a while, so that a client names one by its id: to read it, to rate it.

They are not written to disk: an answer repeats its documents. One whose document has left the library is not given out.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from app.answer_feedback import Judgment
from app.api.errors import ApiError
from generation.types import Answer

KEPT_SECONDS = 24 * 3600.0
KEPT_ANSWERS = 1000  # about 10 kB each


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: under which id, from which collection, to which caller, and what its reader said about it."""

    id: str
    collection: str
    caller: str
    answer: Answer
    notices: tuple[str, ...] = ()
    judgment: Judgment = field(default_factory=Judgment)
    at: float = field(default_factory=time.time)


class KeptAnswers:
    """The newest answers by their ids."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._given: OrderedDict[str, Given] = OrderedDict()
        self._clock = clock
        self._lock = threading.Lock()

    def keep(self, given: Given) -> None:
        """Keep an answer; the oldest goes when there are too many."""
        with self._lock:
            self._given[given.id] = given
            while len(self._given) > KEPT_ANSWERS:
                self._given.popitem(last=False)

    def get(self, identity: str, caller: str) -> Given:
        """The answer with that id, given to that caller. Raises ApiError 404, alike for one given to another."""
        with self._lock:
            found = self._given.get(identity)
            if found is not None and found.at < self._clock() - KEPT_SECONDS:
                found = self._given.pop(identity) and None
        if found is None or found.caller != caller:
            raise no_answer(identity)
        return found


def no_answer(identity: str) -> ApiError:
    """The answer for one that is not there, for that of another key, and for one whose collection is hidden now."""
    message = f"no answer {identity!r}: answers are kept for a day, until the server ends, for their own key"
    return ApiError(404, "answer_not_found", message, "id")
