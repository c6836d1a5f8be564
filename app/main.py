"""The entry that Streamlit runs: the frame around the pages, and the library they share."""

from __future__ import annotations

import streamlit as st

from app.ask_page import ask_page
from app.library_page import library_page
from app.page_session import LANGUAGES, Room, language, open_library, show_error, told
from app.page_style import STYLE
from app.page_text import label_text
from app.page_words import PageVoice
from app.settings import SettingsError, load
from app.why_page import why_page
from app.why_text import why
from app.wiring import EXTRACTIVE


def main() -> None:
    """Draw the page that the reader is on."""
    st.set_page_config(page_title="Shujia 书架", page_icon="📚", layout="wide")
    st.html(STYLE)
    try:
        settings = load()
    except SettingsError as exc:
        show_error(str(exc), PageVoice("en"))
        return
    voice = PageVoice(language(settings))
    with told(voice):
        _frame(Room(open_library(settings), voice))


def _frame(room: Room) -> None:
    voice = room.voice
    pages = [
        st.Page(
            lambda: ask_page(room),
            title=voice("ask_page"),
            url_path="ask",
            icon=":material/chat:",
            default=True,
        ),
        st.Page(
            lambda: library_page(room), title=voice("library_page"), url_path="library", icon=":material/menu_book:"
        ),
        st.Page(
            lambda: why_page(room),
            title=why(voice.language, "why_page"),
            url_path="why",
            icon=":material/troubleshoot:",
        ),
    ]
    page = st.navigation(pages, position="top")
    with st.sidebar:
        st.html(f'<div class="sj-brand">书架 <small>Shujia</small></div><div class="sj-quiet">{voice("tagline")}</div>')
        _choices(room)
        _language(voice)
    page.run()


def _choices(room: Room) -> None:
    """Which collection is asked, and who writes the answers; each only where there is a choice."""
    voice, names = room.voice, room.collections()
    if len(names) > 1:
        st.session_state["collection_field"] = room.collection
        st.selectbox(voice("collection"), names, key="collection_field", on_change=_remember_collection)
    model = room.library.settings.model
    if model != EXTRACTIVE:
        labels = {False: voice("by_model", model=label_text(model)), True: voice("by_extract")}
        st.radio(voice("answer_with"), [False, True], format_func=labels.__getitem__, key="extractive")


def _remember_collection() -> None:
    """Kept apart from the field, which is gone while there is only one collection."""
    st.session_state["collection"] = st.session_state["collection_field"]


def _language(voice: PageVoice) -> None:
    st.session_state.setdefault("language", voice.language)
    st.segmented_control(
        "语言 Language",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language",
        required=True,
        on_change=_remember_language,
    )


def _remember_language() -> None:
    """The address carries the choice, so a reload and a bookmark keep it."""
    st.query_params["lang"] = st.session_state["language"]


if __name__ == "__main__":
    main()
