"""Pointing at a passage: a page of a PDF with its passages framed and numbered, and the number to choose."""

from __future__ import annotations

import streamlit as st

from app.chunk_picture import chunk_picture, frames_of
from app.error_words import error_text
from app.page_picture import PictureError
from app.page_session import Room
from app.page_text import html_text
from app.why_text import why


def pointed(room: Room, document_id: str, page: int) -> str:
    """Draw the page of a document of the reader's collection; the words of the passage that is chosen, "" for none.

    Draws nothing where the document has no pages to be seen, or the page no passage.
    """
    language, shelf = room.voice.language, room.library.shelf(room.collection)
    document = shelf.read.document(document_id)
    if document.kind != "pdf" or not document.boxes:
        return ""
    chunks = shelf.read.chunks(document_id)
    frames = frames_of(chunks, document.boxes, page, document.text)
    if not frames:
        return ""
    numbers = [frame.ordinal for frame in frames]
    key = f"why_passage-{document_id[:16]}-{page}"
    chosen = st.pills(why(language, "why_passage"), numbers, key=key)
    try:
        picture = chunk_picture(document.id, page, frames, _bytes=room.library.originals.get)
        label = why(language, "why_picture", page=page)
        st.image(picture, caption=label, alt=label, width="stretch")
    except PictureError as exc:
        reason = error_text(str(exc), language)
        st.html(f'<div class="sj-quiet">{html_text(room.voice("no_picture", page=page, reason=reason))}</div>')
    words = next((chunk.text for chunk in chunks if chunk.ordinal == chosen), "")
    if words:
        st.html(f'<div class="sj-passage">{html_text(words)}</div>')
    return words
