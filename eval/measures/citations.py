"""Citations against gold evidence, and sentences against what they cite.

The measures are those of ALCE (Gao et al. 2023, arXiv:2305.14627, section 4.3) with one difference: there a model
judges whether a passage entails a sentence; here people marked the evidence, and a citation is right when the words it
quotes are those. A quote and a piece of evidence **overlap** when, folded and without blanks and punctuation, one holds
the other, or they share a run of characters at least half as long as the shorter of them (and 8 characters at least).
Comparing words and not positions lets any parser, chunker and edition of a document be measured on the same labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from eval.answers.types import Reading, Unit
from generation.terms import squeeze
from generation.types import Answer, Verdict

SHARED = 0.5
"""Share of the shorter text that must be one run in both."""
SHORTEST = 8
"""Characters such a run has at least, blanks and punctuation not counted; a whole text may be shorter."""


def citation_precision(quotes: Sequence[str], gold: Sequence[Reading]) -> float:
    """The share of the cited places that overlap a piece of gold evidence of any reading; 0 when nothing is cited."""
    if not quotes:
        return 0.0
    units = [unit for reading in gold for unit in reading]
    return sum(any(_is_on(quote, unit) for unit in units) for quote in quotes) / len(quotes)


def citation_recall(quotes: Sequence[str], gold: Sequence[Reading]) -> float:
    """The share of the pieces of gold evidence that a cited place overlaps, of the reading that is covered best.

    A piece is a sentence where sentences were marked, else a passage, of which any cited place is enough.
    """
    shares = [sum(any(_is_on(quote, unit) for quote in quotes) for unit in reading) / len(reading) for reading in gold]
    return max(shares, default=0.0)


def faithfulness(answer: Answer) -> float | None:
    """The share of an answer's sentences that the product's own check found supported by what they cite.

    Sentences that state nothing (an announcement, "the documents do not say") are left out; a quote that nothing was
    compared with counts as not supported. None for an abstention, and where no sentence is left.
    The check compares words, not meaning, and quotes of the extractive answer pass it by construction.
    """
    if answer.abstained:
        return None
    stating = [s for s in answer.sentences if s.citations or s.verdict is not Verdict.UNCHECKED]
    return sum(s.verdict is Verdict.SUPPORTED for s in stating) / len(stating) if stating else None


def _is_on(quote: str, unit: Unit) -> bool:
    return any(overlap(quote, text) for text in unit)


@lru_cache(maxsize=4096)
def overlap(one: str, other: str) -> bool:
    """Whether two texts overlap, as the head of this file defines it; an empty one overlaps nothing."""
    short, long = sorted((squeeze(one), squeeze(other)), key=len)
    if not short:
        return False
    if short in long:
        return True
    needed = max(SHORTEST, SHARED * len(short))
    if len(short) < needed or not _shares(short, long):
        return False
    matcher = SequenceMatcher(None, short, long, autojunk=False)
    return matcher.find_longest_match(0, len(short), 0, len(long)).size >= needed


def _shares(short: str, long: str) -> bool:
    """Whether any run of SHORTEST characters stands in both: most pairs of texts fail here, and cheaply."""
    return any(short[at : at + SHORTEST] in long for at in range(len(short) - SHORTEST + 1))
