"""Settings of the search that are better on questions they were not chosen on; or the plain word that none are.

The best of many settings on some questions is partly luck with those questions. So one half chooses, the other confirms
with a single paired test, and only a gain that the other half shows is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eval.measures.macro import macro
from eval.measures.significance import Difference, compare_paired
from eval.report.sections import Words
from eval.tuning.variants import Variant
from eval.types import Estimate

WEIGHTS = tuple(step / 10 for step in range(11))  # finer steps differ by less than a few hundred questions can show
CANDIDATES = (50, 100, 200)
RERANK_DEPTHS = (10, 30)
RERANK_WEIGHTS = (0.25, 0.5, 0.75)
WORTH = 0.005  # nDCG@10; less than this is no reason to change a configuration, however certain it is

Values = Mapping[str, Sequence[float]]
"""Dataset → nDCG@10 of every question, always in the same order."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The chosen settings against the configured ones on the confirming questions.

    ``pooled`` is over all of them together, ``macro`` the mean difference where every dataset weighs the same.
    ``worse`` names the datasets on which the chosen settings are significantly worse (each tested by itself, without
    correction: that errs on the side of changing nothing). ``real``: pooled says better, and no dataset is worse.
    """

    pooled: Difference
    macro: Estimate
    by_dataset: Mapping[str, Difference]
    worse: tuple[str, ...]
    real: bool


def fusions(configured: Variant) -> tuple[Variant, ...]:
    """The configured search, then every other weight with every number of candidates."""
    tried = [
        replace(configured, dense_weight=weight, candidates=count) for count in CANDIDATES for weight in WEIGHTS
    ]  # fmt: skip
    return tuple(dict.fromkeys((configured, *tried)))


def rerankings(fused: Variant) -> tuple[Variant, ...]:
    """The search as it is, without reranking, and with every depth and weight of it."""
    tried = [
        replace(fused, rerank_depth=depth, rerank_weight=weight) for depth in RERANK_DEPTHS for weight in RERANK_WEIGHTS
    ]
    return tuple(dict.fromkeys((fused, replace(fused, rerank_depth=0), *tried)))


def choose(configured: Variant, tried: Mapping[Variant, Values]) -> Variant:
    """The variant with the highest mean of the datasets' means; of equals the one nearest to the configured one."""

    def rank(variant: Variant) -> tuple[float, float]:
        return -round(macro_mean(tried[variant]), 9), _distance(configured, variant)

    return min(tried, key=rank)


def macro_mean(values: Values) -> float:
    """The mean over datasets of their questions' mean."""
    return float(np.mean([np.mean(one) for one in values.values()]))


def confirm(configured: Values, chosen: Values, *, seed: int = 0) -> Confirmation:
    """Test the chosen settings on questions that did not choose them; both lists of a dataset in the same order."""
    pairs = {name: (list(configured[name]), list(chosen[name])) for name in configured}
    pooled = compare_paired(
        [x for a, _ in pairs.values() for x in a], [y for _, b in pairs.values() for y in b], seed=seed
    )
    by_dataset = {name: compare_paired(a, b, seed=seed) for name, (a, b) in pairs.items()}
    worse = tuple(name for name, one in by_dataset.items() if one.verdict == "worse")
    difference = macro([[y - x for x, y in zip(a, b, strict=True)] for a, b in pairs.values()], seed=seed)
    better = pooled.verdict == "better" and pooled.low > 0
    return Confirmation(pooled, difference, by_dataset, worse, better and pooled.mean >= WORTH and not worse)


def changes(configured: Variant, chosen: Variant) -> dict[str, Any]:
    """The settings that differ, by their names in shujia.toml, with the chosen values."""
    now, then = as_settings(configured), as_settings(chosen)
    return {key: value for key, value in then.items() if key not in now or now[key] != value}


def as_settings(variant: Variant) -> dict[str, Any]:
    """A variant as the settings that make the product search so; reranking's own only where it reranks."""
    settings: dict[str, Any] = {"candidates": variant.candidates, "dense_weight": variant.dense_weight}
    if not variant.rerank_depth:
        return settings | {"reranker": "none"}
    rerank = {"rerank_depth": variant.rerank_depth, "rerank_weight": variant.rerank_weight}
    return settings | {"reranker": "maxsim"} | rerank


def finding(changed: Mapping[str, Any], confirmation: Confirmation | None) -> Words:
    """What came out, in one sentence; ``confirmation`` None when the configured settings were the best anyway."""
    if confirmation is None:
        return Words(
            "在调参的问题上，当前配置已经最好，不必改动。",
            "On the tuning questions the configuration is already the best; nothing to change.",
        )
    one = confirmation.pooled
    settings = ", ".join(f"{key} = {value}" for key, value in changed.items())
    zh = f"nDCG@10 {one.mean:+.4f}，95% 置信区间 {one.low:+.4f}…{one.high:+.4f}，n = {one.n}"
    en = f"nDCG@10 {one.mean:+.4f}, 95 % CI {one.low:+.4f}…{one.high:+.4f}, n = {one.n}"
    if confirmation.real:
        return Words(
            f"{settings}：在未参与调参的问题上确有提高（{zh}）。",
            f"{settings}: a real gain on questions that did not choose it ({en}).",
        )
    if confirmation.worse and one.verdict == "better":
        names = ", ".join(confirmation.worse)
        return Words(
            f"{settings}：总体更好（{zh}），但在 {names} 上显著更差；配置保持不变。",
            f"{settings}: better on the whole ({en}), but significantly worse on {names}; the configuration stays.",
        )
    if one.verdict == "better":
        return Words(
            f"{settings}：在未参与调参的问题上更好（{zh}），但不到 {WORTH}，不值得改动；配置保持不变。",
            f"{settings}: better on questions that did not choose it ({en}), but by less than {WORTH}, which is not "
            f"worth a change; the configuration stays.",
        )
    if one.verdict == "worse":
        return Words(
            f"{settings} 在调参的问题上最好，在其余问题上却更差（{zh}）；配置保持不变。",
            f"{settings} was best on the tuning questions but is worse on the others ({en}); the configuration stays.",
        )
    need_zh = f"，约需 {one.needed} 个问题才能分辨" if one.needed else ""
    need_en = f"; about {one.needed} questions would be needed to tell" if one.needed else ""
    return Words(
        f"{settings} 在调参的问题上最好，但在其余问题上的差别在噪声之内（{zh}{need_zh}）；配置保持不变。",
        f"{settings} was best on the tuning questions, but on the others the difference is within the noise "
        f"({en}{need_en}); the configuration stays.",
    )


def _distance(one: Variant, other: Variant) -> float:
    """How much a setting was turned, each on a scale of about 0 to 1."""
    return (
        abs(one.dense_weight - other.dense_weight)
        + abs(math.log2(one.candidates / other.candidates)) / 4
        + abs(one.rerank_depth - other.rerank_depth) / 100
        + (abs(one.rerank_weight - other.rerank_weight) if other.rerank_depth else 0.0)
    )


def trials(tried: Mapping[Variant, Values]) -> list[dict[str, Any]]:
    """Every variant with its means, the best first, as JSON values."""
    means = [
        {
            **as_settings(variant),
            "macro": round(macro_mean(values), 6),
            "datasets": {name: round(float(np.mean(one)), 6) for name, one in values.items()},
        }
        for variant, values in tried.items()
    ]
    return sorted(means, key=lambda one: -one["macro"])
