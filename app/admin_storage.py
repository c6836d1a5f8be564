"""Administration: how much room everything takes, and a backup of the whole library to download."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import streamlit as st

from app.admin_action import act, show_told
from app.care_page_words import care_word, size_text
from app.catalogue_place import catalogue_place
from app.errand_file import offer
from app.errand_rights import errands_of, who
from app.errand_view import errand_view
from app.errands import Errand
from app.page_session import Room
from app.page_text import html_text
from app.rights import Verb

BACKUP = "backup"
_FILE = "shujia-backup.zip"


def storage_section(room: Room) -> None:
    """Sizes, then the backup."""
    word = partial(care_word, room.voice.language)
    show_told(room)
    rows = "".join(
        f'<tr><td>{word(name)}</td><td class="sj-number">{html_text(size)}</td><td>{html_text(place)}</td></tr>'
        for name, size, place in _sizes(room)
    )
    st.html(f'<div class="sj-wide"><table class="sj-table">{rows}</table></div>')
    st.html(f'<h2 class="sj-title">{word("backup")}</h2><div class="sj-quiet">{word("backup_hint")}</div>')
    st.button(word("backup"), key="backup", icon=":material/save:", on_click=_back_up, args=(room,))
    errand_view(room, BACKUP, extra=_offer)


def _sizes(room: Room) -> list[tuple[str, str, str]]:
    """Name, size and place of each part."""
    s, place = room.library.settings, catalogue_place(room.library.settings)
    folder = s.library.expanduser()
    rows = []
    if isinstance(place, Path):
        beside = [place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))]
        size = sum(file.stat().st_size for file in beside if file.exists())
        rows.append(("catalogue", size_text(size), str(place)))
    else:
        rows.append(("catalogue", "", care_word(room.voice.language, "elsewhere")))
    parts = (*((name, folder / name) for name in ("originals", "index", "errands")), ("models", s.models.expanduser()))
    rows += [(name, size_text(_size(part)), str(part)) for name, part in parts]
    return [*rows, ("free", size_text(shutil.disk_usage(folder).free), "")]


def _size(folder: Path) -> int:
    """Bytes of all files below; what goes away meanwhile is not counted."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).lstat().st_size
            except OSError:
                continue
    return total


def _back_up(room: Room) -> None:
    errands, title = errands_of(room), care_word(room.voice.language, "backup")

    def go() -> None:
        identity = errands.new_id()
        command = [BACKUP, str(errands.folder / identity / _FILE)]
        errands.start(
            identity, BACKUP, title, command, needs=Verb.ADMINISTER, who=who(room), language=room.voice.language
        )

    act(room, BACKUP, "library", go, said="started")


def _offer(room: Room, errand: Errand) -> None:
    offer(room, errand, _FILE, f"shujia-{errand.id[:15]}.zip")
