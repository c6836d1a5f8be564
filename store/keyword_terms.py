"""What a keyword score is made of: tantivy's own explanation of a hit, read back into terms.

tantivy explains a score as a tree (src/query/explanation.rs): sums and boosts outside, at each leaf one term with its
idf and how often the text holds it. Whatever the query is built of, its leaves are what a reader wants to see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TERM = re.compile(r'Term\(field=\d+, type=Str, "(.*)"\)', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)", re.DOTALL)  # Rust's way to print a string for debugging
_BOOST = re.compile(r"Boost x(\S+) of")


@dataclass(frozen=True, slots=True)
class TermScore:
    """A term of the question that a passage holds.

    ``idf`` is its weight, ``count`` how often the passage holds it, ``score`` its part of the passage's keyword score.
    """

    term: str
    idf: float
    count: int
    score: float


def terms_of(explanation: str) -> tuple[TermScore, ...]:
    """The terms behind a score, the heaviest first, from tantivy's explanation as JSON."""
    merged: dict[str, TermScore] = {}
    for one in _leaves(json.loads(explanation), 1.0):
        before = merged.get(one.term)
        score = one.score + (before.score if before else 0.0)
        merged[one.term] = TermScore(one.term, one.idf, max(one.count, before.count if before else 0), score)
    return tuple(sorted(merged.values(), key=lambda one: (-one.score, one.term)))


def _leaves(node: dict[str, Any], factor: float) -> Iterator[TermScore]:
    """The terms below a node; ``factor`` is the product of the boosts above it."""
    term = next((found[1] for told in node.get("context", ()) if (found := _TERM.search(told))), None)
    if term is not None:
        numbers = dict(_numbers(node))
        term = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], term)
        count = int(numbers.get("freq, occurrences of term within document", 1))
        yield TermScore(term, numbers.get("idf", 0.0), count, factor * node["value"])
        return
    boost = _BOOST.match(node["description"])
    for detail in node.get("details", ()):
        yield from _leaves(detail, factor * (float(boost[1]) if boost else 1.0))


def _numbers(node: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for detail in node.get("details", ()):
        name = detail["description"]
        yield ("idf" if name.startswith("idf,") else name), float(detail["value"])
        yield from _numbers(detail)
