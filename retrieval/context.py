"""Ranked passages → the context an answer may use: within the token budget, no text twice, both languages heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from retrieval.types import Context, Passage
from store.language import Language, language_of, written_in

# Places that go to the best passage in the other language where the ranking gave it none. Embedders prefer the
# question's own language: with 500 documents of each, e5 ranks the one right document of the other language first for
# 2 % of the questions (nDCG@10 .02 to .11 on xquad mixed with squad_zh, .64 to .87 without the others).
OTHER_LANGUAGE = (3, 5)
OVERHEAD = 24  # tokens; number, title and heading path around each passage in the prompt


def fit(context: Context, *, budget: int, most: int = 8) -> Context:
    """The best passages that fit ``budget`` tokens as the embedder counts them, at most ``most``, numbered from 1.

    A passage whose text stands already in the context is left out: the same page in two files takes one place.
    A passage that does not fit ends the context, so that a worse one never takes the place of a better one; the best
    passage is always there, and a model whose context is too small for it says so itself.
    """
    chosen: list[Passage] = []
    seen: set[str] = set()
    spent = 0
    for passage in _both_languages(context.passages, language_of(context.question)):
        words = " ".join(passage.chunk.text.split())
        if words in seen:
            continue
        tokens = passage.chunk.tokens + OVERHEAD
        if len(chosen) == most or (chosen and spent + tokens > budget):
            break
        seen.add(words)
        chosen.append(replace(passage, number=len(chosen) + 1))
        spent += tokens
    return replace(context, passages=tuple(chosen), tokens=spent)


def _both_languages(passages: Sequence[Passage], own: Language) -> Iterator[Passage]:
    """The passages in order, but the places of OTHER_LANGUAGE filled from further down when they would be missed."""
    rest = [(passage, written_in(passage.chunk.text) != own) for passage in passages]
    others = 0
    for place in range(1, len(rest) + 1):
        foreign = next((index for index, (_, other) in enumerate(rest) if other), None)
        due = place in OTHER_LANGUAGE and others <= OTHER_LANGUAGE.index(place)
        passage, other = rest.pop(foreign if due and foreign is not None else 0)
        others += other
        yield passage
