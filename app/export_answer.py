"""Answers as plain text, Markdown and Word, with their sources: shown as they are, nothing in them is active."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.answer_marks import marked_text, notes
from app.chat_words import chat_words
from app.words import Language, say
from generation.types import Answer, Citation
from generation.visible import visible

_ACTIVE = re.compile(
    r"([\\`*_\[\]<>|~&$!])"
)  # what Markdown would read; CommonMark 0.31 section 2.4 lets each be escaped
_OPENING = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))", re.MULTILINE)  # headings, lists and rules begin a line
# GFM makes links of bare addresses whatever is escaped, so they are broken up by a character of no width.
_AUTOLINK = re.compile(r"(?i)(?<=\w)(?=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)")
_BREAK = "\u2060"  # WORD JOINER
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


@dataclass(frozen=True, slots=True)
class Exported:
    """A question with its answer, and the day on which it was answered."""

    question: str
    answer: Answer
    day: str = ""


def plain_of(one: Exported, language: str) -> str:
    """An answer with the signs of its check, notices and sources as plain text, to be pasted anywhere."""
    lines = [_text(one.answer)]
    told = _told(one.answer, language)
    if told:
        lines += ["", *told]
    if one.answer.citations:
        lines += ["", chat_words(language, "export_sources")]
        lines += [f"[{each.number}] {_place(each, language)}: “{_line(each.quote)}”" for each in one.answer.citations]
    return visible("\n".join(lines))


def markdown_of(chosen: Sequence[Exported], collection: str, language: str) -> str:
    """Questions, answers and sources as a Markdown document."""
    lines = [f"*{markdown_text(chat_words(language, 'export_head', collection=collection))}*", ""]
    for one in chosen:
        lines += [f"## {markdown_text(_line(one.question))}", ""]
        lines += [markdown_text(line) for line in _text(one.answer).split("\n")] + [""]
        lines += [f"- {markdown_text(_line(line))}" for line in _told(one.answer, language)]
        if one.answer.citations:
            lines += ["", f"**{chat_words(language, 'export_sources')}**", ""]
            lines += [
                f"- \\[{each.number}\\] {markdown_text(_place(each, language))}: “{markdown_text(_line(each.quote))}”"
                for each in one.answer.citations
            ]
        lines += ["", markdown_text(_made(one, language)), ""]
    return "\n".join(lines)


def markdown_text(text: str) -> str:
    """``text`` as Markdown that shows exactly it: no link, picture, tag, heading or list can come out of it."""
    text = _ACTIVE.sub(r"\\\1", _AUTOLINK.sub(_BREAK, visible(text)))
    return _OPENING.sub(lambda at: f"{at[1]}\\{at[2]}" if not at[2].isdigit() else f"{at[1]}{at[2]}{_BREAK}", text)


def docx_of(chosen: Sequence[Exported], collection: str, language: str) -> bytes:
    """Questions, answers and sources as the bytes of a Word document; markers stand raised."""
    from docx import Document

    document = Document()
    document.add_paragraph(_xml(chat_words(language, "export_head", collection=collection)))
    for one in chosen:
        document.add_heading(_xml(_line(one.question)), level=2)
        for line in _text(one.answer).split("\n"):
            _raised(document.add_paragraph(), _xml(line))
        for line in _told(one.answer, language):
            document.add_paragraph(_xml(line))
        if one.answer.citations:
            document.add_heading(_xml(chat_words(language, "export_sources")), level=3)
        for each in one.answer.citations:
            source = document.add_paragraph(_xml(f"[{each.number}] {_place(each, language)}: "))
            source.add_run(_xml(f"“{_line(each.quote)}”")).italic = True
        document.add_paragraph(_xml(_made(one, language)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _raised(paragraph: Any, line: str) -> None:
    """A line whose markers [n] are superscripts."""
    for place, part in enumerate(re.split(r"(\[\d+\])", line)):
        if part:
            paragraph.add_run(part).font.superscript = bool(place % 2) or None


def _text(answer: Answer) -> str:
    return marked_text(answer.text, answer.sentences).strip()


def _told(answer: Answer, language: str) -> list[str]:
    """What the page says above and behind the sentences: notices, and why a sentence has a sign."""
    return [f"⚠ {notice}" for notice in answer.notices] + notes(answer.sentences, _spoken(language))


def _place(one: Citation, language: str) -> str:
    page = f", {say(_spoken(language), 'page', page=one.page)}" if one.page else ""
    return f"{_line(one.title)}{page}"


def _spoken(language: str) -> Language:
    return "zh" if language == "zh" else "en"


def _made(one: Exported, language: str) -> str:
    return chat_words(language, "export_made", model=one.answer.model, day=one.day).strip(" ·")


def _line(text: str) -> str:
    return " ".join(text.split())


def _xml(text: str) -> str:
    return _NO_XML.sub("", visible(text))
