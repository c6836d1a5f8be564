"""The library's parts put together for explanations: why a passage was found, and why another was not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.types import ModelError, TokenEmbedder
from retrieval.stages import MOST, Cut
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.wiring import Library
    from retrieval.explain import Explanation
    from retrieval.rerank import Reranker
    from retrieval.types import Context
    from retrieval.verdict import WhyNot
    from retrieval.wanted import Wanted


def explained(library: Library, found: Context, collection: str | None = None) -> tuple[Explanation, ...]:
    """Why each passage of a search stands where it stands, in its order. Raises UnknownCollection."""
    from retrieval.explain import explain

    retriever = library.retriever(collection)
    return explain(retriever.shelf, found, retriever.fusing(found.query or found.question)) if found.passages else ()


def why_not(
    library: Library,
    question: str,
    wanted: Wanted,
    collection: str | None = None,
    *,
    most: int = MOST,
    filters: Filters = NO_FILTERS,
) -> WhyNot:
    """Which stage of the library's search lost a passage; ``most`` is how many a context may hold.

    Raises UnknownCollection, AmbiguousDocument, PageMissing, EmptyQuestion, NothingToFilter.
    """
    from app.contexts import fitting
    from app.query_layer import open_layer
    from app.wiring import PASSAGES
    from retrieval.rewrite.signs import ShelfSigns
    from retrieval.why_not import why_not as judged

    fit = fitting(library, collection)
    cut = Cut(library.settings.context_tokens, most, max(PASSAGES, most), fit)
    retriever = library.retriever(collection)
    query = open_layer(library).rewrite(question, (), ShelfSigns(retriever)).query  # as an answer's search asks it
    found = judged(retriever, query, wanted, cut=cut, filters=filters, spare=_spare(library))
    return replace(found, elsewhere=found.elsewhere or _collections(library, found, retriever.shelf.collection.name))


def _spare(library: Library) -> Reranker | None:
    """The reranker that needs no other model, to be tried where none is set."""
    try:
        return library.maxsim() if isinstance(library.embedder, TokenEmbedder) else None
    except ModelError:
        return None


def _collections(library: Library, found: WhyNot, mine: str) -> tuple[str, ...]:
    """The other collections that hold the document which this one lacks."""
    from store.errors import UnknownDocument

    if found.located.trouble != "unknown":
        return ()
    names = []
    for reader in library.readers():
        if reader.collection.name != mine:
            try:
                reader.document(found.located.wanted.document)
            except UnknownDocument:
                continue
            names.append(reader.collection.name)
    return tuple(names)
