"""What a comparison found, in sentences of both languages; every sentence carries its numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from eval.measures.significance import Difference
from eval.report.sections import Verdict, Words, same
from eval.wording import MEASURE, name

if TYPE_CHECKING:
    from eval.comparing.compare import Comparison

_MANY = 100_000  # beyond this many questions the exact number says nothing more


def number(value: float, *, signed: bool = False) -> str:
    """Three decimals, a true minus sign, never "−0.000"; ``signed`` writes the plus as well."""
    rounded = round(value, 3) + 0.0  # + 0.0 turns -0.0 into 0.0
    written = f"{abs(rounded):.3f}"
    if rounded < 0:
        return f"−{written}"
    return f"+{written}" if signed and rounded > 0 else written


def verdict_of(one: Difference) -> Words:
    """The finding of one measure in a word or two."""
    return {
        "better": Words("B 更好", "B better"),
        "worse": Words("B 更差", "B worse"),
        "cannot tell": Words("无法判断", "cannot tell"),
    }[one.verdict]


def told(comparison: Comparison) -> Verdict:
    """The finding by the main measure: who is better and by how much, or how many questions would decide it."""
    one, title = comparison.measures[comparison.measure], name(MEASURE, comparison.measure)
    alike = not comparison.wins and not comparison.losses
    tests = len(comparison.measures)
    return told_difference(same(comparison.a), same(comparison.b), title, one, alike=alike, tests=tests)


def told_difference(
    a: Words, b: Words, title: Words, one: Difference, *, alike: bool = False, tests: int = 1
) -> Verdict:
    """B against A by one measure.

    ``alike`` says that not a single question differs, ``tests`` how many were judged together.
    """
    if one.verdict == "cannot tell":
        return Verdict(_open(a, b, title, one, alike=alike, tests=tests), "open")
    better, worse, low, high = (b, a, one.low, one.high) if one.mean > 0 else (a, b, -one.high, -one.low)
    by, span = number(abs(one.mean)), f"{number(low)}–{number(high)}"
    words = Words(
        _spaced(f"{better.zh}的 {title.zh} 比{worse.zh}高 {by}（95% 置信区间 {span}，n = {one.n}）。"),
        f"{better.en} beats {worse.en} by {by} {title.en}, 95 % CI {span}, n = {one.n}.",
    )
    return Verdict(words, "good" if one.verdict == "better" else "bad")


def told_entry(entry: Mapping[str, Any], names: Mapping[str, Words], *, tests: int) -> Verdict:
    """An entry of a report's ``comparisons`` in one sentence; ``names`` are the words for what was compared.

    ``tests`` is how many comparisons were judged together.
    """
    one = Difference(**{field.name: entry[field.name] for field in fields(Difference)})
    alike = one.mean == one.low == one.high == 0
    return told_difference(
        name(names, entry["a"]), name(names, entry["b"]), name(MEASURE, entry["measure"]), one, alike=alike, tests=tests
    )


def _open(a: Words, b: Words, title: Words, one: Difference, *, alike: bool, tests: int) -> Words:
    if alike:
        return Words(
            _spaced(f"{b.zh}与{a.zh}的 {title.zh} 逐题完全相同（n = {one.n}）。"),
            f"{b.en} and {a.en} have the same {title.en} on every question, n = {one.n}.",
        )
    low, high = number(one.low), number(one.high)
    more, why = _needed(one), Words("", "")
    if one.low > 0 or one.high < 0:  # the interval alone would say more than the tests together allow
        p = number(one.adjusted)
        why = Words(f"，按 {tests} 项检验校正后 p = {p}", f", p = {p} after correction for {tests} tests")
        if tests == 1:
            why = Words(f"，p = {p}", f", p = {p}")
    return Words(
        _spaced(f"{b.zh}与{a.zh}分不出高下：{title.zh} 相差 {number(one.mean, signed=True)}")
        + f"（95% 置信区间 {low} 至 {high}，n = {one.n}{why.zh}）；{more.zh}。",
        f"Cannot tell whether {b.en} or {a.en} is better: {title.en} differs by {number(one.mean, signed=True)}, "
        f"95 % CI {low} to {high}, n = {one.n}{why.en}; {more.en}.",
    )


def _spaced(text: str) -> str:
    """A blank where Chinese meets a Latin name or a number."""
    return re.sub(r"(?<=[A-Za-z0-9)])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9(])", " ", text)


def _needed(one: Difference) -> Words:
    if one.needed is None:
        return Words("两者均值相等，增加问题也未必能分出", "the means are equal, so more questions may not decide it")
    if one.needed >= _MANY:
        return Words(
            f"差距太小，需要 {_MANY // 10_000} 万个以上的问题才能分辨",
            f"the difference is so small that more than {_MANY:,} questions would be needed",
        )
    if one.needed <= one.n:
        return Words(f"需要 {one.n} 个以上的问题才能分辨", f"more than {one.n} questions would be needed")
    about = _rounded_up(one.needed)
    return Words(f"约需 {about} 个问题才能分辨", f"about {about:,} questions would be needed")


def _rounded_up(count: int) -> int:
    """Two digits are as much as a forecast from a noisy effect can carry: 637 → 640."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / step) * step


