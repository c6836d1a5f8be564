"""One bar a question, largest gain first: how often and how much one run is better than another.

Thousands of questions are drawn by quantiles, so the file stays small; the extremes are always among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from eval.report.chart_axes import Scale, spread, tick_decimals, ticks
from eval.report.chart_svg import TEXT, joined, label, line, place, tag
from eval.report.sections import Differences, Words
from eval.report.shown_text import decimals_for, number, text_width

MOST_BARS = 400
_NAMED_BARS = 80  # up to here each bar is an element of its own and names its question
_EQUAL = 1e-9

Values = Sequence[tuple[str, float]]


def ordered(values: Values) -> list[tuple[str, float]]:
    """Largest gain first; equal ones by question, so the order never depends on the input's."""
    return sorted(values, key=lambda pair: (-pair[1], pair[0]))


def quantiles(values: Values, most: int) -> list[tuple[str, float]]:
    """The ordered values, or ``most`` of them at equal steps of rank, the first and the last included."""
    rows = ordered(values)
    if len(rows) <= most:
        return rows
    return [rows[round(step * (len(rows) - 1) / (most - 1))] for step in range(most)]


def counts(values: Values) -> tuple[int, int, int]:
    """How many questions are better, equal and worse."""
    better = sum(value > _EQUAL for _, value in values)
    worse = sum(value < -_EQUAL for _, value in values)
    return better, len(values) - better - worse, worse


def draw_differences(chart: Differences, width: float) -> tuple[Markup, float]:
    """The drawing and its height."""
    wide = width >= 600
    bars = quantiles(chart.values, MOST_BARS)
    marks = ticks(*spread([value for _, value in bars] + [0.0]), 6 if wide else 5)
    decimals = tick_decimals(marks)
    left = 10 + max(text_width(number(at, decimals), TEXT) for at in marks)
    top, bottom = 40.0, 270.0 if wide else 230.0
    y, x = Scale(marks[0], marks[-1], bottom, top), Scale(0, len(bars), left, width)
    drawn = [line(left, y(at), width, y(at), "grid") for at in marks]
    drawn += [
        tag("text", number(at, decimals), x=left - 10, y=y(at) + 5, text_anchor="end", class_="tick") for at in marks
    ]
    drawn += _named(bars, x, y) if len(bars) <= _NAMED_BARS else _area(bars, x, y)
    drawn.append(line(left, y(0), width, y(0), "zero"))
    return joined([*drawn, *_counted(chart.values, left, width)]), bottom + 10


def _named(bars: Values, x: Scale, y: Scale) -> list[Markup]:
    wide = x(1) - x(0)
    gap = min(2.0, wide * 0.2)
    decimals = decimals_for([value for _, value in bars])
    drawn = []
    for index, (question, value) in enumerate(bars):
        told = tag("title", f"{question}: {number(value, decimals)}")
        up = min(y(0), y(value))
        drawn.append(
            tag("rect", told, x=x(index), y=up, width=wide - gap, height=abs(y(value) - y(0)), class_=_tone(value))
        )
    return drawn


def _area(bars: Values, x: Scale, y: Scale) -> list[Markup]:
    """One outline for all gains and one for all losses: they are neighbours, because the bars are in order."""
    drawn = []
    for tone in ("gain", "loss"):
        chosen = [index for index, (_, value) in enumerate(bars) if abs(value) > _EQUAL and _tone(value) == tone]
        if not chosen:
            continue
        steps = "".join(f"V{place(y(bars[index][1]))}H{place(x(index + 1))}" for index in chosen)
        drawn.append(tag("path", d=f"M{place(x(chosen[0]))} {place(y(0))}{steps}V{place(y(0))}Z", class_=tone))
    return drawn


def _tone(value: float) -> str:
    return "gain" if value > 0 else "loss"


def _counted(values: Values, left: float, width: float) -> list[Markup]:
    """The counts, over the end of the bars that they count."""
    better, equal, worse = (f"{count:,}" for count in counts(values))
    return [
        label(Words(f"▲ 变好 {better}", f"▲ better {better}"), left, 16, width=width, class_="gain-text"),
        label(
            Words(f"持平 {equal}", f"equal {equal}"),
            (left + width) / 2,
            16,
            width=width,
            class_="tick",
            anchor="middle",
        ),
        label(Words(f"▼ 变差 {worse}", f"▼ worse {worse}"), width, 16, width=width, class_="loss-text", anchor="end"),
    ]


def summary_of_differences(chart: Differences) -> Words:
    """What the bars say, for readers who hear the chart."""
    better, equal, worse = counts(chart.values)
    rows = ordered(chart.values)
    decimals = decimals_for([value for _, value in rows])
    high, low = number(rows[0][1], decimals), number(rows[-1][1], decimals)
    return Words(
        f"每个问题一条，从高到低排列，共 {len(rows):,} 个：变好 {better:,}，持平 {equal:,}，变差 {worse:,}；"
        f"最高 {high}，最低 {low}。",
        f"One bar a question, sorted, {len(rows):,} in all: {better:,} better, {equal:,} equal, {worse:,} worse; "
        f"highest {high}, lowest {low}.",
    )


def note_on_quantiles(chart: Differences) -> Words | None:
    """Says that not every question has its own bar, where that is so."""
    if len(chart.values) <= MOST_BARS:
        return None
    total = f"{len(chart.values):,}"
    return Words(
        f"共 {total} 个问题，按分位数画成 {MOST_BARS} 条，含最高与最低；上方的计数包括全部问题。",
        f"{total} questions, drawn as {MOST_BARS} quantiles, highest and lowest included; the counts above are of all.",
    )
