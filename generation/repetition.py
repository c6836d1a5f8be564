"""A model that has begun to repeat itself does not stop by itself; this finds the loop."""

from __future__ import annotations

_LONGEST_LOOP = 120
"""Characters of a repeated stretch that is looked for."""


def loop_start(text: str) -> int | None:
    """Where to cut ``text`` if its end is a loop, else None.

    A loop is a stretch of up to 120 characters written at least three times in a row, four times below 12 characters,
    and 24 characters in all (so that "……", "哈哈哈" or the rule of a table is none). The cut leaves the stretch once.
    """
    for length in range(1, _LONGEST_LOOP + 1):
        times = max(4 if length < 12 else 3, -(-24 // length))
        if length * times > len(text):
            continue
        unit = text[-length:]
        if unit.strip(" -_=|.…·*#\n\t") and text.endswith(unit * times):
            start = len(text)
            while text[:start].endswith(unit):
                start -= length
            return start + length
    return None
