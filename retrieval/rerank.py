"""The best passages read beside the question and put in a better order.

Engines are of one kind, ``Reranker``; which one runs is decided in the wiring. The order is a convex combination of
what the reranker says and what the fusion said: an engine that was not trained for the language at hand can then
correct the ranking without overturning it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.types import ModelError
from retrieval.types import Hit, Ranking

log = logging.getLogger(__name__)

DEPTH = 30  # passages that are read; what stands lower keeps its place
RERANK_WEIGHT = 0.5
RERANK_SECONDS = 20.0
STEP = 4  # passages read between two looks at the clock


class Reranker(Protocol):
    """Judges passages beside a question, each by itself."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score a text, higher is better; only the order and the relative gaps mean something."""
        ...


def read(
    reranker: Reranker, question: str, texts: Sequence[str], seconds: float | None = None
) -> tuple[list[float], str]:
    """The scores of the first texts, as many as are read in about ``seconds``, and a notice; "" when all were read.

    With ``seconds``, a model that is down, slow or talks nonsense costs the better order, never the answer: the scores
    it gave until then count, and the notice says the rest. Without, all are read; raises what the model raises.
    """
    if seconds is None:
        return [float(score) for score in reranker.score(question, texts)], ""
    began = time.monotonic()
    scores: list[float] = []
    for start in range(0, len(texts), STEP):
        if start and time.monotonic() - began >= seconds:
            return scores, f"{reranker.name} read {start} of {len(texts)} passages in {seconds:g} s"
        step = texts[start : start + STEP]
        try:
            found = [float(score) for score in reranker.score(question, step)]
        except ModelError as exc:
            log.warning("%s failed after %d of %d passages: %s", reranker.name, start, len(texts), exc)
            return scores, f"{reranker.name} failed after {start} of {len(texts)} passages: {exc}"
        if len(found) != len(step) or not np.isfinite(found).all():
            log.warning("%s gave the scores %s for %d passages", reranker.name, found, len(step))
            return scores, f"{reranker.name} gave no usable scores after {start} of {len(texts)} passages"
        scores += found
    return scores, ""


def reranked(front: Sequence[Hit], scores: Sequence[float], rest: Ranking, *, weight: float) -> Ranking:
    """``front`` in the order of ``weight · reranker + (1 - weight) · before``, both stretched to [0, 1]; then ``rest``.

    The scores of ``rest`` are brought below those of ``front`` and keep their order.
    """
    mixed = weight * _stretched(scores) + (1 - weight) * _stretched([hit.score for hit in front])
    ordered = sorted((Hit(hit.key, float(score)) for hit, score in zip(front, mixed, strict=True)), key=_order)
    return (*ordered, *(Hit(hit.key, -float(place)) for place, hit in enumerate(rest, start=1)))


def _order(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.key


def _stretched(scores: Sequence[float]) -> NDArray[np.float64]:
    values = np.asarray(scores, np.float64)
    width = float(np.ptp(values)) if len(values) else 0.0
    return (values - values.min()) / width if width > 0 else np.zeros(len(values))
