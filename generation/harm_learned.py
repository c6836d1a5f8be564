"""A second opinion on whether a question asks for harm: a direction in the space of the default embedder's vectors.

The rules of ``generation.harm`` read words; how a question is put together (a pretext, a wish, a way around the police)
they do not see. A logistic regression on the question's vector and on whether a rule fits does, fitted on 1,805 prompts
in both languages: harmful ones, those that only look like it, and plain questions (``python -m bench.harm``, which
prints what ten-fold cross-validation says of it; the sources are named there). The file holds 384 weights, no text.
"""

from __future__ import annotations

import re
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
# How people begin when they talk to an assistant. It sounds like a pretext to the vector and says nothing of the wish.
_OPENING = re.compile(
    r"^(?:\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear \w+|thanks?(?: you)?|excuse me|please"
    r"|(?:i was|i am|i'm|just) wondering (?:if|whether)"
    r"|i(?:'d| would) (?:like|love) (?:you )?to (?:know|understand|learn)"
    r"|(?:(?:could|can|would|will) (?:you|anyone|somebody)|you could|you can)(?: please| kindly)?"
    r"|(?:tell|explain to) me|help me (?:to )?understand|explain|shed (?:some|any)? ?light on"
    r"|let me know|do you know)\b)+[\s,!.:]*",
    re.IGNORECASE,
)


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
        said = [bare(question)] if rule is None else [bare(question), question]
        odds = self.embed(said) @ weights.direction + weights.rule * (rule is not None) + weights.intercept
        return (rule or LEARNED) if odds.max() > 0 else None


def bare(question: str) -> str:
    """A question without its polite opening; a question that is nothing else stays."""
    return _OPENING.sub("", question.replace("’", "'")) or question


@lru_cache(maxsize=1)
def learned_weights() -> Weights:
    """The weights that came with the program."""
    with np.load(WEIGHTS) as file:
        return Weights(file["direction"], float(file["rule"]), float(file["intercept"]))
