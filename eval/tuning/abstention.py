"""The threshold of abstention, chosen on half of the questions with known answers and confirmed on the other half.

What is made best is the mean of two shares that weigh the same, however many questions there are of each kind: that of
the answerable questions which get an answer, and that of the unanswerable ones which get none (balanced accuracy:
Brodersen et al. 2010, doi:10.1109/ICPR.2010.764).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.measures.significance import Difference, compare_paired
from eval.report.sections import Words
from eval.summary import rounded
from eval.tuning.halves import halves
from eval.types import Question

THRESHOLDS = tuple(step / 20 for step in range(17))  # 0 to .8


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, whether its passages answer it, and how likely the product thinks so (None: it does not judge).

    ``silent`` says that it gets no answer even at threshold 0.
    """

    id: str
    answerable: bool
    probability: float | None
    silent: bool = False

    def right(self, threshold: float) -> bool:
        """Whether it gets an answer just where it should."""
        likely = self.probability is None or self.probability >= threshold
        return self.answerable == (likely and not self.silent)


def tune_abstention(configured: float, cases: Sequence[Judged], *, seed: int = 0) -> dict[str, Any]:
    """The report as JSON values; ``real`` says whether the chosen threshold is better on questions it never saw.

    Raises ValueError unless both halves have questions of both kinds.
    """
    tuning, confirming = _split(cases, seed)
    tried = {threshold: values(tuning, threshold) for threshold in dict.fromkeys((configured, *THRESHOLDS))}
    means = {threshold: round(float(np.mean(each)), 9) for threshold, each in tried.items()}
    chosen = min(means, key=lambda one: (-means[one], abs(one - configured)))
    found = None
    if chosen != configured:
        found = compare_paired(values(confirming, configured), values(confirming, chosen), seed=seed)
    words = _finding(configured, chosen, found)
    return {
        "configured": configured,
        "chosen": chosen,
        "questions": {"tuning": len(tuning), "confirming": len(confirming)},
        "real": found is not None and found.verdict == "better",
        "finding": {"zh": words.zh, "en": words.en},
        "trials": [{"abstain": one, "balanced": round(mean, 6), **_shares(tuning, one)} for one, mean in means.items()],
        "confirmed": {str(one): _shares(confirming, one) for one in dict.fromkeys((configured, chosen))},
        "comparison": rounded(asdict(found)) if found else None,
    }


def values(cases: Sequence[Judged], threshold: float) -> list[float]:
    """1 or 0 for each question, weighed so that their mean is the balanced accuracy."""
    kinds = [one.answerable for one in cases]
    weight = {kind: len(kinds) / (2 * kinds.count(kind)) for kind in set(kinds)}
    return [weight[one.answerable] * one.right(threshold) for one in cases]


def _split(cases: Sequence[Judged], seed: int) -> tuple[list[Judged], list[Judged]]:
    first, _ = halves([Question(one.id, "") for one in cases], seed)
    chosen = {question.id for question in first}
    parts = [one for one in cases if one.id in chosen], [one for one in cases if one.id not in chosen]
    for part in parts:
        if len({one.answerable for one in part}) < 2:
            raise ValueError("half of the questions has none that is answerable, or none that is not")
    return parts


def _shares(cases: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Of the answerable ones the share that is answered, of the others the share that is not."""
    named = {"answered": True, "withheld": False}
    return {
        name: round(float(np.mean([one.right(threshold) for one in cases if one.answerable is kind])), 6)
        for name, kind in named.items()
    }


def _finding(configured: float, chosen: float, found: Difference | None) -> Words:
    if found is None:
        return Words(
            f"在调参的问题上，abstain = {configured} 已经最好，不必改动。",
            f"On the tuning questions abstain = {configured} is already the best; nothing to change.",
        )
    zh = f"两类平均 {found.mean:+.4f}，95% 置信区间 {found.low:+.4f}…{found.high:+.4f}，n = {found.n}"
    en = f"mean of both kinds {found.mean:+.4f}, 95 % CI {found.low:+.4f}…{found.high:+.4f}, n = {found.n}"
    if found.verdict == "better":
        return Words(
            f"abstain = {chosen}：在未参与调参的问题上确有提高（{zh}）。",
            f"abstain = {chosen}: a real gain on questions that did not choose it ({en}).",
        )
    return Words(
        f"abstain = {chosen} 在调参的问题上最好，但在其余问题上没有证实（{zh}）；配置保持不变。",
        f"abstain = {chosen} was best on the tuning questions, but the others do not confirm it ({en}); the "
        "configuration stays.",
    )
