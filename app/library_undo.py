"""Deletion with a way back that keeps nothing on disk.

A deletion is whole and at once: catalogue, indexes, kept file. Only the memory of the reader's page holds the bytes for
some minutes; undoing puts them into the queue again under the same paths. A reload, a restart or the end of the time
loses them, and feedback and chats that went with the document stay gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import streamlit as st

from app.library_queue import send
from app.library_words import library_word
from app.mistakes import exit_code
from app.page_session import Room
from app.page_text import html_text, label_text
from app.rights import Verb
from ingest.files import File, file_at
from ingest.inside import SIGN
from store.jobs import Jobs
from store.rows import DocumentCard

WINDOW = 300.0  # seconds
MOST = 64_000_000  # bytes that a page's memory may hold for this
_HELD = "held_for_undo"  # in the session: _Held
_GONE = "deleted_a_moment_ago"  # in the session: its title, until it was said
_UNDONE = "undone"  # in the session: the button was pressed a moment ago
_TICK = 5.0  # seconds between two looks at the clock


@dataclass(frozen=True, slots=True)
class _Held:
    """What was deleted: ``until`` on the clock of ``time.monotonic``."""

    title: str
    collection: str
    files: tuple[File, ...]
    until: float


def undoable(room: Room, card: DocumentCard) -> bool:
    """Whether a deletion of this document could be undone."""
    data = room.library.originals.get(card.id)
    return data is not None and len(data) <= MOST and any(SIGN not in path for path in card.paths)


def delete_document(room: Room, card: DocumentCard) -> None:
    """Delete it, and hold its bytes in the reader's session. One deletion is held, the last."""
    data, collection = room.library.originals.get(card.id), room.collection
    deleted = room.library.delete_document(card.id, collection)
    st.session_state.pop(_HELD, None)
    st.session_state[_GONE] = deleted.title
    _forget_jobs(room, collection, deleted.paths)
    if data is None or len(data) > MOST:
        return
    # What stood inside an archive comes back with the archive, not by itself.
    files = tuple(_file(path, data) for path in deleted.paths if SIGN not in path)
    if files:
        st.session_state[_HELD] = _Held(deleted.title, collection, files, time.monotonic() + WINDOW)


def _forget_jobs(room: Room, collection: str, paths: tuple[str, ...]) -> None:
    """What the queue tells for a day of files that were read names their titles: it goes with the document."""
    jobs = Jobs(room.library.catalogue.engine)
    for job in jobs.items("done"):
        if job.collection == collection and job.path in paths:
            jobs.remove(job)


def undo_bar(room: Room) -> None:
    """What was deleted, said once; the way back, while there is one, at the foot of the window.

    A reader who deletes has scrolled to the document: what stands above the list is out of sight there.
    """
    if title := st.session_state.pop(_GONE, ""):
        st.toast(label_text(library_word(room.voice.language, "gone", title=title)), icon=":material/delete:")
    if _held() is not None:
        with st.bottom:
            st.fragment(_bar, run_every=_TICK)(room)


def _bar(room: Room) -> None:
    if st.session_state.pop(_UNDONE, False):
        st.rerun(scope="app")  # the button drew this bar alone; the file is in the lists above it
    held, word = _held(), partial(library_word, room.voice.language)
    if held is None:
        return
    minutes = max(1, round((held.until - time.monotonic()) / 60))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo-bar"):
        st.html(f'<div class="sj-quiet">{html_text(word("deleted", title=held.title, minutes=minutes))}</div>')
        if room.may(Verb.UPLOAD, held.collection):
            st.button(word("undo"), key="undo", icon=":material/undo:", on_click=_undo, args=(room,))
        st.button(word("for_good"), key="undo-discard", type="tertiary", on_click=_discard)


def _held() -> _Held | None:
    """What is held; its time over, it is let go."""
    held = cast("_Held | None", st.session_state.get(_HELD))
    if held is not None and time.monotonic() > held.until:
        _discard()
        return None
    return held


def _discard() -> None:
    st.session_state.pop(_HELD, None)


def _undo(room: Room) -> None:
    held = _held()
    if held is None:
        return
    st.session_state[_UNDONE] = True
    try:
        send(room, held.files, held.collection)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        st.session_state["mistake"] = str(exc)
        return
    _discard()


def _file(path: str, data: bytes) -> File:
    """The file as it stands, where it still holds the same; else these bytes under its path."""
    there: Callable[[], File] = lambda: file_at(Path(path))  # noqa: E731
    try:
        if Path(path).is_absolute() and Path(path).read_bytes() == data:
            return there()
    except OSError:
        pass  # it is not there any more: the bytes are
    return File(path, len(data), 0, data)
