"""Text of strangers on the page: shown as it is, never a tag, a link, an image or a font change."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from app.page_text import html_text, joined, label_text, marked_html
from store.types import Span

HOSTILE = [
    "![x](http://evil.example/a.png)",
    "![x][1]\n\n[1]: http://evil.example/a.png",
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "[点这里](javascript:alert(1))",
    "<javascript:alert(1)>",
    "https://evil.example/?q=1",
    "www.evil.example",
    "someone@evil.example",
    "<script>alert(1)</script>",
    "**粗** _体_ `code` ~~x~~ # heading",
    ":red[x] :material/delete: $x^2$ <b>x</b> &lt;b&gt; | a | b |",
    "# 标题",
    "1. one",
    "\\<b>\\[x](http://evil.example)",
]


def rendered(label: str) -> str:
    """CommonMark with tags, tables and strikethrough; bare addresses have a test of their own below."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(label)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_made_of_hostile_text_has_nothing_but_text_in_it(text: str) -> None:
    assert set(re.findall(r"<(\w+)", rendered(label_text(text)))) == {"p"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_still_reads_as_the_text_it_was_made_of(text: str) -> None:
    import html

    shown = html.unescape(re.sub(r"<[^>]+>", "", rendered(label_text(text)))).replace("\u2060", "").strip()
    assert shown == " ".join(text.split())


@pytest.mark.parametrize("text", ["http://evil.example", "HTTPS://evil.example", "www.evil.example", "a@evil.example"])
def test_no_bare_address_is_left_for_a_renderer_that_looks_after_escapes_are_gone(text: str) -> None:
    """mdast's GFM transform reads text nodes: "http://" and "www." at once and "name@host" must not stand in them."""
    shown = label_text(text).replace("\\", "")
    assert not re.search(r"(?i)https?://|www\.|\w@\w", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_html_text_has_no_character_that_html_reads(text: str) -> None:
    assert not set("<>\"'") & set(html_text(text))
    assert not re.search(r"&(?!(lt|gt|amp|quot|#x27);)", html_text(text))


def test_overrides_of_direction_and_control_characters_are_shown_as_such() -> None:
    assert html_text("a\u202eb\x00c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u2060", "\u00ad", "\ufeff", "\ufe0f", "\U000e0041", "\U000e0100", "\x9b", "\u3164"]
)
def test_what_has_no_shape_is_shown_as_one_character_that_has(hidden: str) -> None:
    """One for one, so that the places of quotes stay right: characters 2 to 4 of "a?书bc" are "书b"."""
    assert html_text(f"a{hidden}书") == "a\ufffd书"
    assert marked_html(f"a{hidden}书bc", [Span(2, 4)]) == "a\ufffd<mark>书b</mark>c"
    assert hidden not in label_text(f"a{hidden}b").replace("\u2060", "")
    assert label_text(f"a{hidden}书") == "a 书"


def test_a_long_label_is_cut_with_an_ellipsis() -> None:
    assert label_text("书" * 200, limit=10) == "书" * 9 + "…"


def test_a_mark_stands_around_exactly_the_quoted_characters() -> None:
    """Characters 4 to 9 of "1 < 2，三个 & 四": "2，三个 "."""
    assert marked_html("1 < 2，三个 & 四", [Span(4, 9)]) == "1 &lt; <mark>2，三个 </mark>&amp; 四"


def test_a_span_that_ends_inside_an_entity_cannot_break_it() -> None:
    assert marked_html("a<b", [Span(1, 2)]) == "a<mark>&lt;</mark>b"


def test_spans_that_touch_become_one_and_those_outside_are_cut() -> None:
    assert joined([Span(5, 9), Span(-3, 2), Span(2, 4), Span(8, 99), Span(7, 7)], 10) == [Span(0, 4), Span(5, 10)]
