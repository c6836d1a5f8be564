"""A source beside the answer: where the passage stands, its text with the quoted words marked, and its page."""

from __future__ import annotations

import streamlit as st

from app.error_words import error_text
from app.page_chat import Turn
from app.page_feedback import show_right_one
from app.page_picture import PictureError, cited_boxes, cut_around, cut_out, page_picture
from app.page_session import Room
from app.page_text import html_text
from app.page_words import PageVoice
from app.sentence_boxes import sentence_boxes
from app.source_text import passage_html, window_html
from generation.types import Answer
from retrieval.types import Passage
from store.anchoring import places_of
from store.errors import UnknownCollection, UnknownDocument
from store.types import Document, Span


def show_source(turn: Turn, answer: Answer, room: Room) -> None:
    """Draw the passage that lies open in a turn; a document that has been deleted since is not shown any more."""
    voice = room.voice
    passage = next((each for each in answer.context.passages if each.number == turn.source), None)
    if passage is None:  # the turn was asked again meanwhile
        turn.source = 0
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", wrap=False):
        st.html(f'<h2 class="sj-title">[{passage.number}] {html_text(passage.title)}</h2>')
        st.button(
            voice("close"),  # for screen readers: the style shows the icon alone
            key=f"close-{turn.number}",
            icon=":material/close:",
            type="tertiary",
            help=voice("close"),
            on_click=turn.toggle,
            args=(turn.source,),
        )
    try:
        document = room.library.shelf(turn.collection).read.document(passage.chunk.document_id)
    except (UnknownDocument, UnknownCollection):
        st.html(f'<div class="sj-quiet">{voice("source_gone")}</div>')
        return
    spans, moved = _spans(answer, passage, document)
    _where(answer, passage, room)
    show_right_one(turn, answer, passage, room)
    shown = _page(turn, passage, spans, document, room)
    for quote in moved:
        st.html(f'<div class="sj-quiet">{html_text(voice("moved_quote", quote=quote))}</div>')
    if shown:
        chunk = passage.chunk
        st.html(passage_html(chunk.text, [Span(span.start - chunk.start, span.end - chunk.start) for span in spans]))
    else:
        st.html(f'<div class="sj-quiet">{voice("text_around")}</div>')
        st.html(window_html(document.text, Span(passage.chunk.start, passage.chunk.end), spans))


def place_of(passage: Passage, voice: PageVoice) -> str:
    """Headings and page of a passage: "Backups › Drills · p. 2"; the title itself is not said again."""
    headings = " › ".join(heading for heading in passage.chunk.headings if heading != passage.title)
    page = voice("page", page=passage.chunk.page) if passage.chunk.page else ""
    return " · ".join(part for part in (headings, page) if part)


def _spans(answer: Answer, passage: Passage, document: Document) -> tuple[list[Span], list[str]]:
    """The quoted words of a passage, as characters of its document, and quotes that do not stand there any more.

    An answer may be older than the text: a document that was read anew has its words elsewhere.
    """
    spans, moved = [], []
    for each in answer.citations:
        if each.number != passage.number:
            continue
        if document.text[each.start : each.end] == each.quote:
            spans.append(Span(each.start, each.end))
            continue
        found = places_of(each.quote, document.text)
        spans += found[:1]
        moved += [] if found else [each.quote]
    return spans, moved


def _where(answer: Answer, passage: Passage, room: Room) -> None:
    voice = room.voice
    name = passage.path.replace("\\", "/").rsplit("/", 1)[-1]
    where = " · ".join(part for part in (place_of(passage, voice), name) if part)
    cited = any(each.number == passage.number for each in answer.citations)
    note = "" if cited else f'<div class="sj-quiet">{voice("not_cited")}</div>'
    st.html(f'<div class="sj-quiet" title="{html_text(room.path(passage.path))}">{html_text(where)}</div>{note}')


def _page(turn: Turn, passage: Passage, spans: list[Span], document: Document, room: Room) -> bool:
    """The page itself, the cited words framed, for a PDF whose bytes are kept; whether it could be shown."""
    if document.kind != "pdf" or passage.chunk.page is None:
        return False
    wanted = spans or [Span(passage.chunk.start, passage.chunk.end)]
    page, lines = cited_boxes(document.boxes, wanted, passage.chunk.page)
    boxes = sentence_boxes(lines, wanted, document.text) if spans else lines
    try:
        picture = page_picture(document.id, page, boxes, _bytes=room.library.originals.get)
    except PictureError as exc:
        reason = error_text(str(exc), room.voice.language)
        st.html(f'<div class="sj-quiet">{html_text(room.voice("no_picture", page=page, reason=reason))}</div>')
        return False
    if not boxes:
        label = room.voice("page", page=page)
        st.image(picture, caption=label, alt=label, width="stretch")
        return True
    part = cut_out(picture, cut_around(lines, document.boxes))
    label = room.voice("picture", page=page)
    st.image(part, caption=label, alt=label, width="stretch")
    with st.expander(room.voice("whole_page"), key=f"page-{turn.number}"):
        st.image(picture, alt=room.voice("page", page=page), width="stretch")
    return True
