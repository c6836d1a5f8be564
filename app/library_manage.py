"""What owners do with a whole collection: another name, into one file, out of one; what it follows."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.admin_action import act_if, show_told
from app.errand_rights import errands_of, who
from app.errand_view import errand_view
from app.errands import Errand
from app.library_folders import folders_section, may_follow
from app.library_words import library_word
from app.page_session import Room
from app.page_text import html_text, label_text
from app.rights import Verb
from store.renaming import collection_name, rename_collection

EXPORT, IMPORT = "export", "import"
_FILE = "collection.shujia"


def manage_section(room: Room) -> None:
    """The sections that the reader may use; nothing where there is none."""
    word, name = partial(library_word, room.voice.language), room.collection
    there = bool(room.collections())
    rebuild, take_out = there and room.may(Verb.REBUILD), there and room.may(Verb.EXPORT)
    if not (rebuild or take_out or room.may(Verb.CREATE)):
        return
    show_told(room)
    title = word("manage", name=label_text(name))
    with st.expander(title, icon=":material/settings:", key="manage"):
        if rebuild:
            _rename(room, name)
        if take_out:
            number = room.library.catalogue.collection(name).id
            st.button(word("export"), key="export", on_click=_export, args=(room, name), icon=":material/upload:")
            errand_view(room, EXPORT, of=number, extra=_offer)
        if room.may(Verb.CREATE):
            _import(room)
        if there and may_follow(room):
            folders_section(room)


def _rename(room: Room, name: str) -> None:
    word = partial(library_word, room.voice.language)
    st.html(f'<div class="sj-quiet">{word("rename_hint")}</div>')
    if room.library.settings.collection == name:
        st.html(f'<div class="sj-quiet">{html_text(word("rename_default", name=name))}</div>')
    with st.form("rename", border=False):
        typed = st.text_input(word("new_name"), value=name, key=f"rename-{name}", max_chars=256)
        if st.form_submit_button(word("rename"), key="rename-go") and typed.strip() != name:

            def go() -> None:
                after = rename_collection(room.library.catalogue.engine, name, typed)
                st.session_state["collection"] = after

            act_if(room, room.may(Verb.REBUILD, name), "rename", f"{name} → {typed}", go)
            st.rerun()


def _export(room: Room, name: str) -> None:
    errands, word = errands_of(room), partial(library_word, room.voice.language)

    def go() -> None:
        collection, identity = room.library.catalogue.collection(name), errands.new_id()
        file = errands.folder / identity / _FILE
        errands.start(
            identity, EXPORT, f"{name} · {word('export')}", [EXPORT, "--", name, str(file)],
            needs=Verb.EXPORT, collection=collection.id, who=who(room), language=room.voice.language,
        )  # fmt: skip

    act_if(room, room.may(Verb.EXPORT, name), EXPORT, name, go, said="started")


def _offer(room: Room, errand: Errand) -> None:
    from app.errand_file import offer

    offer(room, errand, _FILE, f"{errand.command[2]}.shujia")


def _import(room: Room) -> None:
    word, errands = partial(library_word, room.voice.language), errands_of(room)
    st.html(f'<h2 class="sj-title">{word("import")}</h2>')
    with st.form("import", border=False, clear_on_submit=True):
        uploaded = st.file_uploader(word("import_file"), key="import-file")
        typed = st.text_input(word("import_name"), key="import-name", max_chars=256).strip()
        if st.form_submit_button(word("import"), key="import-go") and uploaded:

            def go() -> None:
                named = [f"--as={collection_name(typed)}"] if typed else []
                identity = errands.new_id()
                file = errands.folder / identity / _FILE
                file.write_bytes(uploaded.getvalue())
                errands.start(
                    identity, IMPORT, f"{word('import')} · {uploaded.name}", [IMPORT, str(file), *named],
                    needs=Verb.ADMINISTER, who=who(room), language=room.voice.language,
                )  # fmt: skip

            act_if(room, room.may(Verb.CREATE), IMPORT, typed or uploaded.name, go, said="started")
            st.rerun()
    errand_view(room, IMPORT)
