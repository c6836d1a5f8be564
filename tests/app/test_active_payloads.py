"""Active payloads through every place where text of documents, names, models and people is shown: nothing acts.

HTML is parsed by lxml as a browser would, labels and exports by a CommonMark parser with GFM's bare links.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from lxml import html as parser

from app.export_answer import markdown_text
from app.page_answer import _marks, _sentence
from app.page_text import html_text, label_text, marked_html
from app.page_words import PageVoice
from app.source_text import passage_html, window_html
from generation.types import Sentence, Verdict
from store.types import Span

PAYLOADS: tuple[str, ...] = runpy.run_path(str(Path(__file__).with_name("active_payloads.py")))["PAYLOADS"]
OURS = {"div", "span", "mark", "s", "b", "i", "p", "br", "table", "tr", "td", "th", "thead", "tbody", "pre", "code"}


def test_there_are_more_than_a_hundred() -> None:
    assert len(PAYLOADS) > 100


def elements(made: str) -> list[parser.HtmlElement]:
    return [one for one in parser.fragment_fromstring(made, create_parent="div").iter() if isinstance(one.tag, str)]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_html_of_ours_holds_no_element_or_attribute_of_a_payload(payload: str) -> None:
    voice = PageVoice("zh")
    bad = Sentence(payload, Verdict.UNSUPPORTED, (), (payload,), (payload,))
    quoted = f"前文。\n\n{payload}\n\n| a | {payload} |\n\n后文。"
    whole = [Span(3, len(quoted) - 3)]
    for made in (
        html_text(payload),
        f'<span title="{html_text(payload)}">x</span>',
        marked_html(quoted, whole),
        passage_html(quoted, whole),
        window_html(quoted, Span(0, len(quoted)), whole),
        _sentence(bad, voice),
        _sentence(Sentence(payload, Verdict.SUPPORTED, (1,), (), ()), voice),
        _marks(bad, voice),
    ):
        for element in elements(made):
            assert element.tag in OURS, (element.tag, made)
            assert set(element.attrib) <= {"class", "title", "tabindex"}, (element.attrib, made)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_labels_and_exports_hold_no_link_picture_or_tag(payload: str) -> None:
    for made in (
        label_text(payload),
        markdown_text(payload),
        f"- {markdown_text(payload)}",
        f"**{label_text(payload)}**",
    ):
        passive(made)
    unobeyed(label_text(payload))


def passive(made: str) -> None:
    """Markdown in which nothing can be followed, fetched or run."""
    from markdown_it import MarkdownIt

    shown = MarkdownIt("commonmark").render(made)
    tags = set(re.findall(r"<(/?[a-zA-Z][^\s>/]*)", shown))
    assert tags <= {"p", "/p", "ul", "/ul", "li", "/li", "strong", "/strong", "br"}, (made, shown)
    text = re.sub(r"<[^>]*>", "", shown)
    # GFM's bare links (Extended autolinks): a scheme with ://, www. and addresses of mail
    assert not re.search(r"(?i)\b(?:https?|ftp)://|\bwww\.|[\w.+-]@[\w-]+\.|\b(?:mailto|xmpp):\S", text), text


def unobeyed(label: str) -> None:
    """A label of the page without Streamlit's own signs: :material/…:, :red[…] and $ for formulas."""
    assert not re.search(r"(?<!\\):", label.replace("\\\\", ""))
    assert not re.search(r"(?<!\\)\$", label.replace("\\\\", ""))


def test_tags_are_shown_as_text(page: Any, scripted: Any, fill: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.ask_page
    from app.library_page import library_page
    from app.settings import load
    from app.wiring import Library
    from store.tags import MOST, Tags

    scripted()
    parts = [PAYLOADS[at : at + MOST] for at in range(0, len(PAYLOADS), MOST)]
    fill({f"{number}.md": f"# {number}\n\nDocument {number}." for number in range(len(parts))})
    kept: set[str] = set()
    with Library(load()) as library:
        shelf = library.shelf("default")
        for card, part in zip(shelf.read.cards(), parts, strict=True):
            kept |= {*Tags(library.catalogue.engine, shelf.collection).put(card.id, part)}
    assert len(kept) > 90  # of 117: a tag ends after 64 characters, and some begin alike
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    shown = page().run()
    assert not shown.exception
    (offered,) = [one for one in shown.get("button_group") if str(one.key).startswith("tag-filter")]
    labels = [option.content for option in offered.proto.options]
    assert len(labels) == len(kept)
    for label in labels:
        passive(label)
        unobeyed(label)
    lines = [one.proto.body for one in shown.get("html") if "#" in one.proto.body and "<style>" not in one.proto.body]
    assert sum(line.count("#") for line in lines) >= len(kept)
    for line in lines:
        for element in elements(line):
            assert element.tag in OURS | {"h1", "h2", "h3"}, (element.tag, line)
            assert set(element.attrib) <= {"class", "title"}, (element.attrib, line)
