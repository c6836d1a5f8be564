"""What `shujia doctor` finds: each finding with a state and the next step. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.doctor_words import found, step
from app.settings import Settings
from app.words import Language

State = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``values`` fill the words; ``step`` names the next step, "" where none is."""

    name: str
    state: State
    said: str
    values: dict[str, object]
    step: str = ""

    def sentence(self, language: Language) -> str:
        """What was found."""
        return found(language, self.said, self.values)

    def next_step(self, language: Language) -> str:
        """What to do about it."""
        return step(language, self.step, self.values) if self.step else ""


Check = Callable[[Settings], Iterator[Finding]]


def ok(name: str, said: str, /, **values: object) -> Finding:
    """Nothing to do."""
    return Finding(name, "ok", said, values)


def warn(name: str, said: str, then: str, /, **values: object) -> Finding:
    """It works, but not as well or as safely as it could."""
    return Finding(name, "warn", said, values, then)


def bad(name: str, said: str, then: str, /, **values: object) -> Finding:
    """Something will fail."""
    return Finding(name, "bad", said, values, then)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in order. A check that fails itself is a finding too, so that one defect hides no other."""
    from app.doctor_library import LIBRARY
    from app.doctor_login import LOGIN
    from app.doctor_machine import MACHINE
    from app.doctor_models import WEIGHTS

    checks: Sequence[Check] = (*MACHINE, *LOGIN, *WEIGHTS, *LIBRARY)
    for check in checks:
        try:
            yield from check(settings)
        except Exception as exc:  # noqa: BLE001  # a sick machine may raise anything; doctor goes on and tells it
            name = check.__name__.removeprefix("check_")
            yield bad(name, "check_failed", "report_it", error=f"{type(exc).__name__}: {exc}")
