"""How a document was cut, and its quality card: a dialog of the library page, for any format.

A PDF shows its pages with every chunk's lines framed; other formats show their text with every chunk set off. Numbers
say what colours say, and everything is reached by the keyboard: the page is a field, the parts are buttons.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.card_text import card_rows, card_word
from app.chunk_picture import COLOURS, chunk_picture, frames_of
from app.collection_parts import chunker_of
from app.document_cards import card_of
from app.error_words import error_text
from app.page_picture import PictureError
from app.page_session import Room
from app.page_text import html_text
from app.page_words import PageVoice
from store.types import Chunk, Document

_A_PART = 20  # chunks shown at a time where there are no pages

STYLE = "".join(
    f".sj-chunk-{number} {{ border-left: .4rem solid rgb{colour}; background: rgba{(*colour, 0.1)}; }}"
    for number, colour in enumerate(COLOURS)
)
_SHAPE = ".sj-chunk { margin: .35rem 0; padding: .2rem .2rem .2rem .7rem; } .sj-chunk .sj-text { line-height: 1.5; }"


def show_chunks(document_id: str, room: Room) -> None:
    """The inside of the dialog."""
    shelf = room.library.shelf(room.collection)
    document, chunks = shelf.read.document(document_id), shelf.read.chunks(document_id)
    st.html(f"<style>{_SHAPE}{STYLE}</style>")
    rows = "".join(
        f"<tr><th>{html_text(what)}</th><td>{html_text(how)}</td></tr>"
        for what, how in card_rows(*card_of(shelf.read, document), room.voice.language)
    )
    with st.expander(_word(room.voice, "card_title"), icon=":material/fact_check:"):
        st.html(f'<table class="sj-table">{rows}</table>')
    told = [_word(room.voice, "chunks_line", chunks=len(chunks), chunker=shelf.collection.chunker)]
    cut = chunker_of(shelf.collection)
    if cut and cut.given != "chunk":
        told.append(_word(room.voice, f"chunk_given_{cut.given}"))
    st.html("".join(f'<div class="sj-quiet">{html_text(each)}</div>' for each in told))
    if document.kind == "pdf" and document.boxes:
        _page(document, chunks, room)
    else:
        _part(document, chunks, room.voice)


def _page(document: Document, chunks: Sequence[Chunk], room: Room) -> None:
    """One page with its chunks framed, and these as text below."""
    last = max(page.number for page in document.pages)
    page = int(st.number_input(_word(room.voice, "chunks_page"), 1, last, key=f"chunks-page-{document.id[:16]}"))
    frames = frames_of(chunks, document.boxes, page, document.text)
    try:
        picture = chunk_picture(document.id, page, frames, _bytes=room.library.originals.get)
        label = _word(room.voice, "chunks_picture", page=page)
        st.image(picture, caption=label, alt=label, width="stretch")
    except PictureError as exc:
        reason = error_text(str(exc), room.voice.language)
        st.html(f'<div class="sj-quiet">{html_text(room.voice("no_picture", page=page, reason=reason))}</div>')
    here = {frame.ordinal for frame in frames}
    _list([chunk for chunk in chunks if chunk.ordinal in here], room.voice)
    if not here:
        st.html(f'<div class="sj-quiet">{_word(room.voice, "no_chunks_here")}</div>')


def _part(document: Document, chunks: Sequence[Chunk], voice: PageVoice) -> None:
    """The chunks of a document without pages, a part at a time."""
    parts = max(1, -(-len(chunks) // _A_PART))
    part = st.pagination(parts, key=f"chunks-part-{document.id[:16]}") if parts > 1 else 1
    shown = chunks[(part - 1) * _A_PART : part * _A_PART]
    if parts > 1:
        line = _word(voice, "chunks_part", first=shown[0].ordinal, last=shown[-1].ordinal, total=len(chunks))
        st.html(f'<div class="sj-quiet">{line}</div>')
    _list(shown, voice)


def _list(chunks: Sequence[Chunk], voice: PageVoice) -> None:
    st.html("".join(_block(chunk, voice) for chunk in chunks))


def _block(chunk: Chunk, voice: PageVoice) -> str:
    line = _word(voice, "chunk_line", ordinal=chunk.ordinal, tokens=chunk.tokens, start=chunk.start, end=chunk.end)
    above = " › ".join(chunk.headings)
    return (
        f'<div class="sj-chunk sj-chunk-{chunk.ordinal % len(COLOURS)}">'
        f'<div class="sj-quiet">{html_text(" · ".join(part for part in (line, above) if part))}</div>'
        f'<div class="sj-text">{html_text(chunk.text)}</div></div>'
    )


def _word(voice: PageVoice, key: str, **values: object) -> str:
    return card_word(voice.language, key, **values)
