"""Chats between the page and the catalogue: opening, beginning, leaving, naming, deleting and bringing back.

The address names the open chat (``?chat=…``), so that a reload, a bookmark and a second window find it again.
"""

from __future__ import annotations

from typing import cast

import streamlit as st

from app.answer_feedback import Judgment
from app.chats import chats_of
from app.page_chat import Turn, turns
from app.page_session import Room
from app.turn_answers import answer_of
from store.conversations import Removed
from store.conversations_rows import Chat, TurnState
from store.conversations_rows import Turn as KeptTurn
from store.errors import StoreError, UnknownChat, UnknownCollection
from store.feedback_rows import Feedback

ADDRESS = "chat"  # the name in the address, and in the session


def keeps(room: Room) -> bool:
    """Whether chats of the page are kept."""
    return room.library.settings.keep_chats != "off"


def opened() -> str:
    """The id of the open chat; "" for one in which nothing was asked yet."""
    return str(st.session_state.get(ADDRESS) or "")


def restore(room: Room) -> None:
    """Open the chat that the address names, when it is another than the open one; a chat that is gone is let go."""
    wanted = st.query_params.get(ADDRESS)
    if not keeps(room) or not wanted or wanted == opened():
        return
    try:
        open_chat(room, wanted)
    except UnknownChat:
        leave()


def open_chat(room: Room, identity: str) -> None:
    """Show a chat, with its collection and its model. Raises UnknownChat."""
    chats = chats_of(room.library)
    chat = chats.get(identity)
    kept = chats.turns(chat.id)
    said = _judgments(room, chat, kept)
    st.session_state["turns"] = [_turn(each, chat, room, said.get(each.feedback)) for each in kept]
    st.session_state["collection"] = chat.collection
    st.session_state["model"] = chat.model if chat.model in room.models else room.library.settings.model
    _show(chat.id)


def begin(room: Room, question: str) -> None:
    """Put a new question at the end of the open chat; the first one makes the chat."""
    chat = turns()
    number = chat[-1].number + 1 if chat else 1
    turn = Turn(number, question, room.collection, room.model)
    chat.append(turn)
    if keeps(room) and room.collections():
        turn.kept = _begun(room, turn)


def leave() -> None:
    """Begin a new chat."""
    st.session_state["turns"] = []
    st.session_state[ADDRESS] = ""
    st.query_params.pop(ADDRESS, None)


def rename(room: Room, identity: str, title: str) -> None:
    """Give a chat another name. Raises UnknownChat."""
    chats_of(room.library).rename(identity, title)


def remove(room: Room, identity: str) -> None:
    """Delete a chat; it is remembered on this page alone, until the next one is deleted. Raises UnknownChat."""
    st.session_state["removed"] = chats_of(room.library).remove(identity)
    room.library.catalogue.forget()
    if identity == opened():
        leave()


def removed() -> Removed | None:
    """The chat that was deleted last on this page, while that can be undone."""
    return cast("Removed | None", st.session_state.get("removed"))


def undo(room: Room) -> None:
    """Bring the deleted chat back. Raises UnknownChat where its collection is gone."""
    gone = removed()
    st.session_state.pop("removed", None)
    if gone is not None:
        chats_of(room.library).restore(gone)
        open_chat(room, gone.chat.id)


def choose_model(room: Room) -> None:
    """Remember in the open chat who answers; a new chat takes the choice with its first question."""
    if opened() and keeps(room):
        try:
            chats_of(room.library).choose(opened(), _chosen(room))
        except UnknownChat:
            leave()


def state_of(room: Room, turn: Turn) -> TurnState | None:
    """How a kept turn stands in the catalogue now; None where it is gone."""
    if turn.kept is None:
        return None
    try:
        kept = chats_of(room.library).turns(turn.kept.chat)
    except UnknownChat:
        return None
    return next((each.state for each in kept if each.id == turn.kept.id), None)


def _begun(room: Room, turn: Turn) -> KeptTurn | None:
    """The question in the catalogue; None where it cannot be written: asking goes on without."""
    chats = chats_of(room.library)
    try:
        if not opened():
            _show(chats.new(room.library.catalogue.collection(room.collection), model=_chosen(room)).id)
        return chats.begin(opened(), turn.question, model=turn.model)
    except UnknownChat:  # deleted in another window: the page keeps what it shows, nothing is written
        st.session_state[ADDRESS] = ""
        st.query_params.pop(ADDRESS, None)
    except StoreError as exc:
        st.session_state["not_kept"] = str(exc)
    return None


def _chosen(room: Room) -> str:
    """The model as a chat remembers it: "" for the configured one, which may be another tomorrow."""
    return "" if room.model == room.library.settings.model else room.model


def _show(identity: str) -> None:
    st.session_state[ADDRESS] = identity
    st.query_params[ADDRESS] = identity


def _turn(kept: KeptTurn, chat: Chat, room: Room, said: Feedback | None) -> Turn:
    turn = Turn(kept.position, kept.question, chat.collection, kept.model or room.library.settings.model)
    turn.waiting, turn.elsewhere, turn.kept = False, kept.state == "waiting", kept
    turn.documents = frozenset(kept.documents)
    if kept.answer is not None:
        turn.answer = answer_of(kept, kept.answer, room.library.shelf(chat.collection).read)
        turn.judgment = _judgment(kept, turn, said)
    return turn


def _judgment(kept: KeptTurn, turn: Turn, said: Feedback | None) -> Judgment:
    judgment = Judgment(id=kept.feedback) if kept.feedback else Judgment()
    if said is None or turn.answer is None:
        return judgment
    right = said.corrected
    places = {(p.chunk.document_id, p.chunk.start): p.number for p in turn.answer.context.passages}
    number = places.get((right.document, right.start), 0) if right else 0
    return Judgment(said.rating, said.reason, said.comment, number, "", kept.feedback, said.created_at)


def _judgments(room: Room, chat: Chat, kept: tuple[KeptTurn, ...]) -> dict[str, Feedback]:
    wanted = {turn.feedback for turn in kept if turn.feedback}
    try:
        items = room.library.feedback(chat.collection).items() if wanted else ()
    except UnknownCollection:
        return {}
    return {item.id: item for item in items if item.id in wanted}
