"""What an answer is given for a small chunk that was found: the sentences around it, or its parent.

Small passages are found more precisely, larger ones answer better, so what is searched and what is read may differ.
Sentence windows and parents are known from LlamaIndex (SentenceWindowNodeParser) and LangChain
(ParentDocumentRetriever), which keep the larger text beside every small one; here it is computed from the chunks of the
document, so that nothing is stored twice and a citation still leads to characters of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from retrieval.neighbours import Slices
from retrieval.types import Passage
from store.types import Chunk

REACH = 3  # sentences on either side of the one that was found, as in SentenceWindowNodeParser
SHORT = 48  # tokens; a section below this shares its parent with the next one, as the chunker does

Expand = Callable[[Passage], Passage]
"""A passage that was found → the one that an answer is given, which holds it."""


def window(passage: Passage, chunks: Sequence[Chunk], tokens: int, slices: Slices, reach: int = REACH) -> Passage:
    """The passage with up to ``reach`` chunks of its section on either side, ``tokens`` together at most.

    Args:
        passage: the one that was found.
        chunks: those of its document in reading order.
        tokens: what it may hold then; the nearer neighbour comes first, and the one after before the one before.
        slices: gives the text; where it is not what the spans say, the passage stays as it is.
        reach: how many on a side.
    """
    place = _place(passage, chunks)
    if place is None:
        return passage
    first = last = place
    spent, sides = chunks[place].tokens, {1, -1}
    for distance in range(1, reach + 1):
        for step in (1, -1):
            at = place + step * distance
            inside = 0 <= at < len(chunks) and chunks[at].headings == chunks[place].headings
            if step in sides and inside and spent + chunks[at].tokens <= tokens:
                first, last, spent = min(first, at), max(last, at), spent + chunks[at].tokens
            else:
                sides.discard(step)
    return _over(passage, chunks[first : last + 1], slices)


def parent(passage: Passage, chunks: Sequence[Chunk], tokens: int, slices: Slices) -> Passage:
    """The parent of the passage: the same for all its children, whichever of them was found.

    Args: as for ``window``.
    """
    place = _place(passage, chunks)
    if place is None:
        return passage
    for group in parents(chunks, tokens):
        if group[0].start <= chunks[place].start <= group[-1].start:
            return _over(passage, group, slices)
    return passage


def parents(chunks: Iterable[Chunk], tokens: int) -> Iterator[list[Chunk]]:
    """Consecutive chunks in groups of up to ``tokens`` tokens; a section that is not short has groups of its own."""
    group: list[Chunk] = []
    spent = 0
    for chunk in chunks:
        if group and (spent + chunk.tokens > tokens or (spent >= SHORT and _opens_section(chunk))):
            yield group
            group, spent = [], 0
        group.append(chunk)
        spent += chunk.tokens
    if group:
        yield group


def expanded(passages: Iterable[Passage], expand: Expand) -> Iterator[Passage]:
    """The passages in order, each as ``expand`` makes it; one that stands whole in an earlier one is left out."""
    taken: list[Chunk] = []
    for passage in passages:
        larger = expand(passage)
        if not any(_inside(larger.chunk, one) for one in taken):
            taken.append(larger.chunk)
            yield larger


def _opens_section(chunk: Chunk) -> bool:
    """Whether the chunk begins with its heading: those that go on under it do not say it again."""
    longest = max(map(len, chunk.headings), default=0)
    opening = " ".join(chunk.text[: 2 * longest + 16].split())
    return any(opening.startswith(heading) for heading in chunk.headings)


def _place(passage: Passage, chunks: Sequence[Chunk]) -> int | None:
    wanted = passage.chunk.id
    return next((place for place, chunk in enumerate(chunks) if chunk.id == wanted), None)


def _over(passage: Passage, group: Sequence[Chunk], slices: Slices) -> Passage:
    """The passage over the span of a group of chunks, under the id of the one that was found."""
    start, end = group[0].start, group[-1].end
    found = passage.chunk
    text = slices(found.document_id, start, end)
    if len(text) != end - start or text[found.start - start : found.end - start] != found.text:
        return passage
    tokens, page = sum(chunk.tokens for chunk in group), group[0].page
    # A group may begin with a section's heading and go on in the next one: it stands where its first text stands.
    chunk = replace(
        found, start=start, end=end, text=text, tokens=tokens, page=page,
        ordinal=group[0].ordinal, headings=group[0].headings,
    )  # fmt: skip
    return replace(passage, chunk=chunk)


def _inside(one: Chunk, other: Chunk) -> bool:
    return one.document_id == other.document_id and other.start <= one.start and one.end <= other.end
