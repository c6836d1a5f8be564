"""Tags of documents: shown, changed by editors, used to narrow the list."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.library_words import library_word
from app.mistakes import exit_code
from app.page_session import Room
from app.page_text import html_text, label_text, option_text
from app.rights import Verb
from app.rights_library import require
from store.rows import DocumentCard
from store.tags import LONGEST, MOST, Tags


def tags_of(room: Room) -> dict[str, tuple[str, ...]]:
    """Document id → tags, in the reader's collection."""
    return Tags(room.library.catalogue.engine, room.library.shelf(room.collection).collection).all()


def tag_line(tags: tuple[str, ...]) -> str:
    """Tags as HTML."""
    return f'<div class="sj-quiet">{" · ".join(f"#{html_text(tag)}" for tag in tags)}</div>' if tags else ""


def tag_filter(room: Room, cards: list[DocumentCard], tags: dict[str, tuple[str, ...]]) -> list[DocumentCard]:
    """The documents with the tag that the reader chose; all of them without."""
    known = sorted({tag for each in tags.values() for tag in each})
    if not known:
        return cards
    label = library_word(room.voice.language, "tag_filter")
    chosen = st.pills(label, known, format_func=label_text, key=f"tag-filter-{room.collection}")
    return [card for card in cards if chosen in tags.get(card.id, ())] if chosen else cards


def edit_tags(card: DocumentCard, room: Room) -> None:
    """The inside of a dialog: the tags of a document, with those of others to choose from."""
    word, tags = partial(library_word, room.voice.language), tags_of(room)
    mine = tags.get(card.id, ())
    known = sorted({tag for each in tags.values() for tag in each} | set(mine))
    key = f"tags-of-{card.id[:16]}"
    st.multiselect(
        word("tags"), known, list(mine), format_func=option_text, accept_new_options=True, max_selections=MOST, key=key
    )
    st.html(f'<div class="sj-quiet">{word("tags_hint", longest=LONGEST, most=MOST)}</div>')
    if st.button(word("save"), key="tags-save", type="primary", on_click=_save, args=(room, card.id, key)):
        st.rerun()


def _save(room: Room, document: str, key: str) -> None:
    tags = [str(each) for each in st.session_state.get(key) or ()]
    try:
        require(room.caller, Verb.EDIT, room.collection)
        Tags(room.library.catalogue.engine, room.library.shelf(room.collection).collection).put(document, tags)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        st.session_state["mistake"] = str(exc)
