"""Does confidence tell right answers from wrong ones? Risk over coverage, and the area under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Curve:
    """``points`` are (coverage, risk), one for every confidence that occurs, coverage rising to 1.

    ``aurc`` is the area under the curve, lower is better. ``excess`` is what lies above the area of an order that puts
    the right answers first: 0 is a perfect order, whatever the share of right answers.
    """

    points: tuple[tuple[float, float], ...]
    aurc: float
    excess: float


def risk_coverage(confidence: Sequence[float], correct: Sequence[float]) -> Curve:
    """The curve of a system that answers its surest questions and abstains on the others.

    ``correct`` is 0…1 for each question, 1 is right; risk is the mean of 1 - correct over the answered ones. AURC is
    the mean risk over coverages 1/n, 2/n … 1, its excess over the best order is E-AURC (Geifman, Uziel & El-Yaniv 2019,
    arXiv:1805.08206, sections 2 and 3). Questions of one confidence cannot be told apart: each takes their mean error,
    the expectation over all orders of the tie, so the order of the input never counts. Raises ValueError for no
    questions, unequal lengths, a value that is not finite and correctness outside 0…1.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if sure.shape != right.shape or not sure.size:
        raise ValueError(f"{sure.size} confidences and {right.size} answers: one of each is needed, at least one")
    if not np.isfinite(sure).all() or not ((right >= 0) & (right <= 1)).all():
        raise ValueError("a confidence is not finite or a correctness is outside 0…1")
    risks, ends = _risks(sure, 1 - right)
    best, _ = _risks(right, 1 - right)
    n = len(risks)
    points = tuple((float((end + 1) / n), float(risks[end])) for end in ends)
    aurc = float(risks.mean())
    return Curve(points, aurc, max(0.0, aurc - float(best.mean())))


def _risks(sure: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Risk at coverage 1/n … 1 by falling ``sure``, and the place where each group of ties ends."""
    _, group = np.unique(-sure, return_inverse=True)
    sizes = np.bincount(group)
    shared = np.repeat(np.bincount(group, weights=errors) / sizes, sizes)
    return np.cumsum(shared) / np.arange(1, len(sure) + 1), np.cumsum(sizes) - 1
