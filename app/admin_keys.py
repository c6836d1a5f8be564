"""Keys of the HTTP API: all of them for administrators, one's own for everybody who is signed in."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from app.admin_action import act_if
from app.page_session import Room
from app.page_text import html_text
from app.people_words import people_word
from app.rights import Verb
from store.api_keys import SCOPES, ApiKey, ApiKeys
from store.people import People

_SHOWN = "key_shown"  # in the session: the secret of the key that was made a moment ago


def keys_section(room: Room) -> None:
    """Every key, whose it is, and a new one that is nobody's."""
    key_table(room, None)
    make_key(room, "")


def key_table(room: Room, person: str | None) -> None:
    """The live keys of a person (its id), of everybody where None; never the keys themselves."""
    word, engine = partial(people_word, room.voice.language), room.library.catalogue.engine
    names = {one.id: one.name for one in People(engine).all()} if person is None else {}
    live = [key for key in ApiKeys(engine).all() if key.revoked_at is None and person in (None, key.person)]
    if not live:
        st.html(f'<div class="sj-quiet">{word("no_keys_yet")}</div>')
    for key in live:
        made = time.strftime("%Y-%m-%d", time.localtime(key.created_at))
        bound = ", ".join(key.collections or ())
        parts = (key.id, key.name, key.scope, bound, names.get(key.person, ""), made)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f"<div>{html_text(' · '.join(part for part in parts if part))}</div>")
            label = word("revoke")
            st.button(label, key=f"revoke-{key.id}", type="tertiary", on_click=_revoke, args=(room, key))


def make_key(room: Room, person: str) -> None:
    """The form for a new key of a person, or of nobody (""), and the key that was made, once."""
    word = partial(people_word, room.voice.language)
    shown = st.session_state.pop(_SHOWN, "")
    if shown:
        st.html(f'<div class="sj-text">{word("key_shown")}</div>')
        st.code(shown, language=None)
    with st.form(f"make_key-{person}", border=False, clear_on_submit=True):
        name = st.text_input(word("key_name"), key=f"key_name-{person}", max_chars=128)
        scope = st.selectbox(word("scope"), SCOPES, key=f"key_scope-{person}")
        bound = st.multiselect(room.voice("collection"), room.collections(), key=f"key_bound-{person}")
        if st.form_submit_button(word("make_key"), key=f"key_make-{person}") and name.strip():

            def make() -> None:
                keys = ApiKeys(room.library.catalogue.engine)
                st.session_state[_SHOWN] = keys.add(name.strip(), scope, bound, person=person)[1]

            act_if(room, _may(room, person), "make key", f"{name.strip()} {scope}", make)
            st.rerun()


def _revoke(room: Room, key: ApiKey) -> None:
    keys = ApiKeys(room.library.catalogue.engine)
    act_if(room, _may(room, key.person), "revoke key", key.id, lambda: keys.revoke(key.id))


def _may(room: Room, person: str) -> bool:
    """Whether the reader may make or revoke keys of that person: administrators, and everybody their own."""
    caller = room.caller
    return room.may(Verb.ADMINISTER) or (caller is not None and caller.person != "" and caller.person == person)
