"""The report page: complete, self-contained, escaped, and the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.report.page import render
from eval.report.sections import (
    Bars,
    Cases,
    Differences,
    Intervals,
    Lines,
    Page,
    Section,
    Table,
    Verdict,
    same,
)

_SAMPLE = runpy.run_path(str(Path(__file__).with_name("report_sample.py")))
sample_page, evil_page = _SAMPLE["sample_page"], _SAMPLE["evil_page"]


def _page(*sections: Section) -> Page:
    return Page(same("t"), same("s"), (), sections)


class _Outline(HTMLParser):
    """Start tags in order, and whether every element is closed in its turn."""

    VOID = frozenset(("meta", "link", "br", "path", "circle", "line", "rect", "hr"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_equal_pages_give_equal_bytes_and_every_element_is_closed() -> None:
    html = render(sample_page())
    assert html == render(sample_page())
    assert _Outline(html).open == []
    assert len(html.encode()) < 200_000


def test_every_text_stands_in_both_languages_and_numbers_once() -> None:
    html = render(sample_page())
    assert (
        '<span class="zh" lang="zh-Hans">各深度的召回率</span><span class="en" lang="en">Recall by depth</span>' in html
    )
    assert html.count(">multilingual-e5-small<") == 1
    assert html.index("Hybrid beats dense") < html.index("Recall by depth") < html.index("Worst questions")


@pytest.mark.parametrize(
    ("language", "code", "title"), [("zh", "zh-Hans", "检索质量"), ("en", "en", "Retrieval quality")]
)
def test_the_language_asked_for_is_shown_first_also_without_scripts(language: str, code: str, title: str) -> None:
    html = render(sample_page(), language=language)
    assert f'<html lang="{code}"' in html
    assert re.search(rf"<title [^>]*>{title}", html)


def test_a_report_follows_its_readers_browser_only_where_it_is_told_to() -> None:
    assert re.search(
        r'<html lang="en" data-theme="auto" data-follow>', render(sample_page(), language="en", follow=True)
    )
    assert "data-follow>" not in render(sample_page(), language="en")


def test_nothing_in_the_file_asks_for_anything_outside() -> None:
    outline = _Outline(render(sample_page()))
    links = [
        value for _, attributes in outline.tags for key, value in attributes.items() if key in ("src", "href", "action")
    ]
    assert [link for link in links if link and not link.startswith(("#", "data:"))] == []
    assert not any(name in ("iframe", "object", "embed", "form", "base", "img") for name, _ in outline.tags)
    assert not any(key.startswith("on") or key == "style" for _, attributes in outline.tags for key in attributes)
    assert "url(" not in render(sample_page())
    assert "@import" not in render(sample_page())


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    html = render(sample_page())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    rules = policy.group(1).replace("&#39;", "'")
    assert rules.startswith("default-src 'none'; ")
    for name in ("style", "script"):
        inside = re.search(rf"<{name}>(.*?)</{name}>", html, re.DOTALL)
        assert inside
        digest = base64.b64encode(hashlib.sha256(inside.group(1).encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in rules
    assert "unsafe" not in rules


def test_hostile_text_is_shown_as_text_in_every_place() -> None:
    html = render(evil_page())
    outline = _Outline(html)
    assert outline.open == []
    assert [name for name, _ in outline.tags].count("script") == 1
    assert not any(name == "img" or "onerror" in attributes for name, attributes in outline.tags)
    assert not set(html) & set("\x00\u202e\u2066\ud800")
    assert "␀[U+202E]反转[U+2066][U+D800]" in html
    assert html.encode("utf-8")


def test_an_unknown_tone_language_or_ragged_row_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        render(sample_page(), language="fr")
    with pytest.raises(ValueError, match="'splendid'"):
        render(replace(sample_page(), verdicts=(Verdict(same("x"), "splendid"),)))
    with pytest.raises(ValueError, match=r"'ragged'.*1 cells, the header 2"):
        render(_page(Table(same("ragged"), (same("a"), same("b")), ((same("1"),),))))
    with pytest.raises(ValueError, match=r"'seconds'.*'p50' holds nan"):
        render(_page(Bars(same("seconds"), ((same("p50"), math.nan),))))


def test_columns_of_numbers_stand_right_and_others_left() -> None:
    cells = (("a", "0.731 [0.702, 0.759]", "38 ms", "12 / 180", "3fa9c1", "—"), ("b", "−0.2", "5.1 s", "–", "12", "—"))
    columns = tuple(same(f"column {number}") for number in range(6))
    html = render(_page(Table(same("x"), columns, tuple(tuple(map(same, row)) for row in cells))))
    right = re.findall(r'<th scope="col" class="number">column (\d)', html)
    assert right == ["1", "2", "3"]  # the label, hashes and an all-empty column stay left


def test_tables_name_their_columns_rows_and_themselves() -> None:
    html = render(sample_page())
    assert html.count("<caption") == html.count("<table")
    assert html.count('role="img"') == 14  # 7 charts, each for a page and for a phone
    assert html.count("</title>") > 14
    assert html.count("</desc>") == 14
    identities = re.findall(r' id="([^"]*)"', html)
    assert len(identities) == len(set(identities))
    for name in re.findall(r'aria-(?:labelledby|describedby)="([^"]*)"', html):
        assert name in identities


def test_sections_without_content_say_so() -> None:
    empty = _page(
        Table(same("x"), (same("a"), same("b")), ()),
        Lines(same("x"), same("x"), same("y"), ()),
        Intervals(same("x"), ()),
        Differences(same("x"), ()),
        Bars(same("x"), ()),
        Cases(same("x"), ()),
    )
    html = render(empty)
    assert html.count("No data") == 6
    assert "<svg" not in html


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2 section 1.4.3."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _themes() -> list[dict[str, str]]:
    style = re.search(r"<style>(.*?)</style>", render(sample_page()), re.DOTALL)
    assert style
    blocks = re.findall(r"color-scheme: (?:light|dark);(.*?)}", style.group(1), re.DOTALL)
    return [dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", block)) for block in blocks]


def test_both_dark_themes_agree_and_all_colours_keep_their_contrast() -> None:
    light, dark, chosen = _themes()
    assert dark == chosen
    assert light.keys() == dark.keys()
    for theme in (light, dark):
        for name in ("ink", "quiet", "accent", "good", "bad", "open"):
            for ground in ("paper", "card"):
                assert _contrast(theme[name], theme[ground]) >= 4.5, (name, ground)
        for series in range(8):
            assert _contrast(theme[f"s{series}"], theme["paper"]) >= 3, series
