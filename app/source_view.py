"""A source beside the answer: where the passage stands, its text with the quoted words marked, and its page."""

from __future__ import annotations

import streamlit as st

from app.page_chat import Turn
from app.page_feedback import show_right_one
from app.page_picture import PictureError, cited_boxes, cut_around, cut_out, page_picture
from app.page_session import Room
from app.page_text import html_text, marked_html
from app.page_words import PageVoice
from generation.types import Answer
from retrieval.types import Passage
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
        st.html(f'<div class="sj-title">[{passage.number}] {html_text(passage.title)}</div>')
        st.button(
            "",
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
    _where(answer, passage, voice)
    show_right_one(turn, answer, passage, room)
    _page(turn, answer, passage, document, room)
    _passage(answer, passage)


def place_of(passage: Passage, voice: PageVoice) -> str:
    """Headings and page of a passage: "Backups › Drills · p. 2"; the title itself is not said again."""
    headings = " › ".join(heading for heading in passage.chunk.headings if heading != passage.title)
    page = voice("page", page=passage.chunk.page) if passage.chunk.page else ""
    return " · ".join(part for part in (headings, page) if part)


def _spans(answer: Answer, passage: Passage) -> list[Span]:
    """The quoted words of a passage, as characters of its document."""
    return [Span(each.start, each.end) for each in answer.citations if each.number == passage.number]


def _where(answer: Answer, passage: Passage, voice: PageVoice) -> None:
    name = passage.path.replace("\\", "/").rsplit("/", 1)[-1]
    where = " · ".join(part for part in (place_of(passage, voice), name) if part)
    note = "" if _spans(answer, passage) else f'<div class="sj-quiet">{voice("not_cited")}</div>'
    st.html(f'<div class="sj-quiet" title="{html_text(passage.path)}">{html_text(where)}</div>{note}')


def _passage(answer: Answer, passage: Passage) -> None:
    chunk = passage.chunk
    spans = [Span(span.start - chunk.start, span.end - chunk.start) for span in _spans(answer, passage)]
    st.html(f'<div class="sj-passage">{marked_html(chunk.text, spans)}</div>')


def _page(turn: Turn, answer: Answer, passage: Passage, document: Document, room: Room) -> None:
    """The page itself, for a PDF whose bytes are kept."""
    if document.kind != "pdf" or passage.chunk.page is None:
        return
    spans = _spans(answer, passage) or [Span(passage.chunk.start, passage.chunk.end)]
    page, boxes = cited_boxes(document.boxes, spans, passage.chunk.page)
    try:
        picture = page_picture(document.id, page, boxes, _bytes=room.library.originals.get)
    except PictureError as exc:
        st.html(f'<div class="sj-quiet">{html_text(room.voice("no_picture", page=page, reason=str(exc)))}</div>')
        return
    if not boxes:
        st.image(picture, caption=room.voice("page", page=page), width="stretch")
        return
    part = cut_out(picture, cut_around(boxes, document.boxes))
    st.image(part, caption=room.voice("picture", page=page), width="stretch")
    with st.expander(room.voice("whole_page"), key=f"page-{turn.number}"):
        st.image(picture, width="stretch")
