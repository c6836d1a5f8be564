"""Administration: the models that answer, and what `shujia doctor` says about them and all else."""

from __future__ import annotations

from functools import partial
from typing import cast

import streamlit as st

from app.care_page_words import care_word, size_text
from app.doctor import Finding, examine
from app.page_session import Room
from app.page_text import html_text
from app.rights import Verb

_FOUND = "doctor_found"  # in the session: what the last examination found
_SIGNS = {"ok": "✓", "warn": "⚠", "bad": "✗"}


def models_section(room: Room) -> None:
    """Which models are configured and where they are; everything is examined when that is asked for."""
    word, s = partial(care_word, room.voice.language), room.library.settings
    rows = (
        ("embedder", s.embedder, s.embedder_url),
        ("chat_model", s.model, s.model_url),
        ("reranker", s.reranker, ""),
    )
    cells = "".join(
        f"<tr><td>{word(role)}</td><td>{html_text(name)}</td><td>{html_text(_place(room, name, url))}</td></tr>"
        for role, name, url in rows
    )
    st.html(f'<h2 class="sj-title">{word("configured")}</h2><table class="sj-table">{cells}</table>')
    st.html(f'<div class="sj-quiet">{word("check_hint")}</div>')
    if st.button(word("check_all"), key="doctor", icon=":material/stethoscope:") and room.may(Verb.ADMINISTER):
        with st.spinner(word("checking")):
            # The page itself holds its port, so what is said of ports means nothing here.
            st.session_state[_FOUND] = [one for one in examine(s) if not one.name.startswith("port")]
    _shown(room, cast("list[Finding]", st.session_state.get(_FOUND, [])))


def _place(room: Room, name: str, url: str) -> str:
    """Where a model is: its endpoint, or how large its weights are on this machine; "" for what is none of ours."""
    from models.catalogue import MODELS
    from models.fetch import installed

    if url:
        return care_word(room.voice.language, "at", url=url)
    if name not in MODELS:
        return ""
    folder = room.library.settings.models.expanduser()
    if not installed(name, folder):
        return care_word(room.voice.language, "not_on_disk")
    size = sum(file.size for file in MODELS[name].files)
    return care_word(room.voice.language, "on_disk", size=size_text(size))


def _shown(room: Room, found: list[Finding]) -> None:
    if not found:
        return
    language = room.voice.language
    counts = {state: sum(one.state == state for one in found) for state in ("bad", "warn")}
    told = care_word(language, "some_bad", **counts) if any(counts.values()) else care_word(language, "all_good")
    rows = "".join(
        f"<tr><td>{_SIGNS[one.state]}</td><td>{html_text(one.name)}</td><td>{html_text(one.sentence(language))}"
        f'<div class="sj-quiet">{html_text(one.next_step(language))}</div></td></tr>'
        for one in sorted(found, key=lambda one: ("bad", "warn", "ok").index(one.state))
    )
    st.html(f'<h2 class="sj-title">{told}</h2><div class="sj-wide"><table class="sj-table">{rows}</table></div>')
