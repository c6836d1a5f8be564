"""Rights: who may do what in which collection. All of them for administrators, those of a collection for its owners."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.admin_action import act_if
from app.page_session import Room
from app.page_text import html_text, label_text, option_text
from app.people_words import people_word
from app.rights import Verb
from store.people import People
from store.people_groups import Groups
from store.people_rights import ROLES, Grant, Kind, Rights


def rights_section(room: Room) -> None:
    """The rights in every collection."""
    for name in room.collections():
        rights_of_collection(room, name)


def rights_of_collection(room: Room, collection: str) -> None:
    """The rights in one collection, for whoever may grant them; others are shown nothing."""
    if not room.may(Verb.GRANT, collection):
        return
    word, rights = partial(people_word, room.voice.language), Rights(room.library.catalogue.engine)
    found = rights.all(collection)
    with st.expander(f"{word('rights')} · {label_text(collection)} ({len(found)})", key=f"rights-{collection}"):
        if not found:
            st.html(f'<div class="sj-quiet">{word("no_grants")}</div>')
        for grant in found:
            _grant(grant, room)
        _give(room, collection)


def _grant(grant: Grant, room: Room) -> None:
    word = partial(people_word, room.voice.language)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<div>{html_text(word(f'{grant.kind}_of', name=grant.name))} · {word(grant.role)}</div>")
        key = f"revoke-{grant.collection}-{grant.kind}-{grant.name}"
        st.button(word("revoke"), key=key, type="tertiary", on_click=_revoke, args=(room, grant))


def _revoke(room: Room, grant: Grant) -> None:
    rights, may = Rights(room.library.catalogue.engine), room.may(Verb.GRANT, grant.collection)
    about = f"{grant.collection}: {grant.name}"
    act_if(room, may, "revoke", about, lambda: rights.revoke(grant.kind, grant.name, grant.collection))


def _give(room: Room, collection: str) -> None:
    word, engine = partial(people_word, room.voice.language), room.library.catalogue.engine
    holders: list[tuple[Kind, str]] = [("group", group.name) for group in Groups(engine).all()]
    holders += [("person", person.name) for person in People(engine).all()]
    if not holders:
        return
    with st.form(f"grant-{collection}", border=False):
        kind, name = st.selectbox(
            word("who"), holders, format_func=lambda one: option_text(word(f"{one[0]}_of", name=one[1]))
        )
        role = st.selectbox(word("role"), ROLES, format_func=word, key=f"role-{collection}")
        if st.form_submit_button(word("grant"), key=f"give-{collection}"):
            may, about = room.may(Verb.GRANT, collection), f"{collection}: {name} {role}"
            act_if(room, may, "grant", about, lambda: Rights(engine).grant(kind, name, collection, role))
            st.rerun()
