"""The chat of one reader: its turns, and the making of an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.answer_feedback import Judgment
from app.chats import Said, bounded, chats_of, finished, messages
from app.error_words import error_text
from app.evidence import evidence_of
from app.mistakes import exit_code
from app.page_session import Room
from app.page_text import html_text
from app.telemetry import observe
from generation.types import EXTRACTIVE, Answer, Finished, TextDelta
from models.types import ModelError, WeightsMissing
from retrieval.types import Context
from store.conversations_rows import Turn as KeptTurn
from store.errors import StoreError, UnknownChat

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """A question and what became of it: waiting, answered, failed (``error``), or stopped by the reader (none of them).

    ``source`` is the number of the passage that lies open beside the answer, 0 for none. ``judgment`` is what the
    reader says about the answer, ``saying`` whether they are at it. ``kept`` is the turn in the catalogue, None where
    it is not kept; ``documents`` are those with which it goes. ``elsewhere`` says that another page of this reader is
    at it, or was left in the middle.
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
    saying: bool = False
    kept: KeptTurn | None = None
    documents: frozenset[str] = frozenset()
    elsewhere: bool = False
    suggestions: tuple[str, ...] | None = None

    def ask_again(self, model: str = "") -> None:
        """Forget the answer and ask once more, with another model if one is named."""
        self.model = model or self.model
        self.waiting, self.answer, self.error, self.model_failed, self.source = True, None, "", False, 0
        self.judgment, self.saying, self.elsewhere, self.suggestions = Judgment(), False, False, None

    def say(self) -> None:
        """Open the form of what is wrong with the answer."""
        self.saying = True

    def toggle(self, source: int) -> None:
        """Open a source, or close it when it is the one that lies open."""
        self.source = 0 if self.source == source else source


def turns() -> list[Turn]:
    """The turns of this reader's open chat, oldest first."""
    return cast(list[Turn], st.session_state.setdefault("turns", []))


def before(turn: Turn) -> tuple[Said, ...]:
    """What was said before a turn about the same collection, oldest first, within the budget of a history."""
    answered = [
        Said(one.answer.context.question, "" if one.answer.abstained else one.answer.text, one.documents)
        for one in turns()
        if one.number < turn.number and one.collection == turn.collection and one.answer is not None
    ]
    return bounded(answered)


def finish(turn: Turn, room: Room, place: DeltaGenerator, step: Callable[[str], None]) -> None:
    """Answer a waiting turn; the text is shown in ``place`` as it is written, ``step`` is told what is done now.

    The steps are searching, reading (the passages are found, no word is written yet) and writing. A reader who stops,
    or leaves the page, leaves the turn unanswered: the wish is forgotten before the work begins.
    """
    turn.waiting = False
    said = before(turn)
    try:
        turn.answer = _written(turn, room, place, said, step)
    except WeightsMissing as exc:
        turn.model_failed = _chat_is_missing(turn, room)
        turn.error = _missing(exc, room) if turn.model_failed else str(exc)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        turn.error = str(exc) or type(exc).__name__
        turn.model_failed = isinstance(exc, ModelError)
    finally:
        _keep(turn, room, said)


def _written(
    turn: Turn, room: Room, place: DeltaGenerator, said: tuple[Said, ...], step: Callable[[str], None]
) -> Answer | None:
    answer, text, quotes = None, "", ""

    def show(context: Context) -> None:
        nonlocal quotes
        step("reading_quotes" if turn.model == EXTRACTIVE else "reading_model")
        quotes = evidence_of(turn.question, context, room) if turn.model != EXTRACTIVE else ""
        if quotes:
            place.html(quotes)

    step("searching")
    events = room.library.ask(
        turn.question, turn.collection, model=turn.model, history=messages(said), found=show
    )  # fmt: skip
    try:
        for event in events:
            if isinstance(event, TextDelta):
                if not text and turn.model != EXTRACTIVE:
                    step("writing")
                text += event.text
                place.html(_draft(text) + quotes)
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        close = getattr(events, "close", None)  # a stopped reader stops the model too
        if close is not None:
            close()
    return answer


def _keep(turn: Turn, room: Room, said: tuple[Said, ...]) -> None:
    """Write what became of a turn into its chat; a chat that cannot be written never costs the answer."""
    if turn.answer is not None:
        turn.documents = frozenset(passage.chunk.document_id for passage in turn.answer.context.passages)
        observe(room.library.settings, turn.answer, face="page")
    if turn.kept is None:
        return
    try:
        chats = chats_of(room.library)
        if turn.answer is None:
            chats.mark(turn.kept.id, "failed" if turn.error else "stopped")
            return
        kept = finished(turn.kept, turn.answer, room.library, turn.collection, said)
        turn.kept = replace(kept, feedback=turn.judgment.id, model=turn.model)
        chats.finish(turn.kept)
        turn.documents = frozenset(turn.kept.documents)
    except UnknownChat:  # the chat was deleted meanwhile, on another page or on the command line
        turn.kept = None
    except StoreError as exc:
        log.warning("the answer is not kept: %s", exc)
        turn.kept = None


def _draft(text: str) -> str:
    return f'<div class="sj-text sj-draft">{html_text(text)}</div>'


def _missing(error: WeightsMissing, room: Room) -> str:
    return room.voice("weights_missing", reason=error_text(str(error), room.voice.language))


def _chat_is_missing(turn: Turn, room: Room) -> bool:
    """Whether it is the chat model whose weights are missing, not the embedder's that every answer needs."""
    try:
        room.library.chat(turn.model)
    except WeightsMissing:
        return True
    return False
