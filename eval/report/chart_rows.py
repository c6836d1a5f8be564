"""Charts with one labelled row a value: intervals (point and whiskers) and bars (lengths from zero)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.report.chart_axes import Scale, spread, tick_decimals, ticks
from eval.report.chart_svg import TEXT, joined, label, line, tag
from eval.report.sections import Bars, Interval, Intervals, Words, same
from eval.report.shown_text import decimals_for, number, text_width


@dataclass(frozen=True, slots=True)
class _Rows:
    """Three columns where there is room; on a phone the label (and a long value) stand above the mark."""

    left: float
    right: float
    label_width: float
    height: float  # of a row
    mark: float  # the mark's place below the row's top
    value: float  # the value's baseline below the row's top
    width: float

    def text(self, words: Words, shown: str, top: float) -> Markup:
        """A row's label and its value."""
        at_label = 5 + self.mark if self.left else 16.0
        value = tag("text", shown, x=self.width, y=top + self.value, text_anchor="end", class_="value")
        return label(words, 0, top + at_label, width=self.label_width, class_="name") + value


def _columns(labels: Sequence[Words], values: Sequence[str], width: float) -> _Rows:
    widest = max(text_width(text, TEXT) for words in labels for text in (words.zh, words.en))
    value = max(text_width(text, TEXT) for text in values)
    if width >= 600:
        left = min(widest, 0.4 * width) + 16
        return _Rows(left, width - value - 16, left - 16, 34.0, 17.0, 22.0, width)
    if widest + value + 12 <= width or value < 0.33 * width:
        return _Rows(0, width, width - value - 12, 50.0, 31.0, 16.0, width)
    return _Rows(0, width, width, 72.0, 53.0, 38.0, width)


def draw_intervals(chart: Intervals, width: float) -> tuple[Markup, float]:
    """The drawing and its height. A hollow point: the interval holds zero (only where the line of zero is drawn)."""
    decimals = interval_decimals(chart.rows)
    rows = _columns([row.label for row in chart.rows], [interval_text(row, decimals) for row in chart.rows], width)
    bounds = [edge for row in chart.rows for edge in (row.low, row.high, row.value)] + [0.0] * chart.zero
    marks = ticks(*spread(bounds), 6 if rows.left else 4)
    inset = text_width(number(marks[0], tick_decimals(marks)), TEXT) / 2
    scale = Scale(marks[0], marks[-1], rows.left + inset, rows.right - inset)
    bottom = rows.height * len(chart.rows) + 4
    drawn = [line(scale(at), 0, scale(at), bottom, "grid") for at in marks]
    drawn += [
        tag("text", number(at, tick_decimals(marks)), x=scale(at), y=bottom + 20, text_anchor="middle", class_="tick")
        for at in marks
    ]
    if chart.zero:
        drawn.append(line(scale(0), 0, scale(0), bottom + 4, "zero"))
    for index, row in enumerate(chart.rows):
        top = rows.height * index
        drawn.append(_whiskers(row, scale, top + rows.mark, hollow=chart.zero and row.low <= 0 <= row.high))
        drawn.append(rows.text(row.label, interval_text(row, decimals), top))
    return joined(drawn), bottom + 28


def _whiskers(row: Interval, scale: Scale, y: float, *, hollow: bool) -> Markup:
    low, high = scale(row.low), scale(row.high)
    ends = line(low, y - 5, low, y + 5, "whisker") + line(high, y - 5, high, y + 5, "whisker")
    point = tag("circle", cx=scale(row.value), cy=y, r=5, class_="point hollow" if hollow else "point")
    return line(low, y, high, y, "whisker") + ends + point


def interval_decimals(rows: Sequence[Interval]) -> int:
    """Decimals that all values of one chart share."""
    return decimals_for([edge for row in rows for edge in (row.value, row.low, row.high)])


def interval_text(row: Interval, decimals: int) -> str:
    """Such as "0.731 [0.702, 0.759]"."""
    return f"{number(row.value, decimals)} [{number(row.low, decimals)}, {number(row.high, decimals)}]"


def draw_bars(chart: Bars, width: float) -> tuple[Markup, float]:
    """The drawing and its height."""
    values = [value for _, value in chart.rows]
    shown = [bar_text(value, decimals_for(values), chart.unit) for value in values]
    rows = _columns([words for words, _ in chart.rows], shown, width)
    scale = Scale(*spread([*values, 0.0]), rows.left, rows.right)
    if not any(values):
        scale = Scale(0.0, 1.0, rows.left, rows.right)  # all zero: no bar at all
    zero = scale(0.0)
    drawn = []
    for index, ((words, value), text) in enumerate(zip(chart.rows, shown, strict=True)):
        top, end = rows.height * index, scale(value)
        drawn.append(
            tag("rect", x=min(zero, end), y=top + rows.mark - 7, width=abs(end - zero), height=14, class_="bar")
        )
        drawn.append(rows.text(words, text, top))
    bottom = rows.height * len(chart.rows)
    return joined([*drawn, line(zero, 0, zero, bottom, "axis")]), bottom + 4


def bar_text(value: float, decimals: int, unit: str) -> str:
    """Such as "1,204 ms": a narrow space between number and unit, none before a percent sign."""
    return number(value, decimals) + (unit if unit in ("", "%", "‰") else f"\u202f{unit}")


def summary_of_intervals(chart: Intervals) -> Words:
    """What the intervals say, for readers who hear the chart."""
    decimals = interval_decimals(chart.rows)
    return _summary(
        Words("区间图，共", "Intervals, "), [(row.label, interval_text(row, decimals)) for row in chart.rows]
    )


def summary_of_bars(chart: Bars) -> Words:
    """What the bars say, for readers who hear the chart."""
    decimals = decimals_for([value for _, value in chart.rows])
    return _summary(
        Words("条形图，共", "Bars, "), [(words, bar_text(value, decimals, chart.unit)) for words, value in chart.rows]
    )


def _summary(kind: Words, rows: Sequence[tuple[Words, str]], most: int = 12) -> Words:
    chinese = "；".join(f"{words.zh}：{text}" for words, text in rows[:most])
    english = "; ".join(f"{words.en}: {text}" for words, text in rows[:most])
    rest = same("") if len(rows) <= most else Words("；其余见数据表", "; the rest is in the table")
    return Words(f"{kind.zh} {len(rows)} 项。{chinese}{rest.zh}。", f"{kind.en}{len(rows)} rows. {english}{rest.en}.")
