"""The query layer of a library: settings → steps, the model that they ask, and the search with what they found."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from app.error_words import error_text
from models.types import ChatModel, Message, ModelError
from retrieval.rewrite.asking import Asker
from retrieval.rewrite.layer import QueryLayer
from retrieval.rewrite.replies import Replies
from retrieval.rewrite.signs import ShelfSigns
from retrieval.rewrite.types import Rewritten, Steps
from retrieval.types import Context, Mode, StageTrace, Trace
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import Library
    from generation.types import Event

AT_ONCE = 4  # prompts at a time for an endpoint; a model in this process writes one answer after the other
_ASKERS: WeakKeyDictionary[Library, dict[str, Asker]] = WeakKeyDictionary()
log = logging.getLogger(__name__)


def steps_of(settings: Settings) -> Steps:
    """Which steps the settings switch on."""
    s = settings
    return Steps(
        blend=s.rewrite_blend,
        condense=s.rewrite_condense,
        translate=s.rewrite_translate,
        imagine=s.rewrite_hyde,
        variants=s.rewrite_variants,
        split=s.rewrite_split,
        keywords=s.rewrite_keywords,
    )


def open_layer(
    library: Library, model: str | None = None, *, steps: Steps | None = None, replies: Replies | None = None
) -> QueryLayer:
    """The layer with the chat model of that name, the configured one without; never raises for a missing model.

    ``replies`` is where replies are kept; without, in the library's memory alone: what a reader asks is not written
    down.
    """
    s = library.settings
    steps = steps or steps_of(s)
    chat: ChatModel | None = None
    missing = ""
    if steps.asked:
        try:
            chat = library.chat(model)
        except ModelError as exc:
            log.info("the query layer runs without a model: %s", exc)
            missing = str(exc)
    asker = _asker(library, chat, replies) if chat is not None else None
    return QueryLayer(asker, steps, s.rewrite_seconds, missing)


def _asker(library: Library, chat: ChatModel, replies: Replies | None) -> Asker:
    """The asker of a model: one for all threads, so that they wait for their turn outside the model."""
    parallel = AT_ONCE if library.settings.model_url else 1
    if replies is not None:
        return Asker(chat, replies, parallel)
    known = _ASKERS.setdefault(library, {}).get(chat.name)
    if known is None or known.chat is not chat:
        known = _ASKERS[library][chat.name] = Asker(chat, library.replies, parallel)
    return known


def search_rewritten(
    library: Library,
    question: str,
    collection: str | None,
    history: Sequence[Message],
    *,
    model: str | None = None,
    k: int,
    mode: Mode = "hybrid",
    filters: Filters = NO_FILTERS,
) -> tuple[Rewritten, Context]:
    """The question after the query layer, and the passages for it; its steps stand first in the trace.

    Raises as Library.search does, and nothing about the chat model.
    """
    retriever = library.retriever(collection)
    rewritten = open_layer(library, model).rewrite(question, history, ShelfSigns(retriever))
    found = retriever.search(rewritten.query, k=k, mode=mode, filters=filters)
    steps = tuple(
        StageTrace(f"rewrite:{done.step}", done.seconds, note=" | ".join(done.reply) or done.note)
        for done in rewritten.done
    )
    return rewritten, replace(found, trace=Trace((*steps, *found.trace.stages), found.trace.sequence))


def with_notices(events: Iterator[Event], notices: Sequence[str]) -> Iterator[Event]:
    """The events of an answer, the last with the layer's notices before its own.

    Reasons in them are put into the answer's language: what failed words them in English.
    """
    from generation.types import Finished

    try:
        for event in events:
            if isinstance(event, Finished):
                told = (error_text(one, event.answer.language) for one in (*notices, *event.answer.notices))
                event = Finished(replace(event.answer, notices=tuple(told)))
            yield event
    finally:
        close = getattr(events, "close", None)  # a reader who stops also stops the model
        if close is not None:
            close()
