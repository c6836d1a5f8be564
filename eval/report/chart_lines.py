"""Line charts: recall over depth, risk over coverage. Series differ by colour, dash and marker, also on grey paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.report.chart_axes import Scale, log_ticks, spread, tick_decimals, ticks
from eval.report.chart_axes import apart as moved_apart
from eval.report.chart_svg import TEXT, joined, label, line, marker, path, place, spoken, tag
from eval.report.sections import Lines, Series, Words
from eval.report.shown_text import decimals_for, number, text_width

COLOURS = 8  # series-0 … series-7 in report.css
DASHES = 5  # dash-0 … dash-4
_ROW = 24.0  # height of a line of text
_SWATCH = 34.0  # the piece of line before a series' name
_FAR = 60.0  # a name moved farther than that has no leader: many of them would only tangle
_MOST_POINTS = 300
_MOST_MARKERS = 24
_FEW_MARKERS = 8  # on a line of more points than that


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things stand: the plot's box, its scales, and the key beside it (wide) or below it (narrow)."""

    x: Scale
    y: Scale
    x_ticks: tuple[float, ...]
    y_ticks: tuple[float, ...]
    key: float  # width of a name in the key
    beside: bool


def draw_lines(chart: Lines, width: float, language: str) -> tuple[Markup, float]:
    """The drawing and its height; ``width`` at least 600 puts the names at the lines' ends, else they stand below."""
    plot = _layout(chart, width)
    left, right = plot.x.start, plot.x.end
    grid = [line(left, plot.y(at), right, plot.y(at), "grid") for at in plot.y_ticks]
    decimals = tick_decimals(plot.y_ticks)
    sides = [
        tag("text", number(at, decimals), x=left - 10, y=plot.y(at) + 5, text_anchor="end", class_="tick")
        for at in plot.y_ticks
    ]
    bottom = plot.y.start
    for at in plot.x_ticks:
        decimals = tick_decimals([at] if chart.log_x else plot.x_ticks)
        sides.append(line(plot.x(at), bottom, plot.x(at), bottom + 5, "axis"))
        sides.append(
            tag("text", number(at, decimals), x=plot.x(at), y=bottom + 22, text_anchor="middle", class_="tick")
        )
    middle = (left + right) / 2
    titles = [
        label(chart.y, 0, 15, width=width, class_="axis-name"),
        label(chart.x, middle, bottom + 46, width=2 * min(middle, width - middle), class_="axis-name", anchor="middle"),
    ]
    lines = [_series(one, index, plot, language) for index, one in enumerate(chart.series)]
    key = _key_beside(chart.series, plot) if plot.beside else _key_below(chart.series, plot, bottom + 72)
    height = bottom + 56 + (0 if plot.beside else 12 + _ROW * len(chart.series))
    if plot.beside:
        height = max(height, plot.y.end + _ROW * len(chart.series))
    return joined([*grid, line(left, bottom, right, bottom, "axis"), *sides, *titles, *lines, *key]), height


def _layout(chart: Lines, width: float) -> _Plot:
    points = [point for one in chart.series for point in one.points]
    y_ticks = ticks(*spread([y for _, y in points]), 6)
    decimals = tick_decimals(y_ticks)
    left = 10 + max(text_width(number(at, decimals), TEXT) for at in y_ticks)
    beside = width >= 600
    key = width - _SWATCH
    if beside:
        key = min(230.0, max(text_width(text, TEXT) for one in chart.series for text in (one.name.zh, one.name.en)))
    xs = [x for x, _ in points]
    last = text_width(number(max(xs), tick_decimals([max(xs)])), TEXT) / 2  # stands below the plot's right end
    right = width - (key + _SWATCH + 14 if beside else max(22.0, last))
    top, tall = 34.0, 300.0 if beside else 240.0
    x = Scale(*spread(xs), left + 8, right, log=chart.log_x)
    y = Scale(y_ticks[0], y_ticks[-1], top + tall, top)
    if chart.log_x:
        at = log_ticks(xs, x, lambda value: 12 + text_width(number(value, tick_decimals([value])), TEXT))
        return _Plot(x, y, at, y_ticks, key, beside)
    widest = max(text_width(number(value, decimals_for(xs)), TEXT) for value in xs)
    fitting = int((right - left) / (widest + 30)) + 1
    inside = tuple(at for at in ticks(x.low, x.high, max(2, min(11, fitting))) if x.low <= at <= x.high)
    return _Plot(x, y, inside or (xs[0],), y_ticks, key, beside)


