"""Passages that say the same: a page in two files, a file and its twin in Traditional characters, a copy with a header.

Only copies are taken out. Two versions of a contract that differ in one number, one name or one "not" read almost the
same and say two things; both stay. So two passages are copies when one of them has no word that the other lacks, what
the other has more is little, and no number and no negation is in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

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


class _Words:
    """A text as it is compared; words and shingles are made for the few texts that another one could be a copy of."""

    def __init__(self, text: str) -> None:
        self._text, self._folded = text, fold(text)
        self.letters = frozenset(filter(str.isalnum, frozenset(self._folded)))

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self._folded))

    @cached_property
    def signs(self) -> str:
        """What has no word at all (a row of dashes) is compared as it stands."""
        return "" if self.words else " ".join(self._text.split())

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.words)

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        return frozenset(zip(*(self.words[start:] for start in range(SHINGLE)), strict=False))


def copies(one: str, other: str) -> bool:
    """Whether two texts say the same; script, width, case, blanks and punctuation make no difference."""
    return _same(_words(one), _words(other))


def _same(first: _Words, second: _Words) -> bool:
    # The cheap questions first: nearly every two passages have a letter or a word each that the other one lacks.
    if not (_within(first.letters, second.letters) and _within(first.known, second.known)):
        return False
    if (first.words, first.signs) == (second.words, second.signs):
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
    """The passages in order, each copy of an earlier one left out; only as many are read as are taken."""
    taken: list[_Words] = []
    for passage in passages:
        words = _words(passage.chunk.text)
        if not any(_same(words, one) for one in taken):
            taken.append(words)
            yield passage


def similarity(one: str, other: str) -> float:
    """How much two texts share, 0 to 1: the Jaccard similarity of their words."""
    first, second = _words(one).known, _words(other).known
    return len(first & second) / len(first | second) if first or second else 1.0


def _within(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one of two sets holds the other."""
    return one <= other or other <= one


def _matters(word: str) -> bool:
    return _NUMBER.search(word) is not None or word in _NEGATION


@lru_cache(maxsize=2048)
def _words(text: str) -> _Words:
    return _Words(text)
