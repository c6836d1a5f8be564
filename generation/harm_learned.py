"""A second opinion on whether a question asks for harm: a direction in the space of the default embedder's vectors.

The rules of ``generation.harm`` read words; how a question is put together (a pretext, a wish, a way around the police)
they do not see. A logistic regression on the question's vector and on whether a rule fits does, fitted on 1,302 prompts
in both languages: harmful ones, those that only look like it, and plain questions (``python -m bench.harm``, which
prints what ten-fold cross-validation says of it; the sources are named there). The file holds 384 weights, no text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from generation.harm import harmful
from models.types import Vectors

WEIGHTS = Path(__file__).with_name("policy") / "harm_e5_small.npz"
EMBEDDER = "multilingual-e5-small"  # the weights mean nothing for another one's vectors
LEARNED = "learned"  # named where no rule fits


@dataclass(frozen=True, slots=True)
class Weights:
    """``direction`` of shape (dimension,), the weight of a rule that fits, and the intercept, in log-odds."""

    direction: Vectors
    rule: float
    intercept: float


@dataclass(frozen=True, slots=True)
class LearnedHarm:
    """A policy (``generation.harm.Policy``): rules and vector together, each able to overrule the other."""

    embed: Callable[[Sequence[str]], Vectors]

    def __call__(self, question: str) -> str | None:
        """The rule's name, or ``learned``, where the question is refused; None where it may be answered."""
        rule, weights = harmful(question), learned_weights()
        odds = weights.direction @ self.embed([question])[0] + weights.rule * (rule is not None) + weights.intercept
        return (rule or LEARNED) if odds > 0 else None


@lru_cache(maxsize=1)
def learned_weights() -> Weights:
    """The weights that came with the program."""
    with np.load(WEIGHTS) as file:
        return Weights(file["direction"], float(file["rule"]), float(file["intercept"]))
