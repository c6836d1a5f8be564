"""The numbers of each chart as a table: for screen readers, and to copy into another program."""

from __future__ import annotations

from collections.abc import Sequence

from eval.report.chart_differences import ordered
from eval.report.chart_lines import thinned
from eval.report.sections import Bars, Differences, Intervals, Lines, Table, Words, same
from eval.report.shown_text import plain

_MOST_ROWS = 60
_MOST_POINTS = 40
_ENDS = 20
_NOTHING = same("–")


def lines_table(chart: Lines) -> Table:
    """One row an x where there are few; else one row a point, long series thinned out (and the note says so)."""
    xs = sorted({x for one in chart.series for x, _ in one.points})
    values = [dict(one.points) for one in chart.series]
    once = all(len(points) == len(one.points) for points, one in zip(values, chart.series, strict=True))
    if once and len(xs) <= _MOST_ROWS:
        rows = tuple(
            (same(plain(x)), *(same(plain(points[x])) if x in points else _NOTHING for points in values)) for x in xs
        )
        return Table(chart.title, (chart.x, *(one.name for one in chart.series)), rows)
    rows = tuple(
        (one.name, same(plain(x)), same(plain(y))) for one in chart.series for x, y in thinned(one.points, _MOST_POINTS)
    )
    note = Words(
        f"每条线最多列出 {_MOST_POINTS} 个点：首尾，以及每一段的最低与最高。",
        f"At most {_MOST_POINTS} points a line: first, last, and each stretch's lowest and highest.",
    )
    return Table(chart.title, (Words("线", "Line"), chart.x, chart.y), rows, note)


def intervals_table(chart: Intervals) -> Table:
    """One row an interval."""
    columns = (Words("项目", "Row"), Words("值", "Value"), Words("下限", "Low"), Words("上限", "High"))
    rows = tuple((row.label, same(plain(row.value)), same(plain(row.low)), same(plain(row.high))) for row in chart.rows)
    return Table(chart.title, columns, rows)


def bars_table(chart: Bars) -> Table:
    """One row a bar."""
    column = Words(f"值（{chart.unit}）", f"Value ({chart.unit})") if chart.unit else Words("值", "Value")
    rows = tuple((words, same(plain(value))) for words, value in chart.rows)
    return Table(chart.title, (Words("项目", "Row"), column), rows)


def differences_table(chart: Differences) -> Table:
    """Every question, or where there are many the largest gains and losses (and the note says so)."""
    rows: Sequence[tuple[str, float]] = ordered(chart.values)
    note = None
    if len(rows) > _MOST_ROWS:
        note = Words(
            f"{len(rows):,} 个问题中升幅与降幅最大的各 {_ENDS} 个。",
            f"The {_ENDS} largest gains and the {_ENDS} largest losses of {len(rows):,} questions.",
        )
        rows = [*rows[:_ENDS], *rows[-_ENDS:]]
    columns = (Words("问题", "Question"), Words("差值", "Difference"))
    return Table(chart.title, columns, tuple((same(question), same(plain(value))) for question, value in rows), note)
