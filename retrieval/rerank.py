"""The best passages read beside the question and put in a better order.

Engines are of one kind, ``Reranker``; which one runs is decided in the wiring. The order is a convex combination of
what the reranker says and what the fusion said: an engine that was not trained for the language at hand can then
correct the ranking without overturning it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.types import TokenEmbedder
from retrieval.types import Hit, Ranking

DEPTH = 30  # passages that are read; what stands lower keeps its place
RERANK_WEIGHT = 0.5


class Reranker(Protocol):
    """Judges passages beside a question."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score a text, higher is better; only the order and the relative gaps mean something."""
        ...


class MaxSim:
    """Late interaction over the embedder's own token vectors: each word of the question finds its best match.

    The score is the mean over the question's tokens of the largest cosine to a passage token (Khattab & Zaharia 2020,
    https://arxiv.org/abs/2004.12832, section 3.3, there a sum).
    """

    name = "maxsim"

    def __init__(self, embedder: TokenEmbedder) -> None:
        self._embedder = embedder

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Scores in [-1, 1], one a text."""
        asked = self._embedder.embed_tokens([question], query=True)[0]
        return [_maxsim(asked, passage) for passage in self._embedder.embed_tokens(texts)]


def _maxsim(asked: NDArray[np.float32], passage: NDArray[np.float32]) -> float:
    if not len(asked) or not len(passage):
        return -1.0
    return float((asked @ passage.T).max(axis=1).mean())


def reranked(read: Sequence[Hit], scores: Sequence[float], rest: Ranking, *, weight: float) -> Ranking:
    """``read`` in the order of ``weight · reranker + (1 - weight) · before``, both stretched to [0, 1]; then ``rest``.

    The scores of ``rest`` are brought below those of ``read`` and keep their order.
    """
    mixed = weight * _stretched(scores) + (1 - weight) * _stretched([hit.score for hit in read])
    front = sorted((Hit(hit.key, float(score)) for hit, score in zip(read, mixed, strict=True)), key=_order)
    return (*front, *(Hit(hit.key, -float(place)) for place, hit in enumerate(rest, start=1)))


def _order(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.key


def _stretched(scores: Sequence[float]) -> NDArray[np.float64]:
    values = np.asarray(scores, np.float64)
    width = float(np.ptp(values)) if len(values) else 0.0
    return (values - values.min()) / width if width > 0 else np.zeros(len(values))
