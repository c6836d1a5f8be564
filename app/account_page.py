"""One's own account: rights, sign-ins, password, keys."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from app.admin_keys import key_table, make_key
from app.page_login import AtThePage, leave
from app.page_session import Room, told
from app.page_text import html_text
from app.people_words import people_word
from store.people_passwords import SHORTEST


def account_page(room: Room, there: AtThePage) -> None:
    """Draw it; nothing here is about anybody else."""
    caller, door, visitor = room.caller, there.door, there.visitor
    if caller is None or door is None or visitor is None:
        return
    word = partial(people_word, room.voice.language)
    until = time.strftime("%Y-%m-%d %H:%M", time.localtime(visitor.session.ends_at))
    st.html(
        f'<h2 class="sj-hero">{html_text(word("signed_in_as", name=caller.id))}</h2>'
        f'<div class="sj-quiet">{word("until", time=until)}</div>'
    )
    with st.container(horizontal=True):
        st.button(word("sign_out"), key="sign_out", icon=":material/logout:", on_click=leave, args=(there,))
        others = len(door.sessions.of(caller.person)) - 1
        if others:
            st.button(word("sign_out_elsewhere", count=others), key="elsewhere", on_click=_elsewhere, args=(there,))
    _rights(room)
    if visitor.session.method == "password":
        _password(room, there)
    st.html(f'<h2 class="sj-title">{word("my_keys")}</h2>')
    key_table(room, caller.person)
    make_key(room, caller.person)


def _rights(room: Room) -> None:
    caller, language = room.caller, room.voice.language
    if caller is None:
        return
    if caller.roles is None:
        shown = people_word(language, "everything")
    elif caller.roles:
        rows = "".join(
            f"<tr><td>{html_text(name)}</td><td>{people_word(language, role)}</td></tr>"
            for name, role in sorted(caller.roles.items())
        )
        shown = f'<table class="sj-table">{rows}</table>'
    else:
        shown = people_word(language, "no_rights")
    title = people_word(language, "my_rights")
    st.html(f'<h2 class="sj-title">{title}</h2><div class="sj-text">{shown}</div>')


def _password(room: Room, there: AtThePage) -> None:
    word = partial(people_word, room.voice.language)
    with st.expander(word("change_password"), icon=":material/password:"), st.form("change_password", border=False):
        old = st.text_input(word("old_password"), type="password", autocomplete="current-password", key="old_password")
        label = word("new_password", shortest=SHORTEST)
        new = st.text_input(label, type="password", autocomplete="new-password", key="new_password")
        if st.form_submit_button(word("change_password"), key="change") and there.door and there.visitor:
            with told(room.voice):
                changed = there.door.change_password(there.visitor, old, new)
                (st.success if changed else st.error)(word("password_changed" if changed else "password_wrong"))


def _elsewhere(there: AtThePage) -> None:
    if there.door is not None and there.visitor is not None:
        there.door.sessions.end_all(there.visitor.caller.person, but=there.visitor.session.id)
        there.door.audit.note(there.visitor.caller.id, "sign out", "elsewhere")
