"""What an answer may use of a search: the context, made as the settings say."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from retrieval.context import Shape, fit
from retrieval.types import Context

if TYPE_CHECKING:
    from app.wiring import Library


def fitting(library: Library, collection: str | None = None) -> partial[Context]:
    """``retrieval.context.fit`` as the settings shape a context; budget and number are left to the caller."""
    s, read = library.settings, library.shelf(collection).read
    shape = Shape(s.context_drop, s.context_relevance, s.context_parents)
    return partial(fit, shape=shape, slices=read.slice if s.context_join else None, section=read.chunks)


def context_of(library: Library, found: Context, collection: str | None = None) -> Context:
    """The passages of a search that fit the settings' budget, neighbours joined. Raises UnknownCollection."""
    return fitting(library, collection)(found, budget=library.settings.context_tokens)
