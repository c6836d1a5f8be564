"""A report as one HTML file that needs nothing else: no request leaves it.

It reads in light and dark, on paper, on a phone, in Chinese and English, and without scripts in the language chosen.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from eval.report.chart_svg import spoken
from eval.report.charts import Chart, Charted, chart_of
from eval.report.sections import Page, Section, Table, Words
from eval.report.shown_text import visible

_TONES = {"good": Words("好。", "Good."), "bad": Words("不好。", "Bad."), "open": Words("未定。", "Open.")}
_SIGNS = {
    "good": "M7 12.5l3.5 3.5L17 8.5",
    "bad": "M8 8l8 8M16 8l-8 8",
    "open": "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.1M12 17.4v.1",
}
_SAY = {
    "skip": Words("跳到正文", "Skip to the content"),
    "findings": Words("结论", "Findings"),
    "contents": Words("内容", "Contents"),
    "data": Words("数据表", "Data table"),
    "nothing": Words("无数据", "No data"),
    "themes": (
        ("auto", Words("自动", "Auto")),
        ("light", Words("浅色", "Light")),
        ("dark", Words("深色", "Dark")),
    ),
}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#2f6f5e"><path d="M2 2h3v11H2zM6 4h3v9H6z"/>'
    '<path d="M10.2 3.2l2.5-.8 2.9 10.2-2.5.8z"/></g><path d="M1 14h14v1H1z" fill="#b0521a"/></svg>'
)
# A number as reports write it, with a sign, a short unit and an interval or a share behind it: "38.2 ms", "0.73 [0.70,
# 0.76]", "12 / 180". Dashes and empty cells stand in columns of numbers too.
_NUMBER = re.compile(r"[-−+±<>≤≥≈]?\s?\.?\d[\d.,]*(?:\s?(?:%|‰|[^\W\d_]{1,4}))?(?:\s*[\[(（/±–·].*)?")
_BLANK = frozenset(("", "-", "–", "—", "n/a"))


@dataclass(frozen=True, slots=True)
class _Part:
    """A section as the template wants it: ``kind`` is its type's name, ``chart`` is there where it is one."""

    ident: str
    kind: str
    section: Section
    chart: Chart | None


def render(page: Page, *, language: str = "zh", follow: bool = False) -> str:
    """The page as the text of an HTML file (write it as UTF-8); equal pages give equal bytes.

    ``language`` ("zh" or "en") is shown first, or with ``follow`` the one that the reader's browser asks for, where it
    asks for one of the two; the reader switches. Raises ValueError for another language, an unknown
    tone of a verdict, a table whose row is not as long as its header, and a chart with a value that is no number.
    """
    if language not in ("zh", "en"):
        raise ValueError(f"language {language!r}: a report is shown in 'zh' or 'en' first")
    for verdict in page.verdicts:
        if verdict.tone not in _TONES:
            raise ValueError(f"verdict {verdict.text.en!r} has the tone {verdict.tone!r}: give good, bad or open")
    style, script = _packaged("report.css"), _packaged("report.js")
    html: str = _template().render(
        page=page,
        parts=[_part(section, f"part-{number}", language) for number, section in enumerate(page.sections, start=1)],
        language=language,
        follow=follow,
        title=spoken("title", page.title, language),
        policy=_policy(style, script),
        icon=f"data:image/svg+xml,{quote(_ICON)}",
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        say=_SAY,
        signs=_SIGNS,
        tones=_TONES,
        numeric=_numeric_columns,
    )
    return html


def _part(section: Section, ident: str, language: str) -> _Part:
    kind = type(section).__name__.lower()
    if isinstance(section, Table):
        for row in section.rows:
            if len(row) != len(section.columns):
                raise ValueError(
                    f"table {section.title.en!r}: a row has {len(row)} cells, the header {len(section.columns)}: {row}"
                )
    chart = chart_of(section, ident, language) if isinstance(section, Charted) else None
    return _Part(ident, kind, section, chart)


def _numeric_columns(table: Table) -> frozenset[int]:
    """The columns, but for the first, that hold only numbers and dashes."""
    chosen = set()
    for index in range(1, len(table.columns)):
        texts = [text.strip() for row in table.rows for text in (row[index].zh, row[index].en)]
        filled = [text for text in texts if text not in _BLANK]
        if filled and all(_NUMBER.fullmatch(text) for text in filled):
            chosen.add(index)
    return frozenset(chosen)


def _policy(style: str, script: str) -> str:
    """Nothing may be fetched, sent or framed; only the style and the script of this file run, known by their hash."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _packaged(name: str) -> str:
    return files("eval").joinpath("report", name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    """Jinja2 with every text escaped, after every hidden control in it was written out."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown, keep_trailing_newline=True)
    return environment.from_string(_packaged("report.html.jinja"))


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
