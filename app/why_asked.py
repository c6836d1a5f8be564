"""From an answer to the page that explains it: the question, its collection and the answer go along in the session."""

from __future__ import annotations

import streamlit as st

QUESTION = "why_question"  # the field of the page Why, and in the session
_TURN = "why_turn"  # in the session: the number of the turn that was asked about
_GO = "go_to_why"  # in the session: a button was pressed a moment ago


def ask_why(turn: int, question: str, collection: str) -> None:
    """Remember what the page Why is to begin with; run in a callback, before ``go``."""
    st.session_state[QUESTION] = question
    st.session_state["collection"] = collection
    st.session_state[_TURN] = turn
    st.session_state[_GO] = True


def go(page: st.Page) -> None:
    """Open the page Why, where somebody has asked for it. Nothing can switch pages in a callback."""
    if st.session_state.pop(_GO, False):
        st.switch_page(page)


def asked_about() -> int | None:
    """The number of the turn that was asked about; None for none."""
    found = st.session_state.get(_TURN)
    return int(found) if found is not None else None


def forget() -> None:
    """Back at the chat, *Why* is about its last answer again."""
    st.session_state.pop(_TURN, None)
