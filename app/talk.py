"""One question in a kept chat, from whatever face it is asked: its history, its turn, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chats import Said, bounded, chats_of, finished, messages, said
from app.settings import SettingsError
from store.conversations_rows import Chat
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.wiring import Library
    from generation.types import Answer
    from models.types import Message


@dataclass(frozen=True, slots=True)
class Talk:
    """An open chat and what was said in it; ``keep`` is called with the answer."""

    chat: Chat
    history: tuple[Message, ...]
    keep: Callable[[Answer], None]


@contextmanager
def talking(
    library: Library,
    name: str,
    question: str,
    collection: str | None = None,
    *,
    model: str = "",
    filters: Filters = NO_FILTERS,
    owner: str | None = None,
) -> Iterator[Talk]:
    """Ask in the chat of that title or id, which is begun when it is new; the question waits in it meanwhile.

    A block that ends without an answer leaves the question as failed, one that was interrupted as stopped. Raises
    SettingsError where nothing is to be kept, UnknownCollection, and UnknownChat where several chats have that title.
    """
    if library.settings.keep_chats == "off":
        raise SettingsError("keep_chats is off, so no chat is kept: set it to page or all, or leave out --chat")
    collection = collection or library.settings.collection
    chats = chats_of(library, collection, owner=owner)
    known = any(name in (one.id, one.title) for one in chats.known())
    chat = chats.get(name) if known else chats.new(library.catalogue.collection(collection), title=name, model=model)
    before: tuple[Said, ...] = bounded(said(chats.turns(chat.id)))
    turn = chats.begin(chat.id, question, model=model)
    done = False

    def keep(answer: Answer) -> None:
        nonlocal done
        chats.finish(finished(turn, answer, library, collection, before, filters=filters))
        done = True

    try:
        yield Talk(chat, messages(before), keep)
    except Exception:
        chats.mark(turn.id, "failed")
        raise
    except BaseException:  # Ctrl-C, or a reader who left
        chats.mark(turn.id, "stopped")
        raise
    if not done:
        chats.mark(turn.id, "stopped")


@contextmanager
def in_chat(
    library: Library,
    name: str | None,
    question: str,
    collection: str | None = None,
    *,
    model: str = "",
    filters: Filters = NO_FILTERS,
) -> Iterator[Talk | None]:
    """As ``talking``; without a name nothing is kept, and there is nothing to talk with."""
    if name is None:
        yield None
        return
    with talking(library, name, question, collection, model=model, filters=filters) as talk:
        yield talk
