"""Charts: where things stand, what they say, and what they refuse."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as Tree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eval.report.chart_axes import Scale, apart, log_ticks, spread, tick_decimals, ticks
from eval.report.chart_differences import MOST_BARS, quantiles
from eval.report.chart_lines import thinned
from eval.report.charts import Chart, bars, chart_of, differences, intervals, lines
from eval.report.sections import Bars, Differences, Interval, Intervals, Lines, Series, Words, same
from eval.report.shown_text import decimals_for, number, plain, shorten, text_width, visible

LONG = Words("一个非常长的中文标签，" * 30, "a very long label that does not end " * 20)
NAMES = (same("depth"), same("recall"))


def _lines(*series: tuple[tuple[float, float], ...], log_x: bool = False) -> Lines:
    named = tuple(Series(same(f"line {index}"), points) for index, points in enumerate(series))
    return Lines(same("Recall"), *NAMES, named, log_x)


def _trees(chart: Chart) -> list[Tree.Element]:
    return [Tree.fromstring(image) for _, image in chart.drawings]  # noqa: S314 - written two lines above


def _numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_a_line_goes_through_its_points_evenly_in_the_logarithm() -> None:
    """1, 10, 100 on a logarithmic axis: the middle one stands halfway; .0 and 1.0 at both ends of the height."""
    wide = _trees(lines(_lines(((1, 0.0), (10, 0.5), (100, 1.0)), log_x=True), "c"))[0]
    (drawn,) = [one.get("d", "") for one in wide.iter("path") if "line" in one.get("class", "").split()]
    x1, y1, x2, y2, x3, y3 = _numbers(drawn)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.11)
    assert (y1 + y3) / 2 == pytest.approx(y2)
    assert y1 > y2 > y3
    ticked = [one.text for one in wide.iter("text") if one.get("class") == "tick"]
    assert ticked == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1", "10", "100"]


def test_series_differ_by_dash_and_marker_too() -> None:
    chart = _lines(*(((1, at / 10), (2, at / 10)) for at in range(10)))
    wide = _trees(lines(chart, "c"))[0]
    looks = [one.get("class") for one in wide.iter("path") if "dash" in one.get("class", "")]
    assert len(set(looks)) == 10
    assert {look.split()[-1] for look in looks if look} == {f"dash-{index}" for index in range(5)}


def test_both_languages_stand_in_the_drawing_and_the_first_one_is_spoken() -> None:
    chart = Bars(Words("耗时", "Latency"), ((Words("首字", "first token"), 1.5),), "s")
    for language, heard in (("zh", "耗时"), ("en", "Latency")):
        for tree in _trees(bars(chart, "c", language)):
            title = tree.find("title")
            assert title is not None
            assert (title.text, title.get("data-zh"), title.get("data-en")) == (heard, "耗时", "Latency")
            assert [one.text for one in tree.iter("text")] == ["首字", "first token", "1.50\u202fs"]
            assert [one.get("lang") for one in tree.iter("text")] == ["zh-Hans", "en", None]


def test_an_interval_that_holds_zero_is_hollow_and_one_that_does_not_is_filled() -> None:
    chart = Intervals(
        same("x"), (Interval(same("sure"), 0.1, 0.05, 0.15), Interval(same("open"), 0.1, -0.05, 0.2)), zero=True
    )
    drawn = intervals(chart, "c")
    wide = _trees(drawn)[0]
    assert [one.get("class") for one in wide.iter("circle")] == ["point", "point hollow"]
    assert [note.en for note in drawn.notes] == ["A hollow point: its interval holds 0, no difference can be told."]
    assert "0.100 [0.050, 0.150]" in [one.text for one in wide.iter("text")]
    (zero,) = [one for one in wide.iter("line") if one.get("class") == "zero"]
    ends = [float(one.get("x1", "")) for one in wide.iter("line") if one.get("class") == "whisker"]
    assert min(ends) < float(zero.get("x1", "")) < max(ends)


def test_bars_are_as_long_as_their_values() -> None:
    wide = _trees(bars(Bars(same("x"), ((same("a"), 1.0), (same("b"), 3.0), (same("c"), 0.0))), "c"))[0]
    a, b, c = (float(one.get("width", "")) for one in wide.iter("rect"))
    assert b == pytest.approx(3 * a, abs=0.2)
    assert c == 0


def test_few_differences_each_have_a_bar_with_their_question() -> None:
    chart = Differences(same("x"), (("低", -0.5), ("平", 0.0), ("高", 0.25)))
    wide = _trees(differences(chart, "c"))[0]
    assert [(one.get("class"), one.findtext("title")) for one in wide.iter("rect")] == [
        ("gain", "高: 0.250"),
        ("loss", "平: 0.000"),
        ("loss", "低: −0.500"),
    ]
    assert {"▲ better 1", "equal 1", "▼ worse 1"} <= {one.text for one in wide.iter("text")}


def test_ten_thousand_differences_stay_small_keep_their_ends_and_say_so() -> None:
    values = tuple((f"q{index}", math.sin(index) ** 3) for index in range(10_000))
    chart = differences(Differences(same("x"), values), "c")
    assert sum(len(image) for _, image in chart.drawings) < 30_000
    assert len(chart.table.rows) == 40
    assert any("10,000 questions, drawn as 400 quantiles" in note.en for note in chart.notes)
    kept = quantiles(values, MOST_BARS)
    assert len(kept) == MOST_BARS
    assert (kept[0][1], kept[-1][1]) == (max(value for _, value in values), min(value for _, value in values))


def test_the_order_of_the_input_does_not_change_the_drawing() -> None:
    values = tuple((f"q{index:04}", float(index % 7)) for index in range(500))
    assert differences(Differences(same("x"), values), "c") == differences(Differences(same("x"), values[::-1]), "c")


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_broken_number_is_refused_by_the_chart_s_name(broken: float) -> None:
    charts = (
        Lines(same("Curve of risk"), *NAMES, (Series(same("hybrid"), ((1, 0.5), (2, broken))),)),
        Intervals(same("Curve of risk"), (Interval(same("hybrid"), 0.5, 0.1, broken),)),
        Differences(same("Curve of risk"), (("hybrid", broken),)),
        Bars(same("Curve of risk"), ((same("hybrid"), broken),)),
    )
    for chart in charts:
        with pytest.raises(ValueError, match=r"chart 'Curve of risk': 'hybrid' holds -?(nan|inf)"):
            chart_of(chart, "c")


def test_an_axis_without_a_place_for_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'Recall': 'line 0' has x = 0"):
        lines(_lines(((0, 1), (10, 1)), log_x=True), "c")
    with pytest.raises(ValueError, match=r"'upside': the interval of 'a' runs from 2 to 1"):
        intervals(Intervals(same("upside"), (Interval(same("a"), 1.5, 2, 1),)), "c")


@pytest.mark.parametrize(
    "chart",
    [
        _lines(((5, 0.5),)),
        _lines(((5, 0.5),), log_x=True),
        _lines(((0, 0.5), (1000, 0.5))),
        _lines(((0.001, 1e6), (1e6, 9e6)), log_x=True),
        _lines(((0, 0), (0, 0)), ()),
        _lines(tuple((float(at), 0.3) for at in range(50))),
        _lines(tuple((at / 5000, math.sin(at)) for at in range(5000))),
        Lines(LONG, LONG, LONG, tuple(Series(LONG, ((1.0, at),)) for at in range(30))),
        Intervals(LONG, (Interval(LONG, 0, 0, 0),), zero=True),
        Intervals(same("x"), (Interval(same("a"), 7, 7, 7), Interval(LONG, 7, 7, 7))),
        Intervals(same("x"), (Interval(same("a"), -1e9, -2e9, 3e9),), zero=True),
        Bars(LONG, ((LONG, 0.0), (same(""), 0.0)), "秒"),
        Bars(same("x"), ((LONG, -3.0), (same("b"), 1e-7))),
        Bars(same("x"), ((LONG, 1e15), (same("b"), 2.0)), "tokens"),
        Differences(LONG, ((LONG.zh, 0.0),)),
        Differences(same("x"), tuple((f"q{at}", 0.25) for at in range(1000))),
    ],
)
def test_unusual_data_is_drawn_inside_the_picture(chart: Lines | Intervals | Differences | Bars) -> None:
    drawn = chart_of(chart, "c")
    assert drawn == chart_of(chart, "c")
    assert len(drawn.drawings) == 2
    for (_, image), tree in zip(drawn.drawings, _trees(drawn), strict=True):
        assert "nan" not in image
        assert len(image) < 120_000
        _, _, width, height = map(float, tree.get("viewBox", "").split())
        for one in tree.iter():
            for key, value in one.items():
                if key in ("x", "x1", "x2", "cx"):
                    assert -1 <= float(value) <= width + 1, (one.tag, key, value)
                if key in ("y", "y1", "y2", "cy"):
                    assert -1 <= float(value) <= height + 1, (one.tag, key, value)
        for one in tree.iter("text"):
            wide, x = text_width(one.text or "", 15), float(one.get("x", ""))
            left = x - wide * {"end": 1.0, "middle": 0.5}.get(one.get("text-anchor", ""), 0.0)
            assert left >= -1, one.text
            assert left + wide <= width + 1, one.text


def test_lines_that_share_their_depths_have_one_row_each_and_long_ones_are_thinned() -> None:
    shared = lines(_lines(((1, 0.5), (5, 0.75)), ((1, 0.25),)), "c").table
    assert [[cell.en for cell in row] for row in shared.rows] == [["1", "0.5", "0.25"], ["5", "0.75", "–"]]
    steps = lines(_lines(((0.5, 0.1), (0.5, 0.2))), "c").table  # a vertical step: no row may lose a point
    assert [[cell.en for cell in row] for row in steps.rows] == [["line 0", "0.5", "0.1"], ["line 0", "0.5", "0.2"]]
    many = lines(_lines(tuple((at / 999, at / 999) for at in range(1000))), "c").table
    assert len(many.rows) <= 40
    assert many.note is not None


def test_thinning_keeps_ends_and_spikes() -> None:
    points = [(float(at), 1.0 if at == 777 else 0.0) for at in range(5000)]
    kept = thinned(points, 100)
    assert len(kept) <= 100
    assert {points[0], points[777], points[-1]} <= set(kept)
    assert kept == sorted(kept)


def test_ticks_are_round_and_enclose_the_values() -> None:
    assert ticks(0.41, 0.98, 6) == (0.4, 0.6, 0.8, 1.0)
    assert ticks(-0.091, 0.055, 6) == (-0.1, -0.05, 0.0, 0.05, 0.1)
    assert ticks(0, 12, 5) == (0, 5, 10, 15)
    assert (tick_decimals((0.4, 0.6)), tick_decimals((0, 5)), tick_decimals((0.025, 0.05))) == (1, 0, 3)


@given(some.floats(-1e9, 1e9), some.floats(1e-9, 1e9), some.integers(2, 12))
@settings(max_examples=200, deadline=None)
def test_ticks_enclose_any_range_and_stay_few(low: float, width: float, most: int) -> None:
    low, high = spread([low, low + width])
    marks = ticks(low, high, most)
    assert marks[0] <= low + 1e-6 * (high - low)
    assert marks[-1] >= high - 1e-6 * (high - low)
    assert len(marks) <= 2 * most + 2
    assert list(marks) == sorted(set(marks))


def test_ticks_of_a_logarithm_never_touch() -> None:
    scale = Scale(1, 100, 0, 200, log=True)
    # 100 pixels a power of ten: 5 stands 22 from 3 and 50 stands 30 from 100
    assert log_ticks([1, 3, 5, 20, 50, 100], scale, lambda _: 40) == (1, 3, 20, 100)
    assert log_ticks([1, 3, 5, 20, 50, 100], scale, lambda value: 10 * len(str(value))) == (1, 3, 5, 20, 50, 100)
    assert log_ticks(list(range(1, 101)), scale, lambda _: 25) == (1, 2, 5, 10, 20, 50, 100)


@given(some.lists(some.floats(0, 300), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_labels_keep_their_distance_their_order_and_the_picture(places: list[float]) -> None:
    moved = apart(places, 24, 0, 300)
    order = sorted(range(len(places)), key=lambda index: (places[index], index))
    spots = [moved[index] for index in order]
    assert all(later - earlier >= 24 - 1e-6 for earlier, later in zip(spots, spots[1:], strict=False))
    assert spots[0] >= -1e-6
    assert spots[-1] <= 300 + 1e-6


def test_numbers_are_written_for_the_eye_and_for_copying() -> None:
    assert number(-0.0625, 3) == "−0.062"
    assert number(-0.0001, 2) == "0.00"  # never "−0.00"
    assert number(12345.6, 0) == "12,346"
    assert plain(-0.0625) == "-0.0625"
    assert (decimals_for([0.731, 0.2]), decimals_for([38.21]), decimals_for([3, 12]), decimals_for([0.00123])) == (
        3,
        1,
        0,
        5,
    )


def test_hidden_controls_are_written_out_and_chinese_is_left_alone() -> None:
    assert visible("a\x00b\x7f\u202ec\u2066\ud800\ufffe") == "a␀b␡[U+202E]c[U+2066][U+D800][U+FFFE]"
    assert visible("第一行\n第二行\t，。！ 繁體 😀\r\n") == "第一行\n第二行\t，。！ 繁體 😀\n"


def test_text_is_cut_to_its_width_with_an_ellipsis() -> None:
    assert shorten("短", 100, 15) == "短"
    assert shorten("一二三四五六七八九十", 75, 15) == "一二三四…"  # 5 × 15, of which the ellipsis takes one
    assert shorten("two\nlines", 200, 15) == "two lines"
