"""The page on which quality is measured: evaluations, their reports, and what readers said, made into cases."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.page_session import Room, told
from app.page_text import html_text
from app.quality_feedback import feedback_section
from app.quality_reports import reports_section
from app.quality_runs import TAB, running_section, start_section
from app.quality_words import quality_word
from app.rights import Verb


def may_measure(room: Room) -> bool:
    """Whether there is anything on this page for the reader."""
    return room.may(Verb.ADMINISTER) or any(room.may(Verb.EVALUATE, name) for name in room.collections())


def quality_page(room: Room) -> None:
    """Draw the page, for those who may measure something."""
    word = partial(quality_word, room.voice.language)
    if not may_measure(room):
        st.html(f'<div class="sj-text">{html_text(word("not_for_you"))}</div>')
        return
    titles = [word("measure"), word("reports"), word("review")]
    measure, reports, review = st.tabs(titles, key=TAB, on_change="rerun")  # only then can a button open one
    with measure, told(room.voice):
        running_section(room)
        start_section(room)
    with reports, told(room.voice):
        reports_section(room)
    with review, told(room.voice):
        feedback_section(room)
