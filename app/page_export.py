"""Copying an answer with its sources, and taking answers along as Markdown or Word files."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from app.export_answer import Exported, docx_of, markdown_of, plain_of
from app.page_session import Room
from generation.visible import INVISIBLE

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNFIT = re.compile(r'[\x00-\x1f\x7f\x85<>:"/\\|?*\u2028\u2029\ud800-\udfff]+')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$|clock\$)(?=\.|$)")  # of Windows, no files
_LONGEST = 60  # characters of a file's name


def copy_and_export(one: Exported, collection: str, room: Room, *, key: str) -> None:
    """A button that opens the answer as plain text to be copied, and the files to be taken along."""
    voice = room.voice
    with st.popover(voice("copy_export"), icon=":material/content_copy:", key=f"copy-{key}", type="tertiary"):
        st.html(f'<div class="sj-quiet">{voice("copy_hint")}</div>')
        st.code(plain_of(one, voice.language), language=None, wrap_lines=True, height=220)
        download_buttons([one], one.question, collection, room, key=key)


def download_buttons(chosen: list[Exported], name: str, collection: str, room: Room, *, key: str) -> None:
    """Two buttons; a file is made when its button is pressed, not before."""
    voice, file = room.voice, file_name(name)
    with st.container(horizontal=True, key=f"export-{key}"):
        st.download_button(
            voice("as_markdown"),
            partial(markdown_of, chosen, collection, voice.language),
            file_name=f"{file}.md",
            mime="text/markdown",
            key=f"markdown-{key}",
            on_click="ignore",
            icon=":material/markdown:",
        )
        st.download_button(
            voice("as_docx"),
            partial(docx_of, chosen, collection, voice.language),
            file_name=f"{file}.docx",
            mime=_DOCX,
            key=f"docx-{key}",
            on_click="ignore",
            icon=":material/description:",
        )


def file_name(text: str) -> str:
    """A name that every system takes: no separators, unseen characters or devices, not too long, never empty."""
    name = " ".join(_UNFIT.sub(" ", INVISIBLE.sub(" ", text)).split())[:_LONGEST].lstrip(" .-").rstrip(" .")
    return _DEVICE.sub(r"_\1", name, count=1) if _DEVICE.match(name) else name or "answer"
