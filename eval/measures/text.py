"""An answer against the accepted answers: exact match, F1, containment, ROUGE and BLEU, for Chinese and English alike.

Several accepted answers are alternatives, and the best one counts. A question without one cannot be scored that way:
every function raises ValueError for it instead of giving a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from eval.measures.tokens import answer_tokens, tokens

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

Tokens = Sequence[str]


def exact_match(text: str, accepted: Sequence[str]) -> float:
    """1 where the tokens of ``text`` are those of an accepted answer (``text_tokens``: articles, punctuation gone)."""
    own = answer_tokens(text)
    return float(any(own == answer_tokens(one) for one in _some(accepted)))


def token_f1(text: str, accepted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of the tokens as a bag, 0…1 (Rajpurkar et al. 2016, section 6.1)."""
    return _best(text, accepted, answer_tokens, lambda own, wanted: _f_measure(_bag(own, 1), _bag(wanted, 1)))


def contains(text: str, accepted: Sequence[str]) -> float:
    """1 where the tokens of an accepted answer stand in ``text`` side by side: 13 is not contained in 130."""
    return _best(text, accepted, answer_tokens, lambda own, wanted: float(_stands_in(wanted, own)))


def rouge(text: str, accepted: Sequence[str]) -> dict[str, float]:
    """``rouge1``, ``rouge2`` and ``rougeL``, F-measures in 0…1 (Lin 2004, aclanthology.org/W04-1013, sections 2, 3.1).

    As rouge-score computes them, without stemming, over ``text_tokens.tokens``. Where both texts are a single token,
    which has no pair, rouge2 is rouge1, so that identical texts have 1 in all three.
    """
    return {
        "rouge1": _best(text, accepted, tokens, lambda own, wanted: _f_measure(_bag(own, 1), _bag(wanted, 1))),
        "rouge2": _best(text, accepted, tokens, _pairs_f_measure),
        "rougeL": _best(text, accepted, tokens, _subsequence_f_measure),
    }


def bleu(text: str, accepted: Sequence[str]) -> float:
    """Sentence BLEU in 0…100 as sacrebleu computes it, all accepted answers as references.

    Papineni et al. 2002 (aclanthology.org/P02-1040) with sacrebleu's exponential smoothing, tokenizer ``zh`` for either
    language: Han characters one by one, all else as ``13a``. Case and script count, as in published numbers. Texts of
    fewer than 4 tokens are scored by the orders they have (sacrebleu's effective order): identical ones have 100.
    """
    return float(_bleu("zh").sentence_score(text, list(_some(accepted))).score)


def corpus_bleu(texts: Sequence[str], accepted: Sequence[Sequence[str]], language: Literal["zh", "en"]) -> float:
    """BLEU of all answers together in 0…100; ``accepted`` holds the references of each, their number may differ.

    Tokenizer ``zh`` or ``13a`` by language, effective order as in ``bleu``. No texts or unequal lengths: ValueError.
    """
    if not texts or len(texts) != len(accepted):
        raise ValueError(
            f"{len(texts)} texts and {len(accepted)} lists of accepted answers: one list a text, at least one"
        )
    references = [list(_some(one)) for one in accepted]
    most = max(map(len, references))
    streams = [[one[i] if i < len(one) else one[0] for one in references] for i in range(most)]  # a repeat adds nothing
    return float(_bleu("zh" if language == "zh" else "13a").corpus_score(list(texts), streams).score)


def _some(accepted: Sequence[str]) -> Sequence[str]:
    """Raises ValueError for no accepted answer or a blank one; a bare string would be taken letter by letter."""
    if isinstance(accepted, str):
        raise TypeError(f"accepted answers are a list of texts, not the text {accepted!r}")
    if not accepted or not all(one.strip() for one in accepted):
        raise ValueError(f"accepted answers are {list(accepted)!r}: at least one is needed, and none may be blank")
    return accepted


def _best(
    text: str, accepted: Sequence[str], cut: Callable[[str], list[str]], score: Callable[[Tokens, Tokens], float]
) -> float:
    own = cut(text)
    return max(score(own, cut(one)) for one in _some(accepted))


def _bag(found: Tokens, order: int) -> Counter[tuple[str, ...]]:
    return Counter(pairwise(found) if order == 2 else ((token,) for token in found))


def _f_measure(own: Counter[tuple[str, ...]], wanted: Counter[tuple[str, ...]]) -> float:
    return _harmonic((own & wanted).total(), own.total(), wanted.total())


def _harmonic(common: int, own: int, wanted: int) -> float:
    """F1 of precision common/own and recall common/wanted: 2·common / (own + wanted)."""
    return 2 * common / (own + wanted) if common else 0.0


def _pairs_f_measure(own: Tokens, wanted: Tokens) -> float:
    order = 1 if len(own) < 2 and len(wanted) < 2 else 2
    return _f_measure(_bag(own, order), _bag(wanted, order))


def _subsequence_f_measure(own: Tokens, wanted: Tokens) -> float:
    return _harmonic(_longest_common(own, wanted), len(own), len(wanted))


def _longest_common(left: Tokens, right: Tokens) -> int:
    """Length of the longest common subsequence; one row of the table at a time."""
    row = [0] * (len(right) + 1)
    for token in left:
        diagonal = 0
        for place, other in enumerate(right, start=1):
            above = row[place]
            row[place] = diagonal + 1 if token == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]


def _stands_in(part: Tokens, whole: Tokens) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


@lru_cache(maxsize=2)
def _bleu(tokenizer: str) -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=tokenizer, effective_order=True, force=True)
