"""Numbers to places: scales, and ticks at round values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low``..``high`` to the places ``start``..``end`` (start may be larger: a vertical axis grows upwards)."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value, in the unit of ``start``."""
        low, high, at = (
            (math.log10(v) for v in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        )
        return self.start + (self.end - self.start) * (at - low) / (high - low)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest value, moved apart where they are equal, so that a scale never divides by nothing."""
    low, high = min(values), max(values)
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    room = abs(low) * 0.1 or 1.0
    return low - room, high + room


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round values (steps of 1, 2, 2.5 or 5 times a power of ten) that enclose low..high, about ``most`` of them."""
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(_clean(index * step, step) for index in range(first, last + 1))


def _clean(value: float, step: float) -> float:
    """The value without the noise of binary fractions: .30000000000000004 is .3."""
    return round(value, max(0, 2 - math.floor(math.log10(step)))) + 0.0


def tick_decimals(values: Sequence[float]) -> int:
    """The fewest decimals that tell these ticks exactly: one for 0, 0.2, 0.4."""
    return next((n for n in range(12) if all(abs(round(at, n) - at) <= 1e-9 * abs(at) for at in values)), 12)


def log_ticks(values: Sequence[float], scale: Scale, room: Callable[[float], float]) -> tuple[float, ...]:
    """Ticks of a logarithmic axis, ends first: the values themselves if few, else 1-2-5; each has its ``room``."""
    own = sorted(set(values))
    if len(own) > 12:
        powers = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
        steps = (_clean(factor * 10.0**power, 10.0**power) for power in powers for factor in (1, 2, 5))
        own = [step for step in steps if scale.low <= step <= scale.high] or own
    kept: list[float] = []
    for value in (own[0], own[-1], *own[1:-1]):
        if all(abs(scale(value) - scale(other)) >= (room(value) + room(other)) / 2 for other in kept):
            kept.append(value)
    return tuple(sorted(kept))


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places of labels moved until neighbours stand ``gap`` apart, order kept, within low..high where all fit there.

    Neighbours that collide become one block around their mean (pool adjacent violators), so labels move least.
    """
    blocks: list[tuple[float, list[int]]] = []  # (place of the first label, labels)
    for index in sorted(range(len(places)), key=lambda i: (places[i], i)):
        members, first = [index], places[index]
        while blocks and first < blocks[-1][0] + gap * len(blocks[-1][1]):
            members = blocks.pop()[1] + members
            first = sum(places[label] - gap * rank for rank, label in enumerate(members)) / len(members)
        blocks.append((first, members))
    order = [label for _, members in blocks for label in members]
    spots = [first + gap * rank for first, members in blocks for rank in range(len(members))]
    for rank in reversed(range(len(spots))):  # first up from the lower end, then down from the upper one
        spots[rank] = min(spots[rank], high - gap * (len(spots) - 1 - rank))
    for rank in range(len(spots)):
        spots[rank] = max(spots[rank], low + gap * rank)
    return [spot for _, spot in sorted(zip(order, spots, strict=True))]
