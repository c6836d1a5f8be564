"""Means over datasets in which every dataset weighs the same, however many questions it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.types import Estimate

RESAMPLES = 1_000


def macro(values: Sequence[Sequence[float]], *, seed: int = 0) -> Estimate:
    """The mean of the datasets' means with its 95 % bootstrap interval; ``values`` are one list a dataset.

    Questions are resampled within their dataset (a stratified bootstrap: Davison & Hinkley 1997, section 3.2). Raises
    ValueError for no dataset and for one without questions.
    """
    if not values or not all(len(one) for one in values):
        raise ValueError("a macro mean needs at least one dataset, and at least one question in each")
    generator = np.random.default_rng(seed)
    resampled = np.zeros(RESAMPLES)
    for one in values:
        numbers = np.asarray(one, np.float64)
        resampled += numbers[generator.integers(0, len(numbers), (RESAMPLES, len(numbers)))].mean(axis=1)
    low, high = np.percentile(resampled / len(values), [2.5, 97.5])
    return Estimate(float(np.mean([np.mean(one) for one in values])), float(low), float(high))
