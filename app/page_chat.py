"""The chat of one reader: its turns, and the making of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.answer_feedback import Judgment
from app.mistakes import exit_code
from app.page_session import Room
from app.page_text import html_text
from generation.types import Answer, Finished, TextDelta
from models.types import Message, ModelError, WeightsMissing


@dataclass(slots=True)
class Turn:
    """A question and what became of it: waiting, answered, failed (``error``), or stopped by the reader (none of them).

    ``source`` is the number of the passage that lies open beside the answer, 0 for none. ``judgment`` is what the
    reader says about the answer.
    """

    number: int
    question: str
    collection: str
    model: str
    waiting: bool = True
    answer: Answer | None = None
    error: str = ""
    model_failed: bool = False
    source: int = 0
    judgment: Judgment = field(default_factory=Judgment)

    def ask_again(self, model: str = "") -> None:
        """Forget the answer and ask once more, with another model if one is named."""
        self.model = model or self.model
        self.waiting, self.answer, self.error, self.model_failed, self.source = True, None, "", False, 0
        self.judgment = Judgment()

    def toggle(self, source: int) -> None:
        """Open a source, or close it when it is the one that lies open."""
        self.source = 0 if self.source == source else source


def turns() -> list[Turn]:
    """The turns of this reader's session, oldest first."""
    return cast(list[Turn], st.session_state.setdefault("turns", []))


def begin(room: Room, question: str) -> None:
    """Put a new question at the end of the chat."""
    chat = turns()
    number = chat[-1].number + 1 if chat else 1
    chat.append(Turn(number, question, room.collection, room.model))


def finish(turn: Turn, room: Room, place: DeltaGenerator) -> None:
    """Answer a waiting turn; the text is shown in ``place`` as it is written.

    A reader who stops leaves the turn unanswered: the wish is forgotten before the work begins.
    """
    turn.waiting = False
    try:
        turn.answer = _written(turn, room, place)
    except WeightsMissing as exc:
        turn.model_failed = _chat_is_missing(turn, room)
        turn.error = room.voice("weights_missing", reason=str(exc)) if turn.model_failed else str(exc)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        turn.error = str(exc) or type(exc).__name__
        turn.model_failed = isinstance(exc, ModelError)


def _written(turn: Turn, room: Room, place: DeltaGenerator) -> Answer | None:
    answer, text = None, ""
    events = room.library.ask(turn.question, turn.collection, model=turn.model, history=_before(turn))
    try:
        for event in events:
            if isinstance(event, TextDelta):
                text += event.text
                place.html(_draft(text, room))
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        close = getattr(events, "close", None)  # a stopped reader stops the model too
        if close is not None:
            close()
    return answer


def _before(turn: Turn) -> tuple[Message, ...]:
    """What was said before a turn about the same collection: questions and checked answers, oldest first."""
    said: list[Message] = []
    for one in turns():
        if one.number < turn.number and one.collection == turn.collection and one.answer is not None:
            said += [Message("user", one.question), Message("assistant", one.answer.text)]
    return tuple(said)


def _draft(text: str, room: Room) -> str:
    note = room.voice("writing")
    return f'<div class="sj-text sj-draft">{html_text(text)}</div><div class="sj-quiet">{note}</div>'


def _chat_is_missing(turn: Turn, room: Room) -> bool:
    """Whether it is the chat model whose weights are missing, not the embedder's that every answer needs."""
    try:
        room.library.chat(turn.model)
    except WeightsMissing:
        return True
    return False
