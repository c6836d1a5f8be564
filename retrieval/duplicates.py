"""Passages that say the same: a page in two files, a file and its twin in Traditional characters, a copy with a header.

Only copies are taken out. Two versions of a contract that differ in one number, one name or one "not" read almost the
same and say two things; both stay. So two passages are copies when one of them has no word that the other lacks, what
the other has more is little, and no number and no negation is in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from retrieval.types import Passage
from store.analyzer import fold

SHINGLE = 3  # words, or Han characters, in a row
SAME = 0.85
"""Jaccard similarity of the shingles from which two passages can be copies (Broder 1997, "On the resemblance and
containment of documents", with sets small enough to be compared whole)."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W_]+")
_NUMBER = re.compile(r"\d|[零〇一二三四五六七八九十百千万亿两]")
_NEGATION = frozenset(
    "不 没 無 无 非 未 勿 莫 否 别 not no never none nor neither without cannot t except unless".split()
)


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as it is compared: its words in order, how often each, its shingles, and the first of them in order."""

    text: str
    counts: Counter[str]
    shingles: frozenset[tuple[str, ...]]
    first: tuple[tuple[str, ...], ...]


def copies(one: str, other: str) -> bool:
    """Whether two texts say the same; script, width, case, blanks and punctuation make no difference."""
    first, second = _words(one), _words(other)
    if first.text == second.text:
        return True
    lengths = sorted((len(first.shingles), len(second.shingles)))
    if not lengths[0] or lengths[0] < SAME * lengths[1]:
        return False
    shared = len(first.shingles & second.shingles)
    if shared < SAME * (sum(lengths) - shared):
        return False
    more, less = first.counts - second.counts, second.counts - first.counts
    return not (more and less) and not any(_matters(word) for word in (*more, *less))


def without_copies(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The passages in order, each copy of an earlier one left out; only as many are read as are taken.

    Two sets as alike as copies are share one of their first shingles in any order of all shingles (Chaudhuri, Ganti &
    Kaushik 2006, "A primitive operator for similarity joins", section 4), so only those that do are compared.
    """
    taken: list[str] = []
    holding: dict[object, list[int]] = {}
    for passage in passages:
        words = _words(passage.chunk.text)
        signs: tuple[object, ...] = (words.text, *words.first)
        near = sorted({place for sign in signs for place in holding.get(sign, ())})
        if any(copies(passage.chunk.text, taken[place]) for place in near):
            continue
        for sign in signs:
            holding.setdefault(sign, []).append(len(taken))
        taken.append(passage.chunk.text)
        yield passage


def similarity(one: str, other: str) -> float:
    """How much two texts share, 0 to 1: the Jaccard similarity of their words."""
    first, second = _words(one).counts.keys(), _words(other).counts.keys()
    return len(first & second) / len(first | second) if first or second else 1.0


def _matters(word: str) -> bool:
    return _NUMBER.search(word) is not None or word in _NEGATION


@lru_cache(maxsize=2048)
def _words(text: str) -> _Words:
    words = _WORD.findall(fold(text))
    shingles = frozenset(zip(*(words[start:] for start in range(SHINGLE)), strict=False))
    first = sorted(shingles)[: len(shingles) - ceil(SAME * len(shingles)) + 1]
    # What has no letter at all (a row of dashes) is compared as it stands.
    return _Words(" ".join(words) or " ".join(text.split()), Counter(words), shingles, tuple(first))
