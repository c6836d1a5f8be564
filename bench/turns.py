"""Several ways to do one thing, measured turn by turn in one process, so that other load on the machine hits all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

TURN = 6  # inputs that a side has before the next one's turn


def interleaved(
    sides: Mapping[str, Callable[[Any], object]], inputs: Sequence[Any]
) -> dict[str, list[tuple[float, float, object]]]:
    """Each side called with each input: (seconds, processor seconds, result) by side, in the order of inputs.

    The sides take turns after a few inputs, so that other load hits all; not after each, for a side that reads a
    gigabyte would leave the next one no cache.
    """
    measured: dict[str, list[tuple[float, float, object]]] = {name: [] for name in sides}
    for start in range(0, len(inputs), TURN):
        for name, side in sides.items():
            for one in inputs[start : start + TURN]:
                began, used = time.perf_counter(), time.process_time()
                found = side(one)
                measured[name].append((time.perf_counter() - began, time.process_time() - used, found))
    return measured


def report(title: str, found: dict[str, list[tuple[float, float, object]]]) -> None:
    """Medians of every side, and how many times the last one they are."""
    ours = next(name for name in found if name.startswith("shujia"))
    base = [median(one[place] for one in found[ours]) for place in (0, 1)]
    for name, each in found.items():
        clock, busy = (median(one[place] for one in each) for place in (0, 1))
        ratios = f"{clock / base[0]:.1f} times shujia's ({busy / base[1]:.1f} by processor time)"
        print(f"  {title}: {name} p50 {1000 * clock:.2f} ms ({1000 * busy:.2f} ms of processor), {ratios}", flush=True)


def processor(call: Callable[[], object]) -> float:
    """Processor seconds of a call."""
    began = time.process_time()
    call()
    return time.process_time() - began
