"""Quality: what readers said, reviewed into cases: accepted, edited or rejected."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from app.mistakes import exit_code
from app.page_session import Room, show_error
from app.page_text import html_text, label_text
from app.quality_words import quality_word
from app.rights import Verb
from app.source_text import passage_html
from eval.errors import EvalInputError
from eval.flywheel.feedback import Library, Suggestion, export_cases, passages_of, span_at, span_of_quote, suggest
from store.errors import UnknownDocument
from store.feedback_rows import Feedback, Quoted, State

_A_PAGE = 5  # items; each has its passages
_MISTAKE = "quality_mistake"


def feedback_section(room: Room) -> None:
    """The open items of the reader's collection, for its owners, and the cases made of those that were reviewed."""
    word = partial(quality_word, room.voice.language)
    if not room.collections() or not room.may(Verb.REVIEW):
        st.html(f'<div class="sj-quiet">{word("owners_only")}</div>')
        return
    mistake = st.session_state.pop(_MISTAKE, "")
    if mistake:
        show_error(mistake, room.voice)
    items = room.library.feedback(room.collection).items("open")
    st.html(
        f'<h2 class="sj-title">{html_text(room.collection)}</h2>'
        f'<div class="sj-quiet">{word("open_items", count=len(items)) if items else word("nothing_open")}</div>'
    )
    shelf = Library(room.library.shelf(room.collection).read)
    pages = max(1, -(-len(items) // _A_PAGE))
    page = st.pagination(pages, key="feedback_page") if pages > 1 else 1
    for item in items[(page - 1) * _A_PAGE : page * _A_PAGE]:
        with st.container(border=True):
            _item(room, item, shelf)
    _download(room, shelf)


def _item(room: Room, item: Feedback, shelf: Library) -> None:
    word = partial(quality_word, room.voice.language)
    said = room.voice(f"thumb_{item.rating}")
    reason = f" · {room.voice(f'reason_{item.reason}')}" if item.reason else ""
    parts = (("question", item.question), ("answer", item.answer), ("comment", item.comment))
    told = "".join(
        f'<div class="sj-quiet">{word(name)}</div><div class="sj-text">{html_text(text)}</div>'
        for name, text in parts
        if text
    )
    st.html(f'<h3 class="sj-title">{html_text(said + reason)}</h3>{told}')
    with st.expander(word("retrieved")):
        st.html("".join(_passages(room, item, shelf)) or "–")
    try:
        suggestion = suggest(item, shelf)
    except UnknownDocument:
        suggestion = Suggestion((), "none")
    quotes = "".join(passage_html(span.quote, ()) for span in suggestion.gold)
    st.html(f'<div class="sj-quiet">{word("suggested", why=word(f"why_{suggestion.why}"))}</div>{quotes}')
    with st.container(horizontal=True):
        offered = suggestion.why != "none"
        st.button(
            word("accept"), key=f"accept-{item.id}", type="primary", disabled=not offered, on_click=_decide,
            args=(room, item.id, "accepted", suggestion.gold),
        )  # fmt: skip
        st.button(word("reject"), key=f"reject-{item.id}", on_click=_decide, args=(room, item.id, "rejected", ()))
    with st.form(f"edit-{item.id}", border=False):
        st.text_input(word("span"), key=f"span-{item.id}")
        st.checkbox(word("unanswerable"), key=f"unanswerable-{item.id}")
        st.form_submit_button(word("edit"), key=f"edited-{item.id}", on_click=_edit, args=(room, item.id))


def _passages(room: Room, item: Feedback, shelf: Library) -> list[str]:
    try:
        return [
            f'<div class="sj-quiet">{place}. {html_text(title)}</div><div class="sj-passage">{html_text(text)}</div>'
            for place, _, title, text in passages_of(item, shelf)
        ]
    except UnknownDocument:
        return [f'<div class="sj-quiet">{quality_word(room.voice.language, "gone")}</div>']


def _decide(room: Room, identity: str, state: State, gold: tuple[Quoted, ...]) -> None:
    """Run in a callback; what goes wrong is shown above the list."""
    try:
        if room.may(Verb.REVIEW):
            room.library.feedback(room.collection).review(identity, state, gold)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        st.session_state[_MISTAKE] = str(exc)


def _edit(room: Room, identity: str) -> None:
    typed = str(st.session_state.get(f"span-{identity}", "")).strip()
    empty = bool(st.session_state.get(f"unanswerable-{identity}"))
    if not typed and not empty:
        st.session_state[_MISTAKE] = quality_word(room.voice.language, "span")
        return
    try:
        gold = () if empty else (_span(room, identity, typed),)
    except (EvalInputError, UnknownDocument) as exc:
        st.session_state[_MISTAKE] = str(exc)
        return
    _decide(room, identity, "edited", gold)


def _span(room: Room, identity: str, typed: str) -> Quoted:
    shelf = Library(room.library.shelf(room.collection).read)
    try:
        return span_at(typed, shelf)
    except (EvalInputError, UnknownDocument):
        return span_of_quote(typed, room.library.feedback(room.collection).get(identity), shelf)


def _download(room: Room, shelf: Library) -> None:
    items = room.library.feedback(room.collection).items("accepted", "edited")
    if not items:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.jsonl"
        export_cases(file, items, shelf.file_names())
        data = file.read_bytes()
    label = quality_word(room.voice.language, "export_cases", count=len(items))
    st.download_button(label_text(label), data, "cases.jsonl", "application/jsonl", key="cases")
