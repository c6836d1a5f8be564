"""A chart of a report: drawn twice (for a page and for a phone), described in words, with its numbers as a table.

The drawings are inline SVG without scripts, fonts or colours of their own: report.css gives both themes, text can be
selected, and the same section always gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from eval.report.chart_data import bars_table, differences_table, intervals_table, lines_table
from eval.report.chart_differences import draw_differences, note_on_quantiles, summary_of_differences
from eval.report.chart_lines import draw_lines, summary_of_lines
from eval.report.chart_rows import draw_bars, draw_intervals, summary_of_bars, summary_of_intervals
from eval.report.chart_svg import svg
from eval.report.sections import Bars, Differences, Intervals, Lines, Table, Words, same

Charted = Lines | Intervals | Differences | Bars
WIDE = 760.0
NARROW = 328.0  # a phone of 360 pixels less the page's margins: text keeps its size there

_HOLLOW = Words("空心点：区间包含 0，看不出差别。", "A hollow point: its interval holds 0, no difference can be told.")


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page needs of a chart; ``drawings`` is empty where there is nothing to draw."""

    drawings: tuple[tuple[str, Markup], ...]  # (CSS class, SVG)
    table: Table
    notes: tuple[Words, ...]


def lines(chart: Lines, ident: str, language: str = "zh") -> Chart:
    """A line chart; a value that is no number, or x ≤ 0 on a logarithmic axis, raises ValueError naming the chart."""
    _refuse_broken(chart, ((one.name, value) for one in chart.series for point in one.points for value in point))
    for one in chart.series:
        wrong = [x for x, _ in one.points if chart.log_x and x <= 0]
        if wrong:
            raise ValueError(
                f"chart {chart.title.en!r}: {one.name.en!r} has x = {wrong[0]}, and a logarithmic axis has no place "
                "for it: give x above 0, or set log_x to False"
            )
    frame = _Frame(chart, lines_table(chart), ident, language)
    if not any(one.points for one in chart.series):
        return frame.empty()
    return frame.drawn(lambda width: draw_lines(chart, width, language), summary_of_lines(chart))


def intervals(chart: Intervals, ident: str, language: str = "zh") -> Chart:
    """Points with whiskers; low above high, or a value that is no number, raises ValueError naming the chart."""
    _refuse_broken(chart, ((row.label, edge) for row in chart.rows for edge in (row.value, row.low, row.high)))
    for row in chart.rows:
        if row.low > row.high:
            raise ValueError(
                f"chart {chart.title.en!r}: the interval of {row.label.en!r} runs from {row.low} to {row.high}: "
                "give its lower end first"
            )
    frame = _Frame(chart, intervals_table(chart), ident, language)
    if not chart.rows:
        return frame.empty()
    hollow = _HOLLOW if chart.zero and any(row.low <= 0 <= row.high for row in chart.rows) else None
    return frame.drawn(lambda width: draw_intervals(chart, width), summary_of_intervals(chart), hollow)


def differences(chart: Differences, ident: str, language: str = "zh") -> Chart:
    """Sorted bars, one a question; a value that is no number raises ValueError naming chart and question."""
    _refuse_broken(chart, ((same(question), value) for question, value in chart.values))
    frame = _Frame(chart, differences_table(chart), ident, language)
    if not chart.values:
        return frame.empty()
    note = note_on_quantiles(chart)
    return frame.drawn(lambda width: draw_differences(chart, width), summary_of_differences(chart), note)


def bars(chart: Bars, ident: str, language: str = "zh") -> Chart:
    """Labelled lengths; a value that is no number raises ValueError naming chart and row."""
    _refuse_broken(chart, iter(chart.rows))
    frame = _Frame(chart, bars_table(chart), ident, language)
    if not chart.rows:
        return frame.empty()
    return frame.drawn(lambda width: draw_bars(chart, width), summary_of_bars(chart))


def chart_of(section: Charted, ident: str, language: str = "zh") -> Chart:
    """The chart of a section. ``ident`` is unique in the page; ``language`` is the one shown first."""
    if isinstance(section, Lines):
        return lines(section, ident, language)
    if isinstance(section, Intervals):
        return intervals(section, ident, language)
    if isinstance(section, Differences):
        return differences(section, ident, language)
    return bars(section, ident, language)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every chart has around its marks."""

    chart: Charted
    table: Table
    ident: str
    language: str

    def empty(self) -> Chart:
        """Nothing to draw: the page says so."""
        return Chart((), self.table, self._notes(None))

    def drawn(self, draw: Callable[[float], tuple[Markup, float]], summary: Words, note: Words | None = None) -> Chart:
        """The drawing for a page and for a phone."""
        drawings = []
        for name, width in (("wide", WIDE), ("narrow", NARROW)):
            marks, height = draw(width)
            ident = f"{self.ident}-{name}"
            image = svg(
                marks,
                width=width,
                height=height,
                title=self.chart.title,
                summary=summary,
                ident=ident,
                language=self.language,
            )
            drawings.append((name, image))
        return Chart(tuple(drawings), self.table, self._notes(note))

    def _notes(self, note: Words | None) -> tuple[Words, ...]:
        return tuple(words for words in (self.chart.note, note) if words is not None)


def _refuse_broken(chart: Charted, values: Iterator[tuple[Words, float]]) -> None:
    """A report never hides a broken number: it is not drawn at all."""
    for name, value in values:
        if not math.isfinite(value):
            raise ValueError(f"chart {chart.title.en!r}: {name.en!r} holds {value}: find the measure that made it")
