"""A checked answer ↔ the reply that the catalogue keeps of it. Texts of passages stay with their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from generation.types import Answer, Citation, Sentence, Verdict
from retrieval.types import Context, Passage, Query, StageScore, StageTrace, Trace
from store.conversations_rows import Claim, Mark, Ran, Ranked, Reply, Seen, Turn
from store.types import Chunk

if TYPE_CHECKING:
    from store.reading import Reader
    from store.shelf import Shelf

DEPTH = 10  # hits kept of every stage: what an overlap is measured at
RANKED = ("dense", "keyword", "fused", "rerank", "languages")


def reply_of(answer: Answer) -> Reply:
    """An answer as it is kept."""
    return Reply(
        text=answer.text,
        language=answer.language,
        abstained=answer.abstained,
        refused=answer.refused,
        answerable=answer.answerable,
        model=answer.model,
        sentences=tuple(
            Claim(each.text, each.verdict.value, each.citations, each.removed, each.reasons, each.support)
            for each in answer.sentences
        ),
        citations=tuple(_mark(each) for each in answer.citations),
        passages=tuple(_seen(each) for each in answer.context.passages),
        notices=answer.notices,
        seconds=dict(answer.seconds),
    )


def ran(trace: Trace) -> tuple[Ran, ...]:
    """The stages of a search with their times; notes stay away, as they may repeat what was said."""
    return tuple(Ran(stage.name, stage.seconds, len(stage.ranking)) for stage in trace.stages)


def ranked(trace: Trace, shelf: Shelf) -> tuple[Ranked, ...]:
    """The first DEPTH hits of every ranking stage, as characters of their documents; those that are gone left out."""
    stages = {stage.name: stage.ranking[:DEPTH] for stage in trace.stages if stage.name in RANKED}
    located = shelf.located(sorted({hit.key for ranking in stages.values() for hit in ranking}))
    return tuple(
        Ranked(name, rank, chunk.document_id, chunk.start, chunk.end, hit.score)
        for name, ranking in stages.items()
        for rank, hit in enumerate(ranking, start=1)
        if hit.key in located and (chunk := located[hit.key].chunk)
    )


def answer_of(turn: Turn, reply: Reply, read: Reader) -> Answer:
    """A kept answer as it was given; the texts of its passages are read from their documents.

    A document that was read anew since may say other words at the same place: what was quoted stays as it was.
    """
    passages = tuple(_passage(each, read) for each in reply.passages)
    stages = tuple(StageTrace(stage.name, stage.seconds) for stage in turn.stages)
    query = Query(turn.asked or turn.question, turn.wordings)
    context = Context(query.text, passages, Trace(stages, turn.sequence), query=query)
    return Answer(
        text=reply.text,
        language=reply.language,
        abstained=reply.abstained,
        sentences=sentences_of(reply),
        citations=tuple(_citation(each) for each in reply.citations),
        model=reply.model,
        context=context,
        notices=reply.notices,
        seconds=reply.seconds,
        refused=reply.refused,
        answerable=reply.answerable,
    )


def sentences_of(reply: Reply) -> tuple[Sentence, ...]:
    """The sentences of a kept answer with what the check found."""
    return tuple(
        Sentence(each.text, Verdict(each.verdict), each.citations, each.removed, each.reasons, each.support)
        for each in reply.sentences
    )


def _mark(one: Citation) -> Mark:
    where = (one.document_id, one.title, one.page, one.start, one.end)
    return Mark(one.number, one.chunk_id, *where, one.quote, one.verdict.value)


def _citation(one: Mark) -> Citation:
    where = (one.document, one.title, one.page, one.start, one.end)
    return Citation(one.number, one.chunk, *where, one.quote, Verdict(one.verdict))


def _seen(passage: Passage) -> Seen:
    chunk = passage.chunk
    return Seen(
        number=passage.number,
        chunk=chunk.id,
        document=chunk.document_id,
        ordinal=chunk.ordinal,
        start=chunk.start,
        end=chunk.end,
        page=chunk.page,
        headings=chunk.headings,
        tokens=chunk.tokens,
        title=passage.title,
        path=passage.path,
        score=passage.score,
        stages=_places(passage.stages),
    )


def _places(stages: Mapping[str, StageScore]) -> dict[str, tuple[int, float]]:
    return {name: (at.rank, at.score) for name, at in stages.items()}


def _passage(seen: Seen, read: Reader) -> Passage:
    text = read.slice(seen.document, seen.start, seen.end)
    chunk = Chunk(
        id=seen.chunk,
        document_id=seen.document,
        ordinal=seen.ordinal,
        start=seen.start,
        end=seen.start + len(text),
        text=text,
        page=seen.page,
        headings=seen.headings,
        tokens=seen.tokens,
    )
    stages = {name: StageScore(rank, score) for name, (rank, score) in seen.stages.items()}
    return Passage(seen.number, chunk, seen.title, seen.path, seen.score, stages)
