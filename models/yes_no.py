"""From the probabilities of an answer's first token to how likely the answer is yes."""

from __future__ import annotations

import math
from collections.abc import Iterable

TOP_TOKENS = 20  # the most that OpenAI-compatible endpoints give
_YES = frozenset({"yes", "y", "是", "是的", "能", "有"})
_NO = frozenset({"no", "n", "not", "否", "不", "不是", "没有", "不能"})


def yes_probability(first: Iterable[tuple[str, float]]) -> float:
    """P(yes) / (P(yes) + P(no)) over the likeliest first tokens, given with their natural log-probabilities.

    Case, blanks and the script of the word do not count. .5 where neither word is among them. The normalised form is
    that of Nogueira et al. 2020, arXiv:2003.06713, section 3 (there "true" and "false").
    """
    yes = no = 0.0
    for token, logarithm in first:
        word = token.strip().lower().strip("▁Ġ")
        if word in _YES:
            yes += math.exp(logarithm)
        elif word in _NO:
            no += math.exp(logarithm)
    return yes / (yes + no) if yes + no > 0 else 0.5
