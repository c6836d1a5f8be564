"""What a model that reads slowly is given of the passages: the sentences that come nearest to the question.

On a CPU the first word waits until the prompt is read, so half the tokens are half the wait. Extractive compression as
in Xu et al. 2023 (RECOMP, arXiv:2310.04408, section 3.1), with the words of the question instead of a trained encoder.
Passages keep number, title and order; "…" stands for what is left out. Only the prompt is shortened: answers are
checked against the whole passages, and readers see those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generation.answerability import LEADING, weighed_share, word_weights
from generation.evidence import Evidence, prepare, table_rows
from generation.prompt import Prompt, build
from generation.terms import ASKING, content
from retrieval.types import Passage
from store.language import written_in

PRIOR = 0.3
"""Weight of the search's own order: what passage n says counts 1 + 0.3/n times, as in generation.extractive."""
_GAP = " … "

Place = tuple[int, int]
"""A passage's and a sentence's place, from 0."""


def condensed(question: str, passages: Sequence[Passage], budget: int) -> tuple[Passage, ...]:
    """The passages with no more than about ``budget`` tokens of text, as the embedder counts them.

    The best sentence of each of the leading passages is kept first, then sentences by how many of the question's words
    they and their neighbours have, each with its neighbours. A row of a table keeps its header row. Passages in another
    language, which words cannot judge, stay whole. One of which nothing is kept is left out.
    """
    if sum(passage.chunk.tokens for passage in passages) <= budget:
        return tuple(passages)
    foreign = [written_in(passage.chunk.text) != written_in(question) for passage in passages]
    evidence = [prepare(passage) for passage in passages]
    kept = {(n, i) for n, one in enumerate(evidence) if foreign[n] for i in range(len(one.lines))}
    spent = sum(_tokens(evidence[n], i) for n, i in kept)
    for place in _ranked(question, evidence, foreign):
        more = [(place[0], i) for i in _with_header(evidence[place[0]], place[1]) if (place[0], i) not in kept]
        cost = sum(_tokens(evidence[n], i) for n, i in more)
        if spent + cost > budget and kept:
            break
        kept.update(more)
        spent += cost
    texts = [_text(one, [i for i in range(len(one.lines)) if (n, i) in kept]) for n, one in enumerate(evidence)]
    shown = tuple(
        replace(passage, chunk=replace(passage.chunk, text=text))
        for passage, text in zip(passages, texts, strict=True)
        if text
    )
    return shown or tuple(passages)


def condensing(budget: int) -> Prompt:
    """A prompt that shows the model no more than about ``budget`` tokens of passages."""
    return lambda question, context, language: build(
        question, replace(context, passages=condensed(question, context.passages, budget)), language
    )


def _ranked(question: str, evidence: Sequence[Evidence], foreign: Sequence[bool]) -> Iterator[Place]:
    """Sentences in the order in which they are kept; some come twice."""
    asked = content(question) - ASKING
    weights = word_weights(asked, evidence)
    scores: dict[Place, float] = {}
    for n, one in enumerate(evidence):
        head = content("\n".join((one.passage.title, *one.passage.chunk.headings)))
        for i, line in enumerate(one.lines if not foreign[n] else ()):
            around = head.union(*(near.words for near in one.lines[max(0, i - 1) : i + 2]))
            share = weighed_share(asked, weights, around) + weighed_share(asked, weights, line.words)
            scores[n, i] = share * (1 + PRIOR / (n + 1))
    ranked = sorted(scores, key=lambda place: (-scores[place], place))
    for n in range(min(LEADING, len(evidence))):
        yield from [place for place in ranked if place[0] == n][:1]
    for n, i in ranked:
        yield n, i
        yield from ((n, near) for near in (i + 1, i - 1) if (n, near) in scores)


def _with_header(evidence: Evidence, line: int) -> list[int]:
    """A sentence; with the header row where it is a row of a table."""
    table = table_rows(evidence)
    one = evidence.lines[line]
    return sorted({evidence.lines.index(table[0]), line}) if one in table else [line]


def _tokens(evidence: Evidence, line: int) -> float:
    span, chunk = evidence.lines[line].span, evidence.passage.chunk
    return chunk.tokens * (span.end - span.start) / max(1, len(chunk.text))


def _text(evidence: Evidence, kept: Sequence[int]) -> str:
    """The kept sentences as they stand in the passage; where some are left out between them, a gap."""
    text = evidence.passage.chunk.text
    parts: list[str] = []
    for before, i in zip((None, *kept), kept, strict=False):
        span = evidence.lines[i].span
        if before is not None:
            end = evidence.lines[before].span.end
            parts.append(text[end : span.start] if i == before + 1 else _GAP)
        parts.append(text[span.start : span.end])
    return "".join(parts).strip()
