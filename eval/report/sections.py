"""What a report consists of. A report composes these; ``page.py`` draws them; neither knows of the other's insides.

Every text that a reader sees is ``Words``: both languages are in the file, and the reader switches between them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


def same(text: str) -> Words:
    """A text that is the same in both languages: a number, a name, a quotation."""
    return Words(text, text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding in one sentence. ``tone`` is good, bad or open; an open one says what would decide it."""

    text: Words
    tone: str = "open"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with values: configuration, hashes, counts."""

    title: Words
    rows: tuple[tuple[Words, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column is a label, numbers stand right-aligned. ``note`` explains the columns."""

    title: Words
    columns: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A named line: (x, y) points in order of x."""

    name: Words
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A line chart: recall over depth, risk over coverage. ``log_x`` spaces x by its logarithm."""

    title: Words
    x: Words
    y: Words
    series: tuple[Series, ...]
    log_x: bool = False
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its interval and a label."""

    label: Words
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Values with whiskers, one below the other. ``zero`` draws the line of no difference."""

    title: Words
    rows: tuple[Interval, ...]
    zero: bool = False
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """One bar a question, sorted: how much B gained or lost against A. ``values`` are (question, difference)."""

    title: Words
    values: tuple[tuple[str, float], ...]
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Labelled lengths: counts by stage, seconds by percentile. ``unit`` is written behind the number."""

    title: Words
    rows: tuple[tuple[Words, float], ...]
    unit: str = ""
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its story. ``fields`` are (name, text); the text is data and is shown as it is."""

    heading: str
    marks: tuple[Words, ...]
    fields: tuple[tuple[Words, str], ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Questions to read, each folded."""

    title: Words
    cases: tuple[Case, ...]
    note: Words | None = None


Section = Facts | Table | Lines | Intervals | Differences | Bars | Cases


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report: title, one line below it, findings first, then the sections in order."""

    title: Words
    subtitle: Words
    verdicts: tuple[Verdict, ...]
    sections: tuple[Section, ...]
