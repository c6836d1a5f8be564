"""The entry that Streamlit runs: the frame around the pages, and the library they share."""

from __future__ import annotations

import os
from functools import partial

import streamlit as st

from app.account_page import account_page
from app.admin_page import admin_page
from app.ask_page import ask_page
from app.library_page import library_page
from app.page_address import name_collection, restore_collection
from app.page_kept import choose_model, leave, restore
from app.page_login import AtThePage, who_is_there
from app.page_session import LANGUAGES, Room, language, name_language, open_library, remember_language, show_error, told
from app.page_style import STYLE
from app.page_text import label_text
from app.page_words import PageVoice
from app.people_words import people_word
from app.quality_page import may_measure, quality_page
from app.quality_words import quality_word
from app.rights import Verb
from app.rights_library import seen_by
from app.settings import SettingsError, load
from app.why_asked import go
from app.why_page import why_page
from app.why_text import why
from app.words import Language, language_of
from generation.types import EXTRACTIVE


def _language_without_settings() -> Language:
    """That of the environment, else the browser's: the settings could not be read."""
    of_browser = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
    return language_of(os.environ.get("SHUJIA_LANGUAGE", of_browser))


def main() -> None:
    """Draw the page that the reader is on."""
    st.set_page_config(page_title="Shujia 书架", page_icon="📚", layout="wide")
    st.html(STYLE)
    try:
        settings = load()
    except SettingsError as exc:
        show_error(str(exc), PageVoice(_language_without_settings()))
        return
    voice = PageVoice(language(settings))
    name_language(voice.language)
    with told(voice):
        library = open_library(settings)
        there = who_is_there(settings, library, voice.language)
        if there is not None:
            _frame(Room(seen_by(library, there.ask), voice, there.ask), there)


def _frame(room: Room, there: AtThePage) -> None:
    voice = room.voice
    restore_collection(room)
    restore(room)  # after it: a chat is about its own collection
    explaining = st.Page(
        lambda: why_page(room),
        title=why(voice.language, "why_page"),
        url_path="why",
        icon=":material/troubleshoot:",
    )
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
        explaining,
    ]
    if may_measure(room):
        pages.append(
            st.Page(
                lambda: quality_page(room),
                title=quality_word(voice.language, "quality_page"),
                url_path="quality",
                icon=":material/monitoring:",
            )
        )
    pages += _people_pages(room, there)
    page = st.navigation(pages, position="top")
    go(explaining)
    name_collection(room, page.url_path)
    with st.sidebar:
        st.html(f'<div class="sj-brand">书架 <small>Shujia</small></div><div class="sj-quiet">{voice("tagline")}</div>')
        _choices(room)
        _language(voice)
    st.html(f'<h1 class="sj-unseen">{page.title}</h1>')  # what a screen reader calls the page; others see the menu
    page.run()


def _people_pages(room: Room, there: AtThePage) -> list[st.Page]:
    """The pages about people: one's own account where one is signed in, administration for administrators."""
    word = partial(people_word, room.voice.language)
    pages = []
    if room.may(Verb.ADMINISTER):
        pages.append(
            st.Page(
                lambda: admin_page(room),
                title=word("admin_page"),
                url_path="admin",
                icon=":material/admin_panel_settings:",
            )
        )
    if there.visitor is not None:
        pages.append(
            st.Page(
                lambda: account_page(room, there),
                title=word("account_page"),
                url_path="account",
                icon=":material/account_circle:",
            )
        )
    return pages


def _choices(room: Room) -> None:
    """Which collection is asked, and who writes the answers; each only where there is a choice."""
    voice, names = room.voice, room.collections()
    if len(names) > 1:
        st.session_state["collection_field"] = room.collection
        st.selectbox(voice("collection"), names, key="collection_field", on_change=_remember_collection)
    if len(models := room.models) > 1:
        labels = {name: voice("by_model", model=label_text(name)) for name in models}
        label = (labels | {EXTRACTIVE: voice("by_extract")}).__getitem__
        st.session_state["model"] = room.model
        st.radio(voice("answer_with"), models, format_func=label, key="model", on_change=choose_model, args=(room,))


def _remember_collection() -> None:
    """Kept apart from the field, which is gone while there is only one collection."""
    st.session_state["collection"] = st.session_state["collection_field"]
    leave()  # a chat is about one collection


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
    if st.session_state.pop("language_chosen", False):
        remember_language(voice.language)


def _remember_language() -> None:
    """The address carries the choice, so a bookmark keeps it; the browser is told when the page is drawn."""
    st.query_params["lang"] = st.session_state["language"]
    st.session_state["language_chosen"] = True


if __name__ == "__main__":
    main()
