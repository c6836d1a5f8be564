"""How much a question's terms weigh: idf among the passages in the question's own language.

In a library of two languages the plain idf counts passages that could never hold a term: with ten Chinese passages for
every English one, "the" is as rare as a name is without them. The same English questions over the same English
documents then find less (mtrag Recall@10 .767 alone, .705 beside 33,000 Chinese passages, .746 with these weights, and
in the fused ranking .832, .803 and .834: docs/quality.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from store.analyzer import is_han
from store.language import Language


def idf(count: int, holding: int) -> float:
    """Lucene's idf, ``ln(1 + (N - n + .5) / (n + .5))``; a term that nothing holds weighs most."""
    return math.log(1 + (count - holding + 0.5) / (holding + 0.5))


def weights(
    holding: Mapping[str, int], count: int, languages: Mapping[str, int], language: Language
) -> dict[str, float]:  # fmt: skip
    """The weight of every term of a question.

    Args:
        holding: by term, how many passages hold it, at most ``count``.
        count: passages in all.
        languages: passages by the language of their document; empty where it is not known.
        language: the question's own.

    Words of the question's language are weighed among its passages; names in another script, numbers and identifiers
    stand in both and are weighed among all, and so is everything where the language has fewer passages than hold one
    of its words (English terms in a Chinese library).
    """
    own = [term for term in holding if _of(term, language)]
    among = languages.get(language, 0)
    if among < max((holding[term] for term in own), default=0) or not among:
        among = count
    special = dict.fromkeys(own, among)
    return {term: idf(special.get(term, count), n) for term, n in holding.items()}


def _of(term: str, language: Language) -> bool:
    return is_han(term) if language == "zh" else term.isalpha() and not is_han(term)
