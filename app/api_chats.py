"""Questions to the HTTP API, kept as chats where the setting ``keep_chats`` says so.

A client sends the whole conversation with every question and names no chat. So a question belongs to the chat whose
last answer is the last one of its history; else it begins a chat. One that was completed from a history nobody here
knows is not kept: whose documents its words repeat could not be told, and they must go with these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.chats import Said, bounded, chats_of, finished, said, same_words
from models.types import Message
from store.conversations import Chats
from store.conversations_rows import Chat
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.wiring import Library
    from generation.types import Answer

RECENT = 12  # chats among which a history is looked for


def keep_asked(
    library: Library,
    owner: str,
    collection: str,
    question: str,
    answer: Answer,
    *,
    history: Sequence[Message] = (),
    filters: Filters = NO_FILTERS,
    model: str = "",
) -> bool:
    """Keep a question and its answer for the caller ``owner``; False where it is not kept.

    Raises UnknownCollection, and UnknownDocument when a document of the answer has left meanwhile.
    """
    if library.settings.keep_chats != "all":
        return False
    chats = chats_of(library, collection, owner=owner)
    known = _continued(chats, history)
    if known is None and history and not same_words(question, answer.context.question):
        return False
    chat, before = known or (chats.new(library.catalogue.collection(collection)), ())
    turn = chats.begin(chat.id, question, model=model)
    chats.finish(finished(turn, answer, library, collection, before, filters=filters))
    return True


def _continued(chats: Chats, history: Sequence[Message]) -> tuple[Chat, tuple[Said, ...]] | None:
    """The chat that a history comes from, with what was said in it."""
    last = next((each.content for each in reversed(history) if each.role == "assistant"), None)
    if not last:
        return None
    for chat in chats.known()[:RECENT]:
        turns = [turn for turn in chats.turns(chat.id) if turn.answer is not None]
        if turns and turns[-1].answer and same_words(turns[-1].answer.text, last):
            return chat, bounded(said(turns))
    return None
