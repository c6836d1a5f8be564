"""Chunks of one document that touch or overlap, joined into one passage: read as they stand, cited as one.

A joined passage carries a chunk with the span from the first to the last of them, so that the rule of every chunk holds
for it too: ``document.text[start:end] == text``. It keeps the id of its best chunk, the one that a stage ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from retrieval.types import Passage
from store.types import Chunk

GAP = 8  # characters between two chunks that still touch: blanks, line breaks, a page's end
Slices = Callable[[str, int, int], str]
"""The characters from ``start`` to ``end`` of the text of a document, by its id; empty where they are not there."""


def joined(passages: Sequence[Passage], slices: Slices) -> tuple[Passage, ...]:
    """The passages with neighbours joined, each group at the place of its best; numbers are not touched.

    Args:
        passages: best first.
        slices: the text that stands between two chunks; where it is not what the chunks say, they stay apart.
    """
    groups: list[Passage] = []
    for passage in passages:
        merged = passage
        kept: list[Passage] = []
        place = len(groups)
        for index, group in enumerate(groups):
            both = _join(merged, group, slices) if place < len(groups) else _join(group, merged, slices)
            if both is None:
                kept.append(group)
            else:
                merged, place = both, min(place, index)
        groups = [*kept[:place], merged, *kept[place:]]
    return tuple(groups)


def _join(better: Passage, other: Passage, slices: Slices) -> Passage | None:
    """One passage of two that touch, at the place and with the id of the better; None for two that do not."""
    first, last = sorted((better.chunk, other.chunk), key=lambda chunk: (chunk.start, chunk.end))
    if first.document_id != last.document_id or first.headings != last.headings or last.start - first.end > GAP:
        return None
    start, end = first.start, max(first.end, last.end)
    text = _text(first, last, slices)
    if len(text) != end - start or not _holds(text, start, first) or not _holds(text, start, last):
        return None
    # Tokens of an overlap are counted once; what stands between two chunks is a blank or two.
    overlap = max(0, min(first.end, last.end) - last.start) / max(1, last.end - last.start)
    tokens = first.tokens + round(last.tokens * (1 - overlap))
    ordinal, page = first.ordinal, first.page
    chunk = replace(better.chunk, start=start, end=end, text=text, tokens=tokens, ordinal=ordinal, page=page)
    return replace(better, chunk=chunk)


def _text(first: Chunk, last: Chunk, slices: Slices) -> str:
    if last.end <= first.end:
        return first.text
    if last.start <= first.end:
        return first.text + last.text[first.end - last.start :]
    return first.text + slices(first.document_id, first.end, last.start) + last.text


def _holds(text: str, start: int, chunk: Chunk) -> bool:
    return text[chunk.start - start : chunk.end - start] == chunk.text


def grown(passage: Passage, section: Sequence[Chunk], tokens: int, slices: Slices) -> Passage:
    """A passage grown by its neighbours of the same section, after it and before it by turns, to ``tokens`` at most.

    Args:
        passage: the one that was found.
        section: the chunks of its document; those under other headings are not looked at.
        tokens: what it may hold then; a neighbour that does not fit ends the growth on its side.
        slices: as for ``joined``.
    """
    order = sorted(section, key=lambda chunk: chunk.start)
    after = [chunk for chunk in order if chunk.start > passage.chunk.start]
    before = [chunk for chunk in reversed(order) if chunk.start < passage.chunk.start]
    sides = [after, before]
    while any(sides):
        for side in sides:
            if not side:
                continue
            both = _join(passage, replace(passage, chunk=side.pop(0)), slices)
            if both is None or both.chunk.tokens > tokens:
                side.clear()
            else:
                passage = both
    return passage
