"""Errands on a page: what runs with a way to stop it, and how the last ones ended, with what they said."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.care_page_words import care_word
from app.errand_rights import errands_of, seen
from app.errands import Errand
from app.page_session import Room
from app.page_text import html_text, label_text

_SECONDS = 2  # between two looks at what runs
_ENDED = 3  # ended ones that are shown
Extra = Callable[[Room, Errand], None]


def errand_view(room: Room, *kinds: str, of: int | None = None, extra: Extra = lambda room, errand: None) -> None:
    """Those of these kinds that the reader may see, redrawn while one runs.

    ``of`` is the number of a collection that they are about, every one without; ``extra`` draws what was made.
    """
    found = _found(room, kinds, of)
    running = [each.id for each in found if errands_of(room).state(each) == "running"]
    st.fragment(_draw, run_every=_SECONDS if running else None)(room, kinds, of, extra, running)


def _found(room: Room, kinds: tuple[str, ...], of: int | None) -> list[Errand]:
    return [each for each in seen(room, *kinds) if of in (None, each.collection)]


def _draw(room: Room, kinds: tuple[str, ...], of: int | None, extra: Extra, before: list[str]) -> None:
    errands, found = errands_of(room), _found(room, kinds, of)
    running = [each for each in found if errands.state(each) == "running"]
    if [each.id for each in running] != before:
        st.rerun(scope="app")
    for errand in (*running, *[each for each in found if each not in running][:_ENDED]):
        with st.container(border=True):
            _one(room, errand)
            if errands.state(errand) == "done":
                extra(room, errand)


def _one(room: Room, errand: Errand) -> None:
    word, errands = partial(care_word, room.voice.language), errands_of(room)
    state, at = errands.state(errand), errands.progress(errand)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(errand.started_at))
    about = f"{word(state)} · {when} · {errand.who}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sj-title">{html_text(errand.title)}</div><div class="sj-quiet">{html_text(about)}</div>')
        name = "stop" if state == "running" else "remove"
        st.button(word(name), key=f"{name}-{errand.id}", type="tertiary", on_click=_end, args=(room, errand))
    if state == "running":
        counted = f"{at.done:.0f} / {at.total:.0f}" if at.total else ""
        line = " · ".join(part for part in (at.what, counted) if part) or word("running")
        st.progress(min(1.0, at.done / at.total) if at.total else 0.0, label_text(line))
    elif log := errands.log(errand):
        st.code(log, language=None, wrap_lines=True)


def _end(room: Room, errand: Errand) -> None:
    """Stop what runs, forget what has ended; asked for again whether the reader may see it."""
    errands = errands_of(room)
    if any(each.id == errand.id for each in seen(room, errand.kind)):
        (errands.stop if errands.state(errand) == "running" else errands.remove)(errand)
