"""Administration: the audit log."""

from __future__ import annotations

import time

import streamlit as st

from app.page_session import Room
from app.page_text import html_text
from app.people_words import people_word
from store.audit import Audit

_SHOWN = 200  # entries; all of them: shujia audit


def audit_section(room: Room) -> None:
    """Who did what, newest first."""
    language = room.voice.language
    found = Audit(room.library.catalogue.engine).entries(most=_SHOWN)
    if not found:
        st.html(f'<div class="sj-quiet">{people_word(language, "nothing_logged")}</div>')
        return
    heads = "".join(f"<th>{people_word(language, key)}</th>" for key in ("when", "who", "what", "object", "outcome"))
    rows = "".join(
        f"<tr><td>{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(one.at))}</td>"
        + "".join(f"<td>{html_text(text)}</td>" for text in (one.who, one.verb, one.object, one.outcome))
        + "</tr>"
        for one in found
    )
    st.html(f'<div class="sj-wide"><table class="sj-table"><tr>{heads}</tr>{rows}</table></div>')
