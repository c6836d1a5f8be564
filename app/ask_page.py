"""The page on which questions are asked: the chat, the answer as it is written, then the checked one."""

from __future__ import annotations

import streamlit as st

from app.page_answer import show_answer
from app.page_chat import Turn, begin, finish, turns
from app.page_ingest import sample_button, samples_are_in
from app.page_session import Room, show_error
from app.page_text import html_text, label_text
from app.page_words import QUESTIONS
from app.wiring import EXTRACTIVE

_BOOK = ":material/menu_book:"


def ask_page(room: Room) -> None:
    """Draw the chat; a new question is answered at its end."""
    question = st.chat_input(room.voice("ask_here"), submit_mode="stop", key="question")
    question = question or st.session_state.pop("asked", None)
    if question:
        begin(room, str(question))
    chat = turns()
    opening = st.empty()  # a place of its own: what stood there is gone before the first answer is written
    if not chat:
        with opening.container():
            _welcome(room)
    for turn in chat:
        with st.chat_message("user", avatar=":material/person:"):
            st.html(f'<div class="sj-text sj-question">{html_text(turn.question)}</div>')
        with st.chat_message("assistant", avatar=_BOOK):
            _reply(turn, room)
    if chat:
        st.sidebar.button(room.voice("clear"), icon=":material/delete_sweep:", key="clear", on_click=chat.clear)


def _reply(turn: Turn, room: Room) -> None:
    """The answer of a turn, drawn in the place in which it was written."""
    place = st.empty()
    if turn.waiting:
        with st.spinner(room.voice("searching")):
            finish(turn, room, place)
    with place.container():
        if turn.answer is not None:
            show_answer(turn, turn.answer, room)
        else:
            _unanswered(turn, room)


def _unanswered(turn: Turn, room: Room) -> None:
    """Why there is no answer, and how to get one."""
    voice = room.voice
    if turn.error:
        show_error(turn.error, voice)
    else:
        st.html(f'<div class="sj-quiet">{voice("stopped")}</div>')
    with st.container(horizontal=True):
        st.button(voice("again"), key=f"again-{turn.number}", on_click=turn.ask_again)
        if turn.model_failed:
            label = voice("quote_instead")
            st.button(label, key=f"quote-{turn.number}", type="primary", on_click=turn.ask_again, args=(EXTRACTIVE,))


def _welcome(room: Room) -> None:
    """What a reader sees before the first question."""
    voice = room.voice
    filled = room.documents() > 0
    st.html(
        f'<div class="sj-hero">{voice("no_question_yet" if filled else "empty")}</div>'
        f'<div class="sj-quiet">{voice("hint_ask" if filled else "hint_empty")}</div>'
    )
    if not filled:
        sample_button(room)
    if samples_are_in(room):
        st.html(f'<div class="sj-quiet">{voice("try")}</div>')
        ours, theirs = QUESTIONS[voice.language], QUESTIONS["en" if voice.language == "zh" else "zh"]
        for number, question in enumerate((*ours, *theirs)):
            st.button(label_text(question), key=f"try-{number}", on_click=_ask, args=(question,))


def _ask(question: str) -> None:
    st.session_state["asked"] = question
