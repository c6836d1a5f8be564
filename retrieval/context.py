"""Ranked passages → the context an answer may use: within the token budget, no text twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from retrieval.types import Context, Passage

OVERHEAD = 24  # tokens; number, title and heading path around each passage in the prompt


def fit(context: Context, *, budget: int, count: Callable[[str], int], most: int = 8) -> Context:
    """The best passages that fit ``budget`` tokens as ``count`` counts them, at most ``most``, numbered from 1.

    A passage whose text stands already in the context is left out: the same page in two files takes one place.
    A passage that does not fit ends the context, so that a worse one never takes the place of a better one; the best
    passage is always there, and a model whose context is too small for it says so itself.
    """
    chosen: list[Passage] = []
    seen: set[str] = set()
    spent = 0
    for passage in context.passages:
        words = " ".join(passage.chunk.text.split())
        if words in seen:
            continue
        tokens = count(passage.chunk.text) + OVERHEAD
        if len(chosen) == most or (chosen and spent + tokens > budget):
            break
        seen.add(words)
        chosen.append(replace(passage, number=len(chosen) + 1))
        spent += tokens
    return replace(context, passages=tuple(chosen), tokens=spent)
