"""Administration: files that wait, are worked on, or failed, with the reason, in every collection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from app.admin_action import act_if, show_told
from app.care_page_words import care_word
from app.error_words import error_text
from app.library_queue import again, forget, waiting_files
from app.page_session import Room
from app.page_text import html_text
from app.rights import Verb
from store.jobs import Jobs

_A_PAGE = 20  # files; each has buttons
_SIGNS = {"waiting": "…", "working": "▶", "failed": "✗"}


def jobs_section(room: Room) -> None:
    """Everything that waits or failed, in the collections that the reader may follow."""
    word, jobs = partial(care_word, room.voice.language), Jobs(room.library.catalogue.engine)
    show_told(room)
    found = waiting_files(room)
    counts = {state: sum(one["state"] == state for one in found) for state in _SIGNS}
    st.html(
        f'<div class="sj-quiet">{word("workers", count=len(jobs.workers()))} · {word("waiting_of", **counts)}</div>'
    )
    if not found:
        st.html(f'<div class="sj-quiet">{word("no_jobs")}</div>')
        return
    failed = [one for one in found if one["state"] == "failed"]
    if len(failed) > 1:
        st.button(word("retry_all", count=len(failed)), key="retry-all", on_click=_retry, args=(room, failed))
    pages = max(1, -(-len(found) // _A_PAGE))
    page = st.pagination(pages, key="jobs_page") if pages > 1 else 1
    for number, one in enumerate(found[(page - 1) * _A_PAGE : page * _A_PAGE]):
        _one(room, one, number)


def _one(room: Room, one: dict[str, Any], number: int) -> None:
    word = partial(care_word, room.voice.language)
    tried = word("attempts", attempts=one["attempts"]) if one["attempts"] else ""
    reason = error_text(one["reason"], room.voice.language)
    about = " · ".join(part for part in (one["collection"], word(one["state"]), tried, reason) if part)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div class="sj-title">{_SIGNS[one["state"]]} {html_text(room.path(one["path"]))}</div>'
            f'<div class="sj-quiet">{html_text(about)}</div>'
        )
        if one["state"] == "failed":
            st.button(word("retry"), key=f"retry-{number}", type="tertiary", on_click=_retry, args=(room, [one]))
        if one["state"] != "working":
            st.button(word("remove_job"), key=f"forget-{number}", type="tertiary", on_click=_forget, args=(room, one))


def _retry(room: Room, files: Sequence[dict[str, Any]]) -> None:
    for one in files:
        may = room.may(Verb.UPLOAD, one["collection"])
        about = f"{one['collection']}: {one['path']}"
        act_if(room, may, "retry", about, lambda one=one: again(room, one["collection"], one["path"]))  # type: ignore[misc]


def _forget(room: Room, one: dict[str, Any]) -> None:
    may, about = room.may(Verb.DELETE, one["collection"]), f"{one['collection']}: {one['path']}"
    act_if(room, may, "forget file", about, lambda: forget(room, one["collection"], one["path"]))
