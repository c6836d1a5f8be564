"""What an answer may use of a search: the context, made as the settings say."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from app.collection_parts import chunker_of
from retrieval.context import Shape, fit
from retrieval.surroundings import Expand, parent, window
from retrieval.types import Context

if TYPE_CHECKING:
    from app.wiring import Library
    from generation.prompt import Prompt
    from models.types import ChatModel
    from store.reading import Reader

_REMEMBERED = 32  # documents whose chunks are read once for a question


def fitting(library: Library, collection: str | None = None) -> partial[Context]:
    """``retrieval.context.fit`` as the settings shape a context; budget and number are left to the caller."""
    s, read = library.settings, library.shelf(collection).read
    shape = Shape(s.context_drop, s.context_relevance, s.context_parents)
    slices = read.slice if s.context_join else None
    return partial(fit, shape=shape, slices=slices, section=read.chunks, expand=expanding(read))


def expanding(read: Reader) -> Expand | None:
    """What an answer is given for a chunk of this collection, as its chunker says; None where that is the chunk."""
    cut = chunker_of(read.collection)
    if cut is None or cut.given == "chunk":
        return None
    around, chunks = window if cut.given == "window" else parent, lru_cache(_REMEMBERED)(read.chunks)
    return lambda found: around(found, chunks(found.chunk.document_id), cut.budget, read.slice)


def context_of(library: Library, found: Context, collection: str | None = None) -> Context:
    """The passages of a search that fit the settings' budget, neighbours joined. Raises UnknownCollection."""
    return fitting(library, collection)(found, budget=library.settings.context_tokens)


def prompt_of(library: Library, chat: ChatModel | None) -> Prompt:
    """How a chat model is asked: one that reads on this processor is shown the sentences near the question only."""
    from generation.condense import condensing
    from generation.prompt import build
    from models.llama_chat import LlamaChat

    tokens = library.settings.prompt_tokens
    return condensing(tokens) if tokens and isinstance(chat, LlamaChat) else build
