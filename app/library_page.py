"""The page on which documents come and go: upload, a folder of this machine, the list, deletion, what failed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from app.admin_rights import rights_of_collection
from app.library_folders import may_follow
from app.library_manage import manage_section
from app.library_undo import undo_bar
from app.library_words import library_word
from app.page_documents import show_documents, show_failures, show_mistake
from app.page_ingest import on_its_way, put, sample_button, uploaded_file
from app.page_session import Room, told
from app.page_text import html_text
from app.rights import Verb
from app.rights_library import local
from app.web_addresses import page_file
from ingest.files import File, discover
from store.renaming import collection_name


def library_page(room: Room) -> None:
    """Draw the shelf of the reader's collection."""
    voice = room.voice
    show_mistake(voice)
    if not room.documents():
        st.html(nothing_here(room))
        sample_button(room)
    add_section(room, voice("add"), expanded=not room.documents())
    on_its_way(room)
    undo_bar(room)
    manage_section(room)
    if room.collections():
        show_documents(room)
        show_failures(room)
        if room.ask is not local:
            rights_of_collection(room, room.collection)


def nothing_here(room: Room) -> str:
    """What a reader without a document is told: put one on the shelf, or ask for a right."""
    mine = room.collections() or room.may(Verb.CREATE)
    title, hint = map(room.voice, ("empty", "hint_empty") if mine else ("nothing_shared", "hint_shared"))
    return f'<h2 class="sj-hero">{title}</h2><div class="sj-quiet">{hint}</div>'


def add_section(room: Room, title: str, *, expanded: bool) -> None:
    """Files, a folder or an address to be read, for those who may put documents somewhere."""
    if _writable(room) or room.may(Verb.CREATE):
        with st.expander(title, icon=":material/add:", expanded=expanded):
            _add(room)


def _writable(room: Room) -> list[str]:
    """The names of the collections that the reader may put documents into."""
    return [name for name in room.collections() if room.may(Verb.UPLOAD, name)]


def _add(room: Room) -> None:
    """Upload files or name a folder; both go into the collection that is named first."""
    voice = room.voice
    names = _writable(room) or [room.library.settings.collection]
    into = st.selectbox(
        voice("into"),
        names,
        index=names.index(room.collection) if room.collection in names else 0,
        accept_new_options=room.may(Verb.CREATE),
        key=f"into-{room.collection}",
        required=True,
    )
    round_ = st.session_state.setdefault("upload_round", 0)  # a new key empties the field once its files are in
    whole = st.toggle(library_word(voice.language, "whole_folder"), key="whole_folder")
    label = library_word(voice.language, "drop_folder") if whole else voice("drop")
    uploaded = st.file_uploader(
        label, accept_multiple_files="directory" if whole else True, key=f"upload-{round_}-{whole}"
    )
    label = f"{voice('put')} ({len(uploaded)})" if uploaded else voice("put")
    if st.button(label, key="put", type="primary", disabled=not uploaded):
        with told(voice):
            put(room, [uploaded_file(file.name, file.getvalue()) for file in uploaded], _name(into, room))
            st.session_state["upload_round"] = round_ + 1
            st.rerun()
    st.html(f'<div class="sj-quiet">{library_word(voice.language, "queued_hint")}</div>')
    _address(room, into)
    if may_follow(room):
        _folder(room, into)


def _address(room: Room, into: str | None) -> None:
    """A web page, fetched once; what may be asked for stands in ``ingest.url_guard``."""
    word = partial(library_word, room.voice.language)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(word("address"), key="address", placeholder="https://", width="stretch").strip()
        wanted = st.button(word("fetch"), key="fetch", disabled=not typed)
    if wanted and typed:
        with told(room.voice):
            put(room, [page_file(room.library.settings, typed)], _name(into, room))
            st.rerun()


def _folder(room: Room, into: str | None) -> None:
    voice = room.voice
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(voice("folder_path"), key="folder", placeholder="~/Documents", width="stretch")
        wanted = st.button(voice("read_folder"), key="read", disabled=not typed.strip())
    if wanted and typed.strip():
        with told(voice):
            files: list[File] = list(discover([Path(typed.strip()).expanduser()]))
            if files:
                put(room, files, _name(into, room))
                st.rerun()
            st.html(f'<div class="sj-quiet">{html_text(voice("no_files", path=typed.strip()))}</div>')


def _name(typed: str | None, room: Room) -> str:
    """Where files go. Raises NameRefused for a name that cannot be seen."""
    return collection_name(typed) if (typed or "").strip() and typed else room.collection
