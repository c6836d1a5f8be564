"""Places for the other language of a mixed library, where it has something that stands out. Pure functions.

Embedders prefer the question's own language, right or wrong: of the passages that multilingual-e5-small ranks highest
for a Chinese question, none is English as long as there are a hundred Chinese ones (Roy et al. 2020,
https://arxiv.org/abs/2004.05484, call it language bias and measure it the same way). Centring (models.centring) takes
half of that away, the keyword leg knows the question's own language only. So the best passages of the other language
are asked for by themselves, and shown when one stands out among them (docs/quality.md has what that gives and costs).
"""

from __future__ import annotations

from collections.abc import Container

from retrieval.types import Hit, Ranking
from store.language import letters

PLACES = (3, 5)
"""Where the best passages of the other language stand: below the two best of the question's own."""

STANDS_OUT = 0.3
DEEP = 10
"""The best is compared with the one at this rank."""

LOOKED_AT = 40  # hits of the other language, of which mixed passages are left out
READ = 12  # of them are read at a time, until DEEP are not mixed: hardly any are


def mixed(text: str) -> bool:
    """Whether a text that counts as English holds more than one Han character for ten Latin words.

    Code and tables of a Chinese document are such, and they draw every Chinese question to them.
    """
    han, latin = letters(text)
    return 10 * han >= max(1, latin)


def stands_out(other: Ranking, spread: float, share: float) -> bool:
    """Whether the other language's best passage is more than the best of many.

    Args:
        other: its hits by cosine.
        spread: the standard deviation of the question's cosines with its passages.
        share: how much of the question's words the best passage of all holds: its keyword score over the question's
            mass. Where the words are found, the answer is hardly in the other language.

    The best of an unrelated language is about as near as the tenth; one that answers is a standard deviation nearer.
    """
    if len(other) < DEEP:
        return bool(other)  # nothing to compare with: of so few, the best costs little
    if spread <= 0:
        return False
    return (other[0].score - other[DEEP - 1].score) / spread - share >= STANDS_OUT


def heard(ranking: Ranking, other: Ranking, foreign: Container[int]) -> Ranking:
    """``ranking`` with the best of ``other`` at PLACES, as far as these would not be filled anyway.

    ``foreign`` are the keys that are in the other language. A passage that is moved up gets a score between its new
    neighbours, so that scores still fall.
    """
    rest = {hit.key: hit.score for hit in ranking}
    waiting = [hit.key for hit in other]
    placed: list[Hit] = []
    found = 0
    for place in range(1, PLACES[-1] + 1):
        due = place in PLACES and found <= PLACES.index(place)
        key = next((key for key in waiting if all(hit.key != key for hit in placed)), None) if due else None
        if key is None:
            key = next(iter(rest), None)
            if key is None:
                break
            placed.append(Hit(key, rest.pop(key)))
        else:
            own = rest.pop(key, None)
            above = placed[-1].score if placed else 1.0
            below = next(iter(rest.values()), min(0.0, above))  # no score of a fusion is below 0
            here = own is not None and below <= own <= above  # where it stood anyway
            placed.append(Hit(key, own if here and own is not None else (above + below) / 2))
        found += placed[-1].key in foreign
    return (*placed, *(Hit(key, score) for key, score in rest.items()))
