"""The few SVG elements that the charts are made of. Every text is escaped here, in one place.

Colours and fonts stand in report.css: an element only says what it is by its class.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from eval.report.sections import Words
from eval.report.shown_text import shorten, visible

TEXT = 15.0
"""Size of every text in a chart, in pixels: a chart is drawn once for a page and once for a phone, not scaled."""

LANGUAGES = (("zh", "zh-Hans"), ("en", "en"))
"""CSS class and language tag of the two texts of a ``Words``."""


def tag(name: str, *children: str, **attributes: str | float) -> Markup:
    """An element; plain strings inside are escaped. ``class_`` is written class, ``text_anchor`` text-anchor."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    inside = "".join(child if isinstance(child, Markup) else str(escape(visible(child))) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")  # noqa: S704 - escaped above


def _attribute(value: str | float) -> str:
    return str(escape(visible(value))) if isinstance(value, str) else place(value)


def place(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 1e5 else f"{value:.0f}"


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def spoken(name: str, words: Words, language: str, **attributes: str) -> Markup:
    """A <title> or <desc>: it can hold one text only, so the page's script swaps it with the language."""
    text = words.zh if language == "zh" else words.en
    if words.zh != words.en:
        attributes |= {"data_zh": words.zh, "data_en": words.en}
    return tag(name, text, **attributes)


def label(words: Words, x: float, y: float, *, width: float, class_: str = "", anchor: str = "") -> Markup:
    """One line of text, cut to ``width``, once for each language."""
    at: dict[str, str | float] = {"x": x, "y": y, "text_anchor": anchor}
    if words.zh == words.en:
        return tag("text", shorten(words.zh, width, TEXT), class_=class_, **at)
    return joined(
        tag("text", shorten(text, width, TEXT), class_=f"{name} {class_}".strip(), lang=code, **at)
        for (name, code), text in zip(LANGUAGES, (words.zh, words.en), strict=True)
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """A line through the points."""
    return tag("path", d="M" + "L".join(f"{place(x)} {place(y)}" for x, y in points) + "Z" * closed, class_=class_)


_SHAPES = ("circle", "square", "diamond", "triangle", "cross", "ring")
_ARM = ((-1.1, -0.4), (-0.4, -0.4), (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4))
_CROSS = (*_ARM, *((-x, -y) for x, y in _ARM))


def marker(kind: int, x: float, y: float, class_: str, *children: Markup, size: float = 4.0) -> Markup:
    """One of six shapes around (x, y), so that series differ without colour."""
    shape, kind_class = _SHAPES[kind % len(_SHAPES)], f"mark {class_}"
    if shape in ("circle", "ring"):
        return tag(
            "circle", *children, cx=x, cy=y, r=size, class_=f"{kind_class} hollow" if shape == "ring" else kind_class
        )
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        "triangle": ((0, -1.2), (1.2, 0.9), (-1.2, 0.9)),
        "cross": _CROSS,
    }[shape]
    drawn = "L".join(f"{place(x + size * dx)} {place(y + size * dy)}" for dx, dy in corners)
    return tag("path", *children, d=f"M{drawn}Z", class_=kind_class)


def svg(
    drawing: Markup, *, width: float, height: float, title: Words, summary: Words, ident: str, language: str
) -> Markup:
    """The whole image: its name and description first, for readers who hear it."""
    return tag(
        "svg",
        spoken("title", title, language, id=f"{ident}-name"),
        spoken("desc", summary, language, id=f"{ident}-says"),
        drawing,
        viewBox=f"0 0 {place(width)} {place(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{ident}-name",
        aria_describedby=f"{ident}-says",
    )
