"""The documents of a collection as a list, with deletion after a question, and the files that failed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.card_text import card_word, remarks
from app.document_cards import cards_of
from app.errand_rights import drop_collection
from app.error_words import error_text
from app.library_tags import edit_tags, tag_filter, tag_line, tags_of
from app.library_undo import delete_document, undoable
from app.library_words import library_word
from app.mistakes import exit_code
from app.page_chunks import show_chunks
from app.page_session import Room, show_error
from app.page_text import html_text, label_text
from app.page_words import PageVoice
from app.rights import Verb
from store.rows import DocumentCard

_A_PAGE = 20  # documents; each has a button, and a thousand buttons are slow
_FILTER_FROM = 8  # fewer are seen at a glance


def show_documents(room: Room) -> None:
    """The reader's collection, newest document first."""
    voice, shelf = room.voice, room.library.shelf(room.collection)
    cards = list(reversed(shelf.read.cards()))
    counts = shelf.read.counts()
    line = voice("status_line", documents=counts.documents, chunks=counts.chunks)
    st.html(
        f'<h2 class="sj-title">{html_text(room.collection)}</h2><div class="sj-quiet">{line}</div>',
    )
    if len(cards) >= _FILTER_FROM:
        cards = _filtered(cards, voice)
    known, tags = cards_of(shelf.read), tags_of(room)
    cards = tag_filter(room, cards, tags)
    pages = max(1, -(-len(cards) // _A_PAGE))
    page = st.pagination(pages, key="documents_page") if pages > 1 else 1
    for card in cards[(page - 1) * _A_PAGE : page * _A_PAGE]:
        _card(card, room, remarks(*known.get(card.id, (None, ())), voice.language), tags.get(card.id, ()))
    if room.may(Verb.DROP) and st.button(
        voice("delete_collection"), key="delete-collection", type="tertiary", icon=":material/delete:"
    ):
        st.dialog(voice("delete_collection"))(_delete_collection)(room, counts.documents)


def show_failures(room: Room) -> None:
    """Every file of the collection that could not be read, with its reason."""
    failures, language = room.library.shelf(room.collection).read.failures(), room.voice.language
    if not failures:
        return
    with st.expander(room.voice("failures", count=len(failures)), icon=":material/warning:"):
        rows = "".join(
            f"<tr><td>{html_text(room.path(path))}</td><td>{html_text(error_text(failure.reason, language))}</td></tr>"
            for path, failure in failures.items()
        )
        st.html(f'<div class="sj-wide"><table class="sj-table">{rows}</table></div>')


def _filtered(cards: list[DocumentCard], voice: PageVoice) -> list[DocumentCard]:
    words = st.text_input(voice("filter"), key="filter").strip().casefold()
    found = [card for card in cards if any(words in text.casefold() for text in (card.title, *card.paths))]
    if not found:
        st.html(f'<div class="sj-quiet">{html_text(voice("no_match", words=words))}</div>')
    return found


def _card(card: DocumentCard, room: Room, told: list[str], tags: tuple[str, ...]) -> None:
    voice = room.voice
    pages = voice("pages", pages=card.pages) if card.pages else ""
    language = voice.known(card.language)
    line = voice("document_line", kind=card.kind.upper(), language=language, pages=pages, chunks=card.chunks)
    warned = (error_text(each, voice.language) for each in card.warnings)
    notes = "".join(f'<div class="sj-quiet">⚠ {html_text(each)}</div>' for each in (*warned, *told))
    key = card.id[:16]
    with st.container(border=True, horizontal=True, vertical_alignment="center", wrap=False, key=f"card-{key}"):
        st.html(
            f'<h3 class="sj-title">{html_text(card.title)}</h3><div class="sj-quiet">{html_text(line)}</div>'
            f'<div class="sj-quiet">{"<br>".join(html_text(room.path(path)) for path in card.paths)}</div>'
            f"{tag_line(tags)}{notes}"
        )
        label = card_word(voice.language, "show_chunks")
        if _icon(label, card, key=f"chunks-{key}", icon=":material/view_agenda:"):
            title = card_word(voice.language, "chunks_title", title=card.title)
            st.dialog(label_text(title), width="large")(show_chunks)(card.id, room)
        if room.may(Verb.EDIT):
            label = library_word(voice.language, "tags")
            if _icon(label, card, key=f"tag-{key}", icon=":material/label:"):
                title = library_word(voice.language, "tags_of", title=card.title)
                st.dialog(label_text(title))(edit_tags)(card, room)
        if room.may(Verb.DELETE) and _icon(voice("delete"), card, key=f"delete-{key}", icon=":material/delete:"):
            st.dialog(voice("delete"))(_delete)(card, room)


def _icon(label: str, card: DocumentCard, *, key: str, icon: str) -> bool:
    """A button that shows its icon alone; the style keeps its words, which name the document, for screen readers."""
    return st.button(label_text(f"{label}: {card.title}"), key=key, icon=icon, type="tertiary", help=label)


def _delete(card: DocumentCard, room: Room) -> None:
    question = room.voice("confirm_delete", title=card.title)
    if not undoable(room, card):
        question += f" {library_word(room.voice.language, 'no_undo')}"
    _confirm(question, room.voice, lambda: delete_document(room, card))


def _delete_collection(room: Room, documents: int) -> None:
    question = room.voice("confirm_collection", name=room.collection, documents=documents)
    _confirm(question, room.voice, lambda: drop_collection(room, room.collection))


def _confirm(question: str, voice: PageVoice, action: Callable[[], object]) -> None:
    """The inside of a dialog: ask, then act or leave it."""
    st.html(f'<div class="sj-text">{html_text(question)}</div>')
    with st.container(horizontal=True):
        yes = st.button(voice("delete"), key="confirm", type="primary", on_click=_act, args=(action,))
        no = st.button(voice("keep"), key="keep")
    if yes or no:
        st.rerun()


def _act(action: Callable[[], object]) -> None:
    """Run in a callback, before anything is drawn; what goes wrong is shown by ``show_mistake``."""
    try:
        action()
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        st.session_state["mistake"] = str(exc)


def show_mistake(voice: PageVoice) -> None:
    """Why the last deletion was not possible, once."""
    message = st.session_state.pop("mistake", "")
    if message:
        show_error(message, voice)
