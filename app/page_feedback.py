"""What a reader says about an answer: thumbs, a reason, a comment, and the passage that would have been right."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.answer_feedback import keep
from app.error_words import error_text
from app.mistakes import exit_code
from app.page_chat import Turn
from app.page_session import Room
from app.page_text import html_text
from app.page_words import PAGE_WORDS
from generation.types import Answer
from retrieval.types import Passage
from store.feedback_rows import REASONS, Rating

_LONGEST = 2_000  # characters of a comment


def show_thumbs(turn: Turn, answer: Answer, room: Room) -> None:
    """Two thumbs under an answer, the reasons when the lower one is chosen, and a quiet word that it was kept.

    The form of the reasons is open from the thumb to the saving, and again when the reader wants to change them.
    """
    voice, said = room.voice, turn.judgment
    icons: dict[Rating, str] = {"up": ":material/thumb_up:", "down": ":material/thumb_down:"}
    with st.container(horizontal=True, vertical_alignment="center", key=f"thumbs-{turn.number}"):
        for rating, icon in icons.items():
            kind: Literal["primary", "tertiary"] = "primary" if said.rating == rating else "tertiary"
            st.button(
                voice(f"thumb_{rating}"),  # for screen readers: the style shows the icon alone
                key=f"thumb-{rating}-{turn.number}",
                icon=icon,
                type=kind,
                help=voice(f"thumb_{rating}"),
                on_click=_thumb,
                args=(turn, answer, room, rating),
            )
        if said.note:
            shown = voice(said.note) if said.note in PAGE_WORDS else error_text(said.note, voice.language)
            st.html(f'<div class="sj-quiet" role="status">{html_text(shown)}</div>')
        if said.rating == "down" and not turn.saying:
            label = voice("change_reason" if said.reason or said.comment else "say_reason")
            st.button(label, key=f"say-{turn.number}", type="tertiary", icon=":material/edit:", on_click=turn.say)
    if said.rating == "down" and turn.saying:
        _reasons(turn, answer, room)


def show_right_one(turn: Turn, answer: Answer, passage: Passage, room: Room) -> None:
    """Under an open source: the button that says this passage would have been the right one."""
    chosen = turn.judgment.corrected == passage.number
    st.button(
        room.voice("is_right_one" if chosen else "right_one"),
        key=f"right-{turn.number}-{passage.number}",
        icon=":material/check_circle:" if chosen else ":material/task_alt:",
        type="primary" if chosen else "tertiary",
        on_click=_right_one,
        args=(turn, answer, room, passage.number),
    )


def _reasons(turn: Turn, answer: Answer, room: Room) -> None:
    voice, said = room.voice, turn.judgment
    with st.form(key=f"why-{turn.number}", border=True):
        st.radio(
            voice("what_is_wrong"),
            REASONS,
            index=REASONS.index(said.reason),
            format_func=lambda reason: voice(f"reason_{reason}"),
            key=_field("reason", turn),
            horizontal=True,
        )
        st.text_area(
            voice("comment"), value=said.comment, key=_field("comment", turn), max_chars=_LONGEST, height="content"
        )
        st.form_submit_button(voice("keep_word"), key=f"save-{turn.number}", on_click=_save, args=(turn, answer, room))


def _field(name: str, turn: Turn) -> str:
    """The key of a field; another one for every answer, so that the next answer begins with empty fields."""
    return f"{name}-{turn.number}-{turn.judgment.id[:8]}"


def _thumb(turn: Turn, answer: Answer, room: Room, rating: Rating) -> None:
    said = turn.judgment
    said.rating = None if said.rating == rating else rating
    if said.rating != "down":
        said.reason = said.comment = ""
    if said.rating is None:
        said.corrected = 0
    turn.saying = said.rating == "down"
    _keep(turn, answer, room)


def _right_one(turn: Turn, answer: Answer, room: Room, number: int) -> None:
    """Choose the passage, or take the choice back; where nothing was said yet, it says that the answer was not good."""
    said = turn.judgment
    said.corrected = 0 if said.corrected == number else number
    if said.corrected and said.rating is None:
        said.rating, said.reason = "down", "missed" if answer.abstained else "citation"
        turn.saying = True
    _keep(turn, answer, room)


def _save(turn: Turn, answer: Answer, room: Room) -> None:
    said = turn.judgment
    said.reason = str(st.session_state.get(_field("reason", turn)) or "")
    said.comment = str(st.session_state.get(_field("comment", turn)) or "")
    turn.saying = not _keep(turn, answer, room, "reason_kept")  # what could not be kept stays to be read and saved


def _keep(turn: Turn, answer: Answer, room: Room, note: str = "word_kept") -> bool:
    """Whether it was kept; an expected error becomes the quiet word, a defect goes on to the log."""
    turn.judgment.note = note if turn.judgment.rating else "word_withdrawn"
    try:
        keep(room.library, turn.collection, answer, turn.judgment)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        turn.judgment.note = str(exc)
        return False
    return True