def _classes(index: int) -> str:
    return f"series-{index % COLOURS} dash-{index % DASHES}"


def _series(one: Series, index: int, plot: _Plot, language: str) -> Markup:
    points = thinned(one.points, _MOST_POINTS)
    drawn = (
        path([(plot.x(x), plot.y(y)) for x, y in points], f"line {_classes(index)}") if len(points) > 1 else Markup()
    )
    marked = points
    if len(points) > _MOST_MARKERS:
        marked = [points[round(step * (len(points) - 1) / _FEW_MARKERS)] for step in range(_FEW_MARKERS + 1)]
    decimals = decimals_for([y for _, y in points])
    for x, y in marked:
        says = f": {number(x, decimals_for([x]))} → {number(y, decimals)}"
        told = spoken("title", Words(one.name.zh + says, one.name.en + says), language)
        drawn += marker(index, plot.x(x), plot.y(y), f"series-{index % COLOURS}", told)
    return drawn


def thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most ``most`` points that draw the same line: first, last, and each stretch's lowest and highest."""
    if len(points) <= most:
        return list(points)
    stretches = most // 2 - 1
    kept = {0, len(points) - 1}
    for stretch in range(stretches):
        part = range(stretch * len(points) // stretches, (stretch + 1) * len(points) // stretches)
        kept |= {min(part, key=lambda i: points[i][1]), max(part, key=lambda i: points[i][1])}
    return [points[index] for index in sorted(kept)]


def _sample(index: int, x: float, y: float) -> Markup:
    drawn = line(x, y, x + _SWATCH - 10, y, f"line {_classes(index)}")
    return drawn + marker(index, x + (_SWATCH - 10) / 2, y, f"series-{index % COLOURS}")


def _named(one: Series) -> Words:
    return one.name if one.points else Words(f"{one.name.zh}（无数据）", f"{one.name.en} (no data)")


def _key_beside(series: Sequence[Series], plot: _Plot) -> list[Markup]:
    """Names at the height where their lines end, moved apart where they would touch."""
    ends = [plot.y(one.points[-1][1]) if one.points else plot.y.start for one in series]
    spots = moved_apart(ends, _ROW, plot.y.end, plot.y.start)
    drawn = []
    for index, (one, end, spot) in enumerate(zip(series, ends, spots, strict=True)):
        x = plot.x.end + 14
        if one.points and plot.x(one.points[-1][0]) > plot.x.end - 1 and 1 < abs(spot - end) <= _FAR:
            drawn.append(
                tag("path", d=f"M{place(plot.x.end + 5)} {place(end)}L{place(x - 2)} {place(spot)}", class_="leader")
            )
        drawn.append(_sample(index, x, spot))
        drawn.append(label(_named(one), x + _SWATCH - 4, spot + 5, width=plot.key, class_="name"))
    return drawn


def _key_below(series: Sequence[Series], plot: _Plot, top: float) -> list[Markup]:
    drawn = []
    for index, one in enumerate(series):
        drawn.append(_sample(index, 4, top + _ROW * index))
        drawn.append(label(_named(one), _SWATCH, top + 5 + _ROW * index, width=plot.key, class_="name"))
    return drawn


def summary_of_lines(chart: Lines) -> Words:
    """What the lines say, for readers who hear the chart: each line's first and last point."""
    chinese, english = [], []
    for one in chart.series:
        if not one.points:
            continue
        decimals = decimals_for([y for _, y in one.points])
        (x1, y1), (x2, y2) = one.points[0], one.points[-1]
        first, last = (
            (number(x1, decimals_for([x1])), number(y1, decimals)),
            (number(x2, decimals_for([x2])), number(y2, decimals)),
        )
        chinese.append(f"{one.name.zh}：横轴 {first[0]} 处为 {first[1]}，{last[0]} 处为 {last[1]}")
        english.append(f"{one.name.en}: {first[1]} at {first[0]}, {last[1]} at {last[0]}")
    return Words(
        f"折线图，{chart.y.zh}随{chart.x.zh}的变化。{'；'.join(chinese)}。",
        f"Line chart of {chart.y.en} over {chart.x.en}. {'; '.join(english)}.",
    )
