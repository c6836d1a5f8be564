"""Text of models and documents on its way to the page: shown as it is, never obeyed.

Streamlit renders Markdown in every label, caption and message, and Markdown fetches images and makes links whether HTML
is allowed or not. So such text goes out as HTML with every special character escaped (``html_text``), and only where
Streamlit takes nothing but Markdown, as a label in which nothing is left to interpret (``label_text``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from generation.visible import INVISIBLE
from store.types import Span

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # all ASCII punctuation; CommonMark 0.31 section 2.4 lets each be escaped
# Bare addresses become links after escapes were resolved (GFM's "extended autolinks"), so they are broken up by a
# character of no width: "http" before "://", "www" before ".", and the "@" of a mail address.
_AUTOLINK = re.compile(r"(?i)(?<=\w)(?=://|:\\/\\/)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)")
_BREAK = "\u2060"  # WORD JOINER


def html_text(text: str) -> str:
    """``text`` as HTML that shows exactly it: no tag, no entity, no attribute can come out of it.

    A character that has no shape is shown as one that has, so that a reader sees where something is hidden.
    """
    return html.escape(INVISIBLE.sub("\ufffd", text), quote=True)


def label_text(text: str, *, limit: int = 120) -> str:
    """``text`` on one line for a place that reads Markdown: a button, a message. Cut to ``limit`` characters."""
    return _MARKDOWN.sub(r"\\\1", _AUTOLINK.sub(_BREAK, option_text(text, limit=limit)))


def option_text(text: str, *, limit: int = 120) -> str:
    """``text`` on one line for the options of a field to choose from, in which Streamlit interprets nothing."""
    line = " ".join(INVISIBLE.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def marked_html(text: str, spans: Iterable[Span]) -> str:
    """``text`` as HTML with ``<mark>`` around the spans (characters of ``text``); spans that touch become one."""
    pieces: list[str] = []
    position = 0
    for span in joined(spans, len(text)):
        pieces += [html_text(text[position : span.start]), "<mark>", html_text(text[span.start : span.end]), "</mark>"]
        position = span.end
    return "".join([*pieces, html_text(text[position:])])


def joined(spans: Iterable[Span], length: int) -> list[Span]:
    """The spans within 0..``length``, sorted, those that overlap or touch made one, empty ones left out."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        start, end = max(span.start, 0), min(span.end, length)
        if start >= end:
            continue
        if result and start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(end, result[-1].end))
        else:
            result.append(Span(start, end))
    return result
