"""Administration: people."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.admin_action import act, show_told
from app.page_session import Room
from app.page_text import html_text, label_text
from app.people_words import people_word
from store.people import People, Person

_A_PAGE = 20  # people; each has a menu


def people_section(room: Room) -> None:
    """Who there is, and what can be done about each."""
    word = partial(people_word, room.voice.language)
    show_told(room)
    found = People(room.library.catalogue.engine).all()
    if not found:
        st.html(f'<div class="sj-quiet">{word("nobody_yet")}</div>')
    pages = max(1, -(-len(found) // _A_PAGE))
    page = st.pagination(pages, key="people_page") if pages > 1 else 1
    for one in found[(page - 1) * _A_PAGE : page * _A_PAGE]:
        _person(one, room)
    with st.expander(word("add_person"), icon=":material/person_add:", expanded=not found):
        _add(room)


def _person(one: Person, room: Room) -> None:
    word = partial(people_word, room.voice.language)
    marks = [one.email or "", word("admin") if one.admin else "", word("disabled") if one.disabled_at else ""]
    line = " · ".join(mark for mark in marks if mark)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sj-title">{html_text(one.name)}</div><div class="sj-quiet">{html_text(line)}</div>')
        with st.popover(word("more"), key=f"more-{one.id}"):
            _actions(one, room)


def _actions(one: Person, room: Room) -> None:
    word, people = partial(people_word, room.voice.language), People(room.library.catalogue.engine)
    shut = one.disabled_at is not None
    ways = (
        ("enable" if shut else "disable", partial(people.disable, one.id, back=shut)),
        ("no_admin" if one.admin else "make_admin", partial(people.set_admin, one.id, not one.admin)),
        ("remove", partial(people.remove, one.id)),
    )
    for name, action in ways:
        key, args = f"{name}-{one.id}", (room, f"{name} person", one.name, action)
        st.button(word(name), key=key, on_click=act, args=args, help=label_text(one.name))
    with st.form(f"password-{one.id}", border=False, clear_on_submit=True):
        typed = st.text_input(word("password"), type="password", autocomplete="new-password", key=f"new-{one.id}")
        if st.form_submit_button(word("set_password"), key=f"set-{one.id}"):
            act(room, "set password", one.name, lambda: people.set_password(one.id, typed))
            st.rerun()


def _add(room: Room) -> None:
    word, people = partial(people_word, room.voice.language), People(room.library.catalogue.engine)
    with st.form("add_person", border=False, clear_on_submit=True):
        name = st.text_input(word("name"), key="person_name")
        email = st.text_input(word("email"), key="person_email")
        password = st.text_input(
            word("first_password"), type="password", autocomplete="new-password", key="person_password"
        )
        admin = st.checkbox(word("is_admin"), key="person_admin")
        if st.form_submit_button(word("add_person"), key="person_add"):
            act(
                room,
                "add person",
                name,
                lambda: people.add(name, email=email, password=password or None, admin=admin),
            )
            st.rerun()
