"""The page on which questions are asked: the chat, the answer as it is written, then the checked one."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial

import streamlit as st

from app.error_words import error_text
from app.library_page import add_section, nothing_here
from app.page_answer import show_answer
from app.page_chat import Turn, finish, turns
from app.page_chats import show_chats
from app.page_ingest import is_reading, on_its_way, sample_button, samples_are_in
from app.page_kept import ADDRESS, begin, open_chat, opened, state_of
from app.page_session import Room, show_error
from app.page_text import html_text, label_text
from app.page_words import QUESTIONS
from app.rights import Verb
from app.why_asked import forget
from generation.types import EXTRACTIVE
from store.errors import UnknownChat

_BOOK = ":material/menu_book:"
_DRAWN = 12  # turns; each has a dozen widgets, and the new answer stands below all of them
_LOOKS = 2.0  # seconds between two looks at a turn that is answered elsewhere
_PATIENCE = 600.0  # seconds after which nobody is at it any more


def ask_page(room: Room) -> None:
    """Draw the chat; a new question is answered at its end."""
    forget()
    question = st.chat_input(room.voice("ask_here"), submit_mode="disable", key="question")
    question = question or st.session_state.pop("asked", None)
    if question:
        begin(room, str(question))
    if opened() and st.query_params.get(ADDRESS) != opened():
        st.query_params[ADDRESS] = opened()  # the address forgets it on the way to another page and back
    show_chats(room)
    chat = turns()
    opening = st.empty()  # a place of its own: what stood there is gone before the first answer is written
    if not chat:
        with opening.container():
            _welcome(room)
    for turn in _drawn(chat, room):
        with st.chat_message("user", avatar=":material/person:"):
            st.html(f'<div class="sj-text sj-question">{html_text(turn.question)}</div>')
        with st.chat_message("assistant", avatar=_BOOK):
            _reply(turn, room, last=turn is chat[-1])
    reason = st.session_state.pop("not_kept", "")
    if reason:
        show_error(room.voice("not_kept", reason=error_text(reason, room.voice.language)), room.voice)


def _drawn(chat: list[Turn], room: Room) -> list[Turn]:
    """The turns that are drawn: the last ones, the others on request."""
    shown = int(st.session_state.get("drawn", {}).get(opened(), _DRAWN))
    if len(chat) > shown:
        label = room.voice("earlier_turns", count=len(chat) - shown)
        st.button(label, key="earlier", type="tertiary", icon=":material/expand_less:", on_click=_draw_all)
    return chat[-shown:]


def _draw_all() -> None:
    st.session_state["drawn"] = {opened(): 10**6}


def _reply(turn: Turn, room: Room, *, last: bool) -> None:
    """The answer of a turn, drawn in the place in which it was written."""
    place = st.empty()
    if turn.waiting:
        # Streamlit's own stop leaves the half-written page as it is; a button of ours draws it anew, with the ways on.
        stop = st.empty()
        stop.button(room.voice("stop"), key=f"stop-{turn.number}", icon=":material/stop_circle:", shortcut="Escape")
        with ExitStack() as shown:
            finish(turn, room, place, partial(_step, shown, room))
        stop.empty()
    with place.container():
        if not room.may(Verb.READ, turn.collection):
            st.html(f'<div class="sj-quiet">{room.voice("source_gone")}</div>')
        elif turn.answer is not None:
            show_answer(turn, turn.answer, room, last=last)
        elif turn.elsewhere:
            _elsewhere(turn, room)
        else:
            _unanswered(turn, room)


def _step(shown: ExitStack, room: Room, key: str) -> None:
    """Say what is done now, in the place of what was said before."""
    shown.close()
    shown.enter_context(st.spinner(room.voice(key)))


def _elsewhere(turn: Turn, room: Room) -> None:
    """A turn that another window answers, or that was left in the middle: looked at until it is clear which."""
    age = time.time() - (turn.kept.created_at if turn.kept else 0.0)
    st.html(f'<div class="sj-quiet">{room.voice("elsewhere")}</div>')
    st.button(room.voice("again"), key=f"again-{turn.number}", on_click=turn.ask_again)
    if age < _PATIENCE:
        st.fragment(run_every=_LOOKS)(_look)(turn, room)


def _look(turn: Turn, room: Room) -> None:
    state = state_of(room, turn)
    if state == "waiting":
        return
    turn.elsewhere = False
    if state == "answered" and turn.kept is not None:
        try:
            open_chat(room, turn.kept.chat)
        except UnknownChat:
            turn.kept = None
    st.rerun()


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
    asking = f'<h2 class="sj-hero">{voice("no_question_yet")}</h2><div class="sj-quiet">{voice("hint_ask")}</div>'
    st.html(asking if filled else nothing_here(room))
    if not filled:
        sample_button(room)
        add_section(room, voice("own_files"), expanded=False)
        if not is_reading(room):
            on_its_way(room)  # why nothing of what was put there could be read
    if samples_are_in(room):
        st.html(f'<div class="sj-quiet">{voice("try")}</div>')
        ours, theirs = QUESTIONS[voice.language], QUESTIONS["en" if voice.language == "zh" else "zh"]
        for number, question in enumerate((*ours, *theirs)):
            st.button(label_text(question), key=f"try-{number}", on_click=_ask, args=(question,))


def _ask(question: str) -> None:
    st.session_state["asked"] = question
