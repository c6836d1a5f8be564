"""How sure a number is: bootstrap intervals, the paired randomization test, effect size, questions needed.

Everything is paired by question: two systems see the same questions, and most of the spread between questions is
shared. Questions are resampled, never documents. Seeded, so that a report is the same every time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from eval.types import Estimate

ALPHA = 0.05
POWER = 0.8  # the convention of Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 2.4
RESAMPLES = 2_000
FLIPS = 10_000  # the smallest p is 1/10,001; Smucker, Allan & Carterette 2007 (doi:10.1145/1321440.1321528) use 100,000
EXACT_UP_TO = 12  # differing questions: 2^12 = 4,096 sign patterns are all tried
FEWEST = 6  # with 5 questions the smallest two-sided p is 2/2^5 = .0625, so fewer can never show a difference
MOST_NEEDED = 1_000_000  # nobody writes more questions; ``needed`` stops here
_BLOCK = 4_000_000  # random numbers drawn at once, which bounds the memory

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A over ``n`` questions.

    ``low`` and ``high`` are the 95 % bootstrap interval of ``mean``. ``p`` is two-sided; ``adjusted`` is p after
    Holm's correction where several measures were tested together, else p. ``effect`` is Cohen's d_z, the mean
    difference over the standard deviation of the differences (Cohen 1988, section 2.3.5), None where every question
    differs by the same amount. ``needed`` is how many questions would show this effect with 80 % power, None when the
    means are equal. ``verdict`` is what may be said of B: "better", "worse" or "cannot tell".
    """

    n: int
    mean: float
    low: float
    high: float
    p: float
    adjusted: float
    effect: float | None
    needed: int | None
    verdict: str


