"""Administration: groups and their members."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.admin_action import act
from app.page_session import Room
from app.page_text import label_text, option_text
from app.people_words import people_word
from store.people import People
from store.people_groups import Group, Groups


def groups_section(room: Room) -> None:
    """Every group; who is in it is chosen in a field."""
    word, groups = partial(people_word, room.voice.language), Groups(room.library.catalogue.engine)
    names = [person.name for person in People(room.library.catalogue.engine).all()]
    for group in groups.all():
        _group(group, names, room)
    with st.form("add_group", border=False, clear_on_submit=True):
        name = st.text_input(word("add_group"), key="group_name")
        if st.form_submit_button(word("add_group"), key="group_add"):
            act(room, "add group", name, lambda: groups.add(name))
            st.rerun()


def _group(group: Group, names: list[str], room: Room) -> None:
    word, groups = partial(people_word, room.voice.language), Groups(room.library.catalogue.engine)
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        key = f"members-{group.id}"
        st.session_state[key] = list(group.members)
        st.multiselect(
            label_text(group.name), names, key=key, format_func=option_text, on_change=_members, args=(room, group, key)
        )
        args = (room, "remove group", group.name, partial(groups.remove, group.name))
        st.button(word("remove"), key=f"remove-{group.id}", on_click=act, args=args)


def _members(room: Room, group: Group, key: str) -> None:
    """Let in who was added to the field, out who was taken from it."""
    groups = Groups(room.library.catalogue.engine)
    before, after = set(group.members), set(st.session_state[key])
    for name in sorted(after - before):
        act(room, "join group", f"{group.name}: {name}", partial(groups.join, group.name, name))
    for name in sorted(before - after):
        act(room, "leave group", f"{group.name}: {name}", partial(groups.leave, group.name, name))
