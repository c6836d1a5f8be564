"""What every part tells: one blow after another, and whether something was wrong after it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One blow: where, and what was wrong afterwards, "" for nothing. ``noted`` is a figure worth the table."""

    where: str
    wrong: str = ""
    noted: str = ""