def interval(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """The mean of ``values``, one a question, with its 95 % bootstrap interval.

    Percentile method (Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 13.3). With fewer than about
    10 values the interval is too narrow, with a single one it has no width. Raises ValueError for no values or a value
    that is not finite.
    """
    numbers = _numbers(values)
    low, high = _bootstrap(numbers, seed, resamples)
    return Estimate(float(numbers.mean()), low, high)


def compare_paired(a: Sequence[float], b: Sequence[float], *, seed: int = 0) -> Difference:
    """B against A on the same questions, in the same order.

    p is the share of sign patterns of the differences whose mean is at least as far from 0 as the one observed
    (Fisher's randomization test; for retrieval see Smucker et al. 2007): all patterns where at most 12 questions
    differ, else 10,000 at random, the observed one counted in (Davison & Hinkley 1997, section 4.2.5: (1 + hits) /
    (1 + patterns)). The verdict needs p < .05 and an interval without 0. Raises ValueError for lists of unequal length.
    """
    if len(a) != len(b):
        raise ValueError(f"A has {len(a)} values and B {len(b)}: a paired test needs one of each for every question")
    difference = _numbers(b) - _numbers(a)
    low, high = _bootstrap(difference, seed, RESAMPLES)
    mean = _mean(difference)
    p = _randomization_p(difference, seed)
    one = Difference(
        n=len(difference),
        mean=mean,
        low=low,
        high=high,
        p=p,
        adjusted=p,
        effect=_effect(difference, mean),
        needed=None,
        verdict="cannot tell",
    )
    return _judged(one, p, ALPHA)


def holm(ps: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given (Holm 1979, Scandinavian Journal of Statistics 6:65-70).

    The smallest p is multiplied by the number of tests, the next by one less and so on; none falls below one before it
    and none exceeds 1. Calling those below alpha different keeps the chance of any false finding under alpha.
    """
    adjusted, largest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        largest = max(largest, min(1.0, ps[place] * (len(ps) - rank)))
        adjusted[place] = largest
    return adjusted


def judged_together(family: Sequence[Difference]) -> list[Difference]:
    """The same differences with adjusted p, verdict and ``needed`` for tests that are read together, in the same order.

    ``needed`` is computed at the level that Holm's procedure asks of this test, alpha / (tests not yet passed).
    """
    adjusted = holm([one.p for one in family])
    order = sorted(range(len(family)), key=lambda i: family[i].p)
    level = {place: ALPHA / (len(family) - rank) for rank, place in enumerate(order)}
    return [_judged(one, adjusted[i], level[i]) for i, one in enumerate(family)]


def questions_needed(effect: float | None, mean: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Questions for a two-sided paired test to find ``effect`` (d_z) with this power; None where the means are equal.

    n = ((z(1 - alpha/2) + z(power)) / d)² + z(1 - alpha/2)² / 2, the normal formula with Guenther's correction for the
    t distribution (Guenther 1981, The American Statistician 35:243-244; for retrieval: Webber, Moffat & Zobel 2008,
    doi:10.1145/1458082.1458158). At least 6, at most a million.
    """
    if mean == 0.0:
        return None
    if effect is None:
        return FEWEST
    z = NormalDist().inv_cdf(1 - alpha / 2)
    exact = ((z + NormalDist().inv_cdf(power)) / effect) ** 2 + z * z / 2
    return max(FEWEST, math.ceil(min(exact, MOST_NEEDED)))


def _judged(one: Difference, adjusted: float, alpha: float) -> Difference:
    sure = adjusted < ALPHA and (one.low > 0 or one.high < 0)
    verdict = ("better" if one.mean > 0 else "worse") if sure else "cannot tell"
    return replace(one, adjusted=adjusted, needed=questions_needed(one.effect, one.mean, alpha=alpha), verdict=verdict)


def _numbers(values: Sequence[float]) -> Values:
    numbers = np.asarray(values, dtype=np.float64)
    if not numbers.size:
        raise ValueError("there are no values: a mean needs at least one question")
    if not np.isfinite(numbers).all():
        raise ValueError(f"value {int(np.flatnonzero(~np.isfinite(numbers))[0])} is not a finite number")
    return numbers


def _mean(difference: Values) -> float:
    """The mean; what is only rounding of the sum is 0."""
    mean = float(difference.mean())
    return 0.0 if abs(mean) <= 1e-12 * float(np.abs(difference).max()) else mean


def _effect(difference: Values, mean: float) -> float | None:
    if len(difference) < 2:
        return 0.0 if mean == 0.0 else None
    deviation = float(difference.std(ddof=1))
    if deviation <= 1e-12 * float(np.abs(difference).max()):
        return 0.0 if mean == 0.0 else None
    return mean / deviation


def _bootstrap(numbers: Values, seed: int, resamples: int) -> tuple[float, float]:
    """Where the middle 95 % of the means of ``resamples`` samples with replacement lie."""
    n = len(numbers)
    if resamples * n <= _BLOCK:
        means = _counts(n, resamples, seed) @ numbers / n
    else:
        rng = np.random.default_rng(seed)
        parts = [numbers[rng.integers(0, n, size=(rows, n))].mean(axis=1) for rows in _blocks(resamples, n)]
        means = np.concatenate(parts)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@lru_cache(maxsize=1)
def _counts(n: int, resamples: int, seed: int) -> Values:
    """How often each sample holds each question, of shape (resamples, n).

    Kept, for a report asks for many measures of the same questions: each is then one product of matrices.
    """
    drawn = np.random.default_rng(seed).integers(0, n, size=(resamples, n), dtype=np.int32)
    places = drawn + np.arange(0, resamples * n, n, dtype=np.int64)[:, None]
    return np.bincount(places.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)


def _randomization_p(difference: Values, seed: int) -> float:
    """Two-sided p. A question without a difference adds nothing under either sign and is left out of the patterns."""
    differing = difference[difference != 0]
    n = len(differing)
    if n == 0:
        return 1.0
    total = float(differing.sum())
    # Sums that are equal but for rounding count as equal: measures take few values, so such ties are common.
    bound = abs(total) - 1e-9 * float(np.abs(differing).sum())
    if n <= EXACT_UP_TO:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=n)))
        return float((np.abs(signs @ differing) >= bound).mean())
    rng = np.random.default_rng(seed)
    hits = 0
    for rows in _blocks(FLIPS, n):
        bits = np.unpackbits(np.frombuffer(rng.bytes(rows * ((n + 7) // 8)), np.uint8).reshape(rows, -1), axis=1)
        flipped = 2 * (bits[:, :n].astype(np.float64) @ differing) - total  # bit 1: sign +, bit 0: sign -
        hits += int((np.abs(flipped) >= bound).sum())
    return (1 + hits) / (1 + FLIPS)


def _blocks(rows: int, width: int) -> list[int]:
    """``rows`` in parts of at most _BLOCK numbers each."""
    step = max(1, _BLOCK // width)
    return [min(step, rows - start) for start in range(0, rows, step)]
