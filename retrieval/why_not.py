"""ENTRY of why-not: a question and the passage that a reader expected → the stage that lost it, and what would save it.

locate → filters → rank in every stage, exactly → context → losing stage → words shared and lacking → remedies
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from retrieval.context import OVERHEAD
from retrieval.duplicates import copies
from retrieval.explain import matched_words, missing_words
from retrieval.remedies import Trials, place, remedies
from retrieval.rerank import Reranker
from retrieval.rerank_memory import Remembering
from retrieval.rewrite.legs import keyword_terms, query_vector
from retrieval.search import MAX_QUESTION, Retriever, asked
from retrieval.stages import LEGS, Cut, Stage, losing_stage
from retrieval.types import Hit, Passage, Query, Ranking, StageTrace
from retrieval.verdict import Judged, LeftOut, Piece, Taken, WhyNot
from retrieval.wanted import Located, Trouble, Wanted, locate
from retrieval.wordings import wordings
from store.anchoring import places_of
from store.asking import question_terms
from store.filters import NO_FILTERS, Allowed, Filters
from store.language import language_of, written_in
from store.shelf import Shelf
from store.types import Chunk

_ELSEWHERE = 3  # other documents that are looked through for words that the named one does not hold


def why_not(
    retriever: Retriever,
    question: str | Query,
    wanted: Wanted,
    *,
    cut: Cut | None = None,
    filters: Filters = NO_FILTERS,
    spare: Reranker | None = None,
) -> WhyNot:
    """Which stage of the search lost a passage, with its numbers, and what would have saved it.

    Args:
        retriever: as the product searches.
        question: as it was asked, or as the legs are asked it.
        wanted: the passage that was expected.
        cut: what the context takes, and what makes it.
        filters: what the search was narrowed to.
        spare: a reranker to try where the retriever has none.

    Raises EmptyQuestion, AmbiguousDocument, PageMissing, NothingToFilter.
    """
    cut, query = cut or Cut(), asked(question)
    retriever.shelf.follow()
    located = locate(retriever.shelf.read, wanted)
    if not located.keys:
        elsewhere = _elsewhere(retriever.shelf, located) if located.trouble is Trouble.ABSENT else ()
        return WhyNot(query.text, located, Stage.PARSING, Taken(0, 0, 0, cut.most, cut.budget), elsewhere=elsewhere)
    retriever = replace(retriever, reranker=retriever.reranker and Remembering(retriever.reranker))
    trials = Trials(retriever, query, located, cut, filters)
    allowed = retriever.shelf.allowed(filters)
    ran = _ranked(trials, allowed)
    told = _told(trials, ran)
    if told.taken.place:
        return told
    if allowed is not None and not any(key in allowed for key in located.keys):
        told = replace(told, stage=Stage.FILTER)
    elif located.pieces:
        told = replace(told, stage=Stage.CHUNKING, pieces=tuple(_pieces(trials, ran)))
    else:
        told = replace(told, stage=losing_stage(_handed(trials, ran, located.keys), most=cut.most))
        told = replace(told, taken=_left_out(told, trials)) if told.stage is Stage.CONTEXT else told
    tried = wordings(query.text, told.chunk, told.missing, retriever.shelf) if told.chunk else ()
    if told.taken.left_out is LeftOut.COPY:
        return told  # its text is in the context: there is nothing to save
    ranks = {one.name: one.rank for one in told.stages}
    return replace(told, remedies=remedies(trials, ranks, tried, spare and Remembering(spare)))


def _told(trials: Trials, ran: Sequence[StageTrace]) -> WhyNot:
    """The numbers of the passage, before anybody says who lost it."""
    shelf, query, located, cut = trials.retriever.shelf, trials.query, trials.located, trials.cut
    context = trials.context(trials.found())
    seconds = trials.found().trace.seconds
    key = _best(ran, located.keys)
    question, held = keyword_terms(shelf, query, [key]).get(key, (query.text, ()))  # the wording it answers best
    weights = shelf.keyword_weights(question_terms(question), language_of(question))
    return WhyNot(
        query.text,
        located,
        None,
        Taken(place(located, context.passages), len(context.passages), context.tokens, cut.most, cut.budget),
        shelf.located([key])[key].chunk,
        tuple(_judged(one, located.keys, trials.width if one.name in LEGS else cut.most, seconds) for one in ran),
        matched_words(f"{question} {query.before}".strip(), held),
        missing_words(question, held, weights),
    )


def _ranked(trials: Trials, allowed: Allowed | None) -> list[StageTrace]:
    """What the stages make of the question, the legs over the whole collection."""
    one, depth = trials.retriever, trials.located.passages
    ran = one.rank(trials.query, k=trials.cut.deep, depth=depth, filters=trials.filters)
    return [_exact(stage, trials, allowed) if stage.name == "dense" else stage for stage in ran]


def _exact(dense: StageTrace, trials: Trials, allowed: Allowed | None) -> StageTrace:
    """The dense ranking with the wanted chunks in it, where an index that is not exhaustive has left them out."""
    wanted = {key for key in trials.located.keys if allowed is None or key in allowed}
    if not wanted or not wanted.isdisjoint(hit.key for hit in dense.ranking):
        return dense
    shelf, query = trials.retriever.shelf, trials.query
    keys, vectors = shelf.read.vectors([one.key for one in shelf.read.spans()])
    if shelf.space is not None:
        vectors = shelf.space.passages(vectors, shelf.read.written_in(keys.tolist()))
    cosines = vectors @ shelf.asked(query_vector(trials.retriever.embedder, query), language_of(query.text))
    hits = (Hit(int(key), float(cosine)) for key, cosine in zip(keys, cosines, strict=True))
    passing = (hit for hit in hits if allowed is None or hit.key in allowed)
    return replace(dense, ranking=tuple(sorted(passing, key=lambda hit: (-hit.score, hit.key))))


def _judged(stage: StageTrace, keys: Collection[int], cut: int, seconds: Mapping[str, float]) -> Judged:
    rank = _rank(stage.ranking, keys)
    return Judged(
        name=stage.name,
        rank=rank,
        score=stage.ranking[rank - 1].score if rank else None,
        ranked=len(stage.ranking),
        cut=cut,
        at_cut=stage.ranking[cut - 1].score if len(stage.ranking) >= cut else None,
        seconds=seconds.get(stage.name) or stage.seconds,  # 0 for a search that was remembered
    )


def _rank(ranking: Ranking, keys: Collection[int]) -> int:
    return next((rank for rank, hit in enumerate(ranking, start=1) if hit.key in keys), 0)


def _handed(trials: Trials, ran: Sequence[StageTrace], keys: Collection[int]) -> dict[str, int]:
    """The rank in what each stage hands on: a leg gives its candidates only."""
    return {one.name: _rank(one.ranking[: trials.width] if one.name in LEGS else one.ranking, keys) for one in ran}


def _best(ran: Sequence[StageTrace], keys: frozenset[int]) -> int:
    """The chunk that the last stage puts highest, of those that have any; the first of them where no stage has one."""
    for stage in reversed(ran):
        rank = _rank(stage.ranking, keys)
        if rank:
            return stage.ranking[rank - 1].key
    return min(keys)


def _pieces(trials: Trials, ran: Sequence[StageTrace]) -> Iterator[Piece]:
    """The chunks that hold a passage together, each with the stage that lost it."""
    taken = [passage.chunk for passage in trials.context(trials.found()).passages]
    chunks = trials.retriever.shelf.located(sorted(trials.located.keys))
    for key, one in sorted(chunks.items(), key=lambda item: item[1].chunk.start):
        handed = _handed(trials, ran, {key})
        there = any(_within(one.chunk, whole) for whole in taken)
        yield Piece(one.chunk, None if there else losing_stage(handed, most=trials.cut.most))


def _within(chunk: Chunk, whole: Chunk) -> bool:
    """Whether a passage of the context, which may be joined of several chunks, holds this one."""
    return whole.document_id == chunk.document_id and whole.start <= chunk.start and chunk.end <= whole.end


def _left_out(told: WhyNot, trials: Trials) -> Taken:
    """Why the context left out what ranks high enough, and which passage stands in its place."""
    found, context, taken = trials.found(), trials.context(trials.found()), told.taken
    text = told.chunk.text if told.chunk else ""
    copy = next((one for one in context.passages if copies(one.chunk.text, text)), None)
    if copy is not None:
        return replace(taken, left_out=LeftOut.COPY, by=copy)
    if trials.place(found, sum(one.chunk.tokens + OVERHEAD for one in found.passages)):
        return replace(taken, left_out=LeftOut.BUDGET)
    ranks = {one.name: one.rank for one in told.stages}
    lifted = [one for one in context.passages if _before(one) > (ranks.get("rerank") or ranks.get("fused") or 0)]
    foreign = next((one for one in lifted if written_in(one.chunk.text) != written_in(text)), None)
    return replace(taken, left_out=LeftOut.LANGUAGE if foreign else LeftOut.OTHER, by=foreign)


def _before(passage: Passage) -> int:
    """The rank of a passage before the other language was given its places; beyond all ranks where it had none."""
    place = passage.stages.get("rerank") or passage.stages.get("fused")
    return place.rank if place else sys.maxsize


def _elsewhere(shelf: Shelf, located: Located) -> tuple[str, ...]:
    """Paths of other documents that hold the words, found by the words themselves."""
    text = located.wanted.text
    hits = shelf.located([key for key, _ in shelf.search_keyword(text[:MAX_QUESTION], 10)])
    paths: dict[str, str] = {}
    for hit in hits.values():
        mine = located.document is not None and hit.chunk.document_id == located.document.id
        if len(paths) < _ELSEWHERE and not mine and places_of(text, shelf.read.document(hit.chunk.document_id).text):
            paths[hit.chunk.document_id] = hit.path
    return tuple(sorted(paths.values()))
