"""A file that an errand has made, offered for download."""

from __future__ import annotations

import streamlit as st

from app.care_page_words import care_word, size_text
from app.errand_rights import errands_of, seen
from app.errands import Errand
from app.page_session import Room
from app.page_text import html_text, label_text

_MOST = 1_000_000_000  # bytes that Streamlit, which holds a download in memory, is asked to hand out


def offer(room: Room, errand: Errand, file_name: str, name: str) -> None:
    """A button that downloads the file as ``name``; it is read, and the right asked for again, at the click."""
    file = errands_of(room).path(errand) / file_name
    if not file.is_file():
        return
    size = file.stat().st_size
    if size > _MOST:
        told = care_word(room.voice.language, "too_large", size=size_text(size), path=room.path(str(file)))
        st.html(f'<div class="sj-quiet">{html_text(told)}</div>')
        return

    def read() -> bytes:
        return file.read_bytes() if any(each.id == errand.id for each in seen(room, errand.kind)) else b""

    label = label_text(care_word(room.voice.language, "download", name=name, size=size_text(size)))
    st.download_button(label, read, name, "application/zip", key=f"file-{errand.id}", on_click="ignore")
