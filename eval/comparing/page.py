"""A comparison → the page that people read: the finding first, then what it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eval.comparing.words import number, told, told_failures, told_others, told_partial, verdict_of
from eval.measures.significance import Difference
from eval.report.sections import Case, Cases, Differences, Interval, Intervals, Page, Section, Table, Words, same
from eval.wording import MEASURE, name

if TYPE_CHECKING:
    from eval.comparing.compare import Comparison, Paired

CASES = 10
"""Wins and losses shown, the largest."""

_METHOD = Words(
    "每行：按问题配对，差值为 B 减 A；区间为 95% 自助法；p 为双侧配对随机化检验，按 Holm 法对 {tests} 次检验校正；"
    "d 为效应量（差值均值除以差值的标准差）；“所需题数”指以 80% 的把握看出这个差距需要多少问题。",
    "Each row is paired by question; differences are B minus A with a 95 % bootstrap interval; p is from a two-sided "
    "paired randomization test, Holm-corrected over {tests} tests; d is the effect size (mean difference over its "
    "standard deviation); “questions needed” would show this difference with 80 % power.",
)


def comparison_page(comparison: Comparison) -> Page:
    """Verdicts, tables, intervals around the line of no difference, bars of all questions, largest wins and losses.

    A is the run compared against; every difference is B minus A.
    """
    main, title = comparison.measures[comparison.measure], name(MEASURE, comparison.measure)
    return Page(
        title=Words(f"{comparison.b} 对比 {comparison.a}", f"{comparison.b} against {comparison.a}"),
        subtitle=Words(
            f"A = {comparison.a}，B = {comparison.b}；同样的 {main.n} 个问题逐题比较，主要指标 {title.zh}",
            f"A = {comparison.a}, B = {comparison.b}; compared question by question over the same {main.n}, "
            f"main measure {title.en}",
        ),
        verdicts=(
            told(comparison),
            *told_others(comparison),
            *told_failures(comparison),
            *told_partial(comparison),
        ),
        sections=tuple(_sections(comparison)),
    )


def _sections(comparison: Comparison) -> list[Section]:
    title = name(MEASURE, comparison.measure)
    sections: list[Section] = [_measures(comparison), _intervals(comparison)]
    if len(comparison.by_direction) > 1:
        sections += [_directions(comparison), _direction_intervals(comparison)]
    everything = [*comparison.wins, *comparison.ties, *comparison.losses]
    sections.append(
        Differences(
            Words(f"逐题差值：{title.zh}", f"Question by question: {title.en}"),
            tuple((one.text, one.difference) for one in everything),
            Words(
                f"B 更好 {len(comparison.wins)} 题，相同 {len(comparison.ties)} 题，更差 {len(comparison.losses)} 题。",
                f"B better on {len(comparison.wins)} questions, equal on {len(comparison.ties)}, "
                f"worse on {len(comparison.losses)}.",
            ),
        )
    )
    won = Words("B 赢得最多的问题", "Largest wins of B")
    lost = Words("B 输得最多的问题", "Largest losses of B")
    sections += [
        _cases(head, paired, comparison)
        for head, paired in ((won, comparison.wins), (lost, comparison.losses))
        if paired
    ]
    return sections


def _measures(comparison: Comparison) -> Table:
    rows = tuple(
        (
            name(MEASURE, key),
            same(number(comparison.means_a[key].value)),
            same(number(comparison.means_b[key].value)),
            *_told_difference(one),
        )
        for key, one in comparison.measures.items()
    )
    columns = (Words("指标", "Measure"), same("A"), same("B"), *_COLUMNS)
    return Table(Words("各项指标", "Measures"), columns, rows, _method(len(rows)))


def _directions(comparison: Comparison) -> Table:
    rows = tuple(
        (
            Words(f"{direction}，{name(MEASURE, key).zh}", f"{direction}, {name(MEASURE, key).en}"),
            *_told_difference(one),
        )
        for direction, by_measure in comparison.by_direction.items()
        for key, one in by_measure.items()
    )
    columns = (Words("方向与指标", "Direction and measure"), *_COLUMNS)
    return Table(Words("按语言方向", "By direction"), columns, rows, _method(len(rows)))


_COLUMNS = (
    same("B − A"),
    Words("95% 区间", "95 % interval"),
    Words("p（校正后）", "p (corrected)"),
    same("d"),
    Words("题数", "Questions"),
    Words("所需题数", "Questions needed"),
    Words("结论", "Finding"),
)


def _told_difference(one: Difference) -> tuple[Words, ...]:
    return (
        same(number(one.mean, signed=True)),
        Words(f"{number(one.low)} 至 {number(one.high)}", f"{number(one.low)} to {number(one.high)}"),
        same("< 0.001" if one.adjusted < 0.001 else number(one.adjusted)),
        same("–" if one.effect is None else number(one.effect, signed=True)),
        same(str(one.n)),
        same("–" if one.needed is None else f"{one.needed:,}"),
        verdict_of(one),
    )


def _method(tests: int) -> Words:
    return Words(_METHOD.zh.format(tests=tests), _METHOD.en.format(tests=tests))


def _intervals(comparison: Comparison) -> Intervals:
    rows = tuple(_interval(name(MEASURE, key), one) for key, one in comparison.measures.items())
    return Intervals(Words("差值与 95% 区间（B − A）", "Differences with 95 % intervals (B − A)"), rows, zero=True)


def _direction_intervals(comparison: Comparison) -> Intervals:
    title = name(MEASURE, comparison.measure)
    rows = _of_measure(comparison.by_direction, comparison.measure)
    return Intervals(
        Words(f"{title.zh} 按语言方向（B − A）", f"{title.en} by direction (B − A)"),
        tuple(_interval(same(direction), one) for direction, one in rows),
        zero=True,
    )


def _of_measure(by_direction: Mapping[str, Mapping[str, Difference]], measure: str) -> list[tuple[str, Difference]]:
    """A direction whose questions do not have the measure is left out."""
    return [(direction, found[measure]) for direction, found in by_direction.items() if measure in found]


def _interval(label: Words, one: Difference) -> Interval:
    return Interval(label, one.mean, one.low, one.high)


def _cases(title: Words, paired: Sequence[Paired], comparison: Comparison) -> Cases:
    note = Words(
        f"共 {len(paired)} 题，按差值大小列出前 {CASES} 题。", f"{len(paired)} in all, the {CASES} largest differences."
    )
    if len(paired) <= CASES:
        note = Words(f"共 {len(paired)} 题，按差值大小排列。", f"All {len(paired)}, the largest difference first.")
    return Cases(title, tuple(_case(one, comparison) for one in paired[:CASES]), note)


def _case(one: Paired, comparison: Comparison) -> Case:
    return Case(
        heading=one.text,
        marks=(same(f"{number(one.difference, signed=True)}"), same(one.direction), *_failed_marks(one)),
        fields=(
            (Words("问题编号", "Question id"), one.question),
            (same(f"A · {comparison.a}"), f"{number(one.a)} · {one.failed_a or one.top_a or '–'}"),
            (same(f"B · {comparison.b}"), f"{number(one.b)} · {one.failed_b or one.top_b or '–'}"),
        ),
    )


def _failed_marks(one: Paired) -> tuple[Words, ...]:
    sides = [side for side, failed in (("A", one.failed_a), ("B", one.failed_b)) if failed]
    return tuple(Words(f"{side} 失败", f"{side} failed") for side in sides)
