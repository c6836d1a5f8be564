"""The folders that a collection follows: listed, added, synced now, let go."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from app.admin_action import act_if
from app.errand_rights import errands_of, who
from app.errand_view import errand_view
from app.library_words import library_word
from app.page_session import Room
from app.page_text import html_text
from app.rights import Verb
from app.server_address import is_loopback
from store.followed import Followed

SYNC = "sync"


def may_follow(room: Room) -> bool:
    """Whether folders are this reader's business: whoever names one reads this machine's files."""
    return room.may(Verb.FOLDERS) and is_loopback(room.library.settings.host)


def folders_section(room: Room) -> None:
    """The list and the field for another one."""
    if not may_follow(room):
        return
    word, live = partial(library_word, room.voice.language), room.library.catalogue.collection(room.collection)
    found = Followed(room.library.catalogue.engine, live).all()
    st.html(f'<h2 class="sj-title">{word("folders")}</h2><div class="sj-quiet">{word("folders_hint")}</div>')
    if not found:
        st.html(f'<div class="sj-quiet">{word("no_folders")}</div>')
    for number, folder in enumerate(found):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.html(f"<div>{html_text(folder)}</div>")
            st.button(word("sync"), key=f"sync-{number}", on_click=_sync, args=(room, folder, False))
            with st.popover(word("more"), key=f"folder-more-{number}"):
                st.button(word("sync_anyway"), key=f"sync-all-{number}", on_click=_sync, args=(room, folder, True))
                st.button(word("unfollow"), key=f"unfollow-{number}", on_click=_unfollow, args=(room, folder))
    with st.form("follow", border=False, clear_on_submit=True):
        typed = st.text_input(word("folder"), key="follow-folder", placeholder="~/Documents").strip()
        if st.form_submit_button(word("follow"), key="follow-add") and typed:
            path = Path(typed).expanduser().resolve()
            act_if(room, may_follow(room), "follow folder", f"{room.collection}: {path}", lambda: _follow(room, path))
            st.rerun()
    errand_view(room, SYNC, of=live.id)


def _follow(room: Room, path: Path) -> None:
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is no folder of this machine: give the path of one")
    Followed(room.library.catalogue.engine, room.library.catalogue.collection(room.collection)).add(str(path))


def _unfollow(room: Room, folder: str) -> None:
    live = room.library.catalogue.collection(room.collection)
    about = f"{room.collection}: {folder}"
    act_if(
        room, may_follow(room), "unfollow folder", about,
        lambda: Followed(room.library.catalogue.engine, live).remove(folder),
    )  # fmt: skip


def _sync(room: Room, folder: str, anyway: bool) -> None:
    errands, live = errands_of(room), room.library.catalogue.collection(room.collection)
    command = [SYNC, folder, f"--collection={live.name}", *(["--yes"] if anyway else [])]

    def go() -> None:
        title = f"{live.name} ← {folder}"
        errands.start(
            errands.new_id(), SYNC, title, command,
            needs=Verb.ADMINISTER, collection=live.id, who=who(room), language=room.voice.language,
        )  # fmt: skip

    act_if(room, may_follow(room), SYNC, f"{live.name}: {folder}", go, said="started")
