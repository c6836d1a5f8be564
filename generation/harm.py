"""Whether a question asks for harm: rules in both languages, kept as data (policy/harm.toml).

The rules read words, not minds. They are there to turn away what plainly asks for a way to hurt somebody, and to let
pass what only looks like it ("How do I kill a process?"); what they miss meets a shelf of documents that seldom holds
an answer to it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from store.analyzer import fold

Policy = Callable[[str], str | None]
"""What says why a question is refused, None where it may be answered: ``harmful``, or ``generation.harm_learned``."""


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
    innocent, rules = _policy()
    for phrase in innocent:
        folded = phrase.sub(" ", folded)
    return next((rule.name for rule in rules if rule.fits(folded)), None)


@lru_cache(maxsize=1)
def _policy() -> tuple[tuple[re.Pattern[str], ...], tuple[_Rule, ...]]:
    """The phrases that are taken out of a question, and the rules that what is left is held against."""
    data: dict[str, Any] = tomllib.loads((files("generation") / "policy" / "harm.toml").read_text("utf-8"))
    words: dict[str, str] = data["words"]
    rules = tuple(
        _Rule(rule["name"], _compiled(rule["all"], words), _compiled(rule.get("unless", []), words))
        for rule in data["rules"]
    )
    return _compiled(data["innocent"]["phrases"], words), rules


def _compiled(patterns: list[str], words: dict[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_filled(pattern, words)) for pattern in patterns)


def _filled(pattern: str, words: dict[str, str]) -> str:
    """``pattern`` with every ``{name}`` replaced, names within lists too."""
    while (found := re.search(r"\{([^\W\d]\w*)\}", pattern)) is not None:
        pattern = pattern[: found.start()] + f"(?:{words[found[1]]})" + pattern[found.end() :]
    return pattern
