"""Whether a question asks for harm: rules in both languages, kept as data (policy/harm.toml).

The rules read words, not minds. They are there to turn away what plainly asks for a way to hurt somebody, and to let
pass what only looks like it ("How do I kill a process?"); what they miss meets a shelf of documents that seldom holds
an answer to it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from store.analyzer import fold


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    needed: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def fits(self, folded: str) -> bool:
        return all(p.search(folded) for p in self.needed) and not any(p.search(folded) for p in self.unless)


def harmful(question: str) -> str | None:
    """The name of the rule by which a question is refused, None where it may be answered."""
    folded = " ".join(fold(question).replace("’", "'").split())
    return next((rule.name for rule in _rules() if rule.fits(folded)), None)


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    data: dict[str, Any] = tomllib.loads((files("generation") / "policy" / "harm.toml").read_text("utf-8"))
    words: dict[str, str] = {}
    for name, pattern in data["words"].items():
        words[name] = pattern
    return tuple(
        _Rule(rule["name"], _compiled(rule["all"], words), _compiled(rule.get("unless", []), words))
        for rule in data["rules"]
    )


def _compiled(patterns: list[str], words: dict[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_filled(pattern, words)) for pattern in patterns)


def _filled(pattern: str, words: dict[str, str]) -> str:
    """``pattern`` with every ``{name}`` replaced, names within lists too."""
    while (found := re.search(r"\{([^\W\d]\w*)\}", pattern)) is not None:
        pattern = pattern[: found.start()] + f"(?:{words[found[1]]})" + pattern[found.end() :]
    return pattern
