"""Below an answer: copied, taken along, answered again, explained, asked on."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.export_answer import Exported
from app.follow_ups import follow_ups
from app.page_chat import Turn, turns
from app.page_export import copy_and_export
from app.page_session import Room
from app.page_text import label_text
from app.why_asked import ask_why
from generation.types import EXTRACTIVE, Answer
from store.errors import UnknownCollection

_LABEL = 90  # characters of a suggestion


def show_tools(turn: Turn, answer: Answer, room: Room) -> None:
    """Copy and export, the ways to ask for another answer, and the way to the page that explains this one."""
    voice = room.voice
    with st.container(horizontal=True, vertical_alignment="center", key=f"tools-{turn.number}", gap="xsmall"):
        copy_and_export(Exported(turn.question, answer), turn.collection, room, key=f"turn-{turn.number}")
        again = partial(st.button, type="tertiary", on_click=turn.ask_again)
        again(voice("again"), key=f"again-{turn.number}", icon=":material/refresh:")
        if turn.model != EXTRACTIVE:
            key = f"quotes-{turn.number}"
            again(voice("answer_quotes"), key=key, icon=":material/format_quote:", args=(EXTRACTIVE,))
        if answer.context.passages and not answer.refused:  # who is turned away is not shown where to look instead
            st.button(
                voice("why_these"),
                key=f"why-these-{turn.number}",
                type="tertiary",
                icon=":material/troubleshoot:",
                on_click=ask_why,
                args=(turn.number, answer.context.question, turn.collection),
            )


def show_follow_ups(turn: Turn, answer: Answer, room: Room) -> None:
    """Questions about what stands near the answer and was not used; looked for once."""
    if turn.suggestions is None:
        try:
            turn.suggestions = follow_ups(
                answer, room.library.shelf(turn.collection), [one.question for one in turns()]
            )  # fmt: skip
        except UnknownCollection:
            turn.suggestions = ()
    if not turn.suggestions:
        return
    st.html(f'<div class="sj-quiet">{room.voice("ask_on")}</div>')
    with st.container(key=f"follow-{turn.number}", gap="xxsmall"):
        for place, question in enumerate(turn.suggestions):
            label = label_text(question, limit=_LABEL)
            st.button(label, key=f"follow-{turn.number}-{place}", type="tertiary", on_click=_ask, args=(question,))


def _ask(question: str) -> None:
    st.session_state["asked"] = question