def told_others(comparison: Comparison) -> list[Verdict]:
    """What is decided beyond the main finding: other measures, then languages' directions by the main measure."""
    title = name(MEASURE, comparison.measure)
    others = [(name(MEASURE, key), one) for key, one in comparison.measures.items() if key != comparison.measure]
    directions = [
        (same(direction), found[comparison.measure])
        for direction, found in comparison.by_direction.items()
        if comparison.measure in found and len(comparison.by_direction) > 1
    ]
    by_measure = Words("其他指标上，", "By other measures")
    by_direction = Words(f"按语言方向看（{title.zh}），", f"By direction ({title.en})")
    return [
        *_decided(by_measure, others, comparison.b),
        *_decided(by_direction, directions, comparison.b),
    ]


def _decided(where: Words, found: Sequence[tuple[Words, Difference]], b: str) -> list[Verdict]:
    told_here = []
    for verdict, zh, tone in (("better", "更好", "good"), ("worse", "更差", "bad")):
        sure = [(what, number(one.mean, signed=True)) for what, one in found if one.verdict == verdict]
        if sure:
            words = Words(
                f"{where.zh}{b} {zh}：" + "、".join(f"{what.zh} {by}" for what, by in sure) + "。",
                f"{where.en} {b} is {verdict}: " + ", ".join(f"{what.en} {by}" for what, by in sure) + ".",
            )
            told_here.append(Verdict(words, tone))
    return told_here


def told_failures(comparison: Comparison) -> list[Verdict]:
    """Questions that failed, if any: they count 0, which moves every mean."""
    if not comparison.failed_a and not comparison.failed_b:
        return []
    words = Words(
        f"失败的问题按 0 分计入：{comparison.a} {comparison.failed_a} 题，{comparison.b} {comparison.failed_b} 题。",
        f"Failed questions count 0: {comparison.failed_a} in {comparison.a}, {comparison.failed_b} in {comparison.b}.",
    )
    return [Verdict(words, "bad")]


def told_partial(comparison: Comparison) -> list[Verdict]:
    """Questions that only one run has, if any: they were left out."""
    if not comparison.only_a and not comparison.only_b:
        return []
    words = Words(
        f"只比较两次运行共有的问题：仅 {comparison.a} 有 {comparison.only_a} 题，"
        f"仅 {comparison.b} 有 {comparison.only_b} 题。",
        f"Only questions that both runs have are compared: {comparison.only_a} stand only in {comparison.a}, "
        f"{comparison.only_b} only in {comparison.b}.",
    )
    return [Verdict(words, "open")]
