"""How much a caller may ask: a token bucket a key."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from app.api.errors import ApiError

BURST_SECONDS = 10.0  # a bucket holds what flows into it in this time, and never less than one request
_MOST = 10_000  # buckets; the one that was used longest ago goes first


class Buckets:
    """``per_minute`` requests a caller, 0 for no limit; short bursts are let through."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._size = max(1.0, self._rate * BURST_SECONDS)
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller: (level, when)
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Take one request out of the caller's bucket. Raises ApiError 429 with the seconds until there is one."""
        if not self._rate:
            return
        now = self._clock()
        with self._lock:
            level, since = self._levels.pop(caller, (self._size, now))
            level = min(self._size, level + (now - since) * self._rate)
            enough = level >= 1
            self._levels[caller] = (level - 1 if enough else level, now)
            while len(self._levels) > _MOST:
                self._levels.popitem(last=False)
        if not enough:
            seconds = max(1, math.ceil((1 - level) / self._rate))
            message = f"more than {self._rate * 60:.0f} requests a minute: try again in {seconds} s"
            raise ApiError(429, "rate_limit_exceeded", message, headers={"Retry-After": str(seconds)})
