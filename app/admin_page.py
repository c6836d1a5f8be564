"""The page of the administrators: a tab for each subject, each drawn by a function of a file of its own.

A section is ``(word, draw)``: the key of its title in ``app.people_words`` and a function that is given the room.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.admin_audit import audit_section
from app.admin_groups import groups_section
from app.admin_index import index_section
from app.admin_jobs import jobs_section
from app.admin_keys import keys_section
from app.admin_models import models_section
from app.admin_people import people_section
from app.admin_rights import rights_section
from app.admin_storage import storage_section
from app.page_session import Room, show_error
from app.people_words import people_word
from app.rights import Verb

SECTIONS: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("people", people_section),
    ("groups", groups_section),
    ("rights", rights_section),
    ("keys", keys_section),
    ("audit", audit_section),
    ("models", models_section),
    ("jobs", jobs_section),
    ("index", index_section),
    ("storage", storage_section),
)


def admin_page(room: Room) -> None:
    """Draw the sections, for administrators alone."""
    language = room.voice.language
    if not room.may(Verb.ADMINISTER):
        show_error(people_word(language, "not_for_you"), room.voice)
        return
    for tab, (_, section) in zip(st.tabs([people_word(language, word) for word, _ in SECTIONS]), SECTIONS, strict=True):
        with tab:
            section(room)
