"""Blocks → chunks: exact spans, cut where a reader would pause, within a budget of the embedder's own tokens.

A block that fits stays whole; a longer one is cut at sentence ends, table rows or code lines, then at commas and
blanks, at last between tokens. Pieces are packed in reading order; a heading starts a new chunk and is never left
behind at the end of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from ingest.assemble import PlacedBlock
from ingest.types import BlockKind
from models.types import TokenCounter, Vectors
from store.types import Chunk, Document, chunk_id

VERSION = "recursive-1"
BUDGET = 220  # tokens; four passages and the worked examples then fit a prompt that a CPU reads in seconds
SMALLEST = 48  # tokens; a section below this goes on with the next one

_SENTENCE_END = re.compile(r"""[。！？!?；;…]+["'”’」』）)\]】]*|\.["'”’)\]]*(?=\s)|\n+""")
_PAUSE = re.compile(r"[，,、：:]|\s+")
_LINE_END = re.compile(r"\n+")
_LONGEST_PIECE = 2_000  # characters; what is longer has no pause at all and is cut before it is tokenized


Embed = Callable[[Sequence[str]], Vectors]
"""Texts → unit vectors, as ``Embedder.embed_passages``."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is cut: a document's text and blocks, the counter and the budget in its tokens, and the embedder if any."""

    text: str
    blocks: Sequence[PlacedBlock]
    counter: TokenCounter
    budget: int
    embed: Embed | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block that is not cut further.

    ``headings`` is the path it stands under, its own text included when it is a heading itself; ``context`` the header
    row of the table that it continues; ``row`` numbers the parts of a table from 1, 0 is for all that is none.
    """

    start: int
    end: int
    tokens: int
    headings: tuple[str, ...]
    page: int | None
    heading: bool = False
    context: str = ""
    row: int = 0


def chunk(
    document: Document,
    blocks: Sequence[PlacedBlock],
    counter: TokenCounter,
    budget: int = BUDGET,
    *,
    smallest: int = SMALLEST,
    version: str = "",
) -> tuple[Chunk, ...]:
    """The chunks of a document in reading order; none holds more than ``budget`` tokens.

    For each, ``document.text[start:end] == text``; together they hold every block. A section of fewer than ``smallest``
    tokens goes on with the next one.
    """
    groups = list(pack(pieces(document.text, blocks, counter, budget), budget, smallest))
    return to_chunk(document, groups, counter, version or f"{VERSION}:{budget}")


def to_chunk(
    document: Document, groups: Sequence[Sequence[Piece]], counter: TokenCounter, version: str
) -> tuple[Chunk, ...]:
    """Groups of consecutive pieces as chunks; ``version`` names the chunker and its budget."""
    counts = counter.count([document.text[group[0].start : group[-1].end] for group in groups])
    return tuple(
        _chunk(document, ordinal, group, tokens, version)
        for ordinal, (group, tokens) in enumerate(zip(groups, counts, strict=True))
    )


def _chunk(document: Document, ordinal: int, group: Sequence[Piece], tokens: int, version: str) -> Chunk:
    start, end = group[0].start, group[-1].end
    # The first text below the headings that open the chunk says under which headings it stands.
    body = next((piece for piece in group if not piece.heading), group[-1])
    return Chunk(
        id=chunk_id(document.id, start, end, version),
        document_id=document.id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=document.text[start:end],
        page=group[0].page,
        headings=(*body.headings, body.context) if body.context else body.headings,
        tokens=tokens,
    )


def pieces(
    text: str, blocks: Sequence[PlacedBlock], counter: TokenCounter, budget: int, *, apart: Collection[BlockKind] = ()
) -> Iterator[Piece]:
    """The blocks in reading order, each whole where it fits the budget.

    Blocks of the kinds in ``apart`` are cut all the same: into sentences, rows or lines. Headings never are.
    """
    path: list[tuple[int, str]] = []
    room = budget  # what the headings right above leave, so that the first piece of a block stands in their chunk
    counts = counter.count([text[block.start : block.end] for block in blocks])
    for block, tokens in zip(blocks, counts, strict=True):
        heading = block.kind is BlockKind.HEADING and tokens <= budget // 2  # a longer one is a paragraph in bold
        if heading:
            path = [(level, title) for level, title in path if level < block.level]
            path.append((block.level, " ".join(text[block.start : block.end].split())))
        headings = tuple(title for _, title in path)
        row = int(block.kind is BlockKind.TABLE)
        whole = Piece(block.start, block.end, tokens, headings, block.page, heading, row=row)
        fits = tokens <= room and block.end - block.start <= _LONGEST_PIECE and (heading or block.kind not in apart)
        yield from [whole] if fits else _cut(whole, block.kind, text, counter, room)
        room = max(budget // 2, room - tokens) if heading else budget


def _cut(whole: Piece, kind: BlockKind, text: str, counter: TokenCounter, budget: int) -> Iterator[Piece]:
    """A block over the budget as smaller pieces: the first separator that helps, then the next."""
    rows = kind in (BlockKind.TABLE, BlockKind.CODE)
    separators = (_LINE_END, _PAUSE) if rows else (_SENTENCE_END, _PAUSE)
    context = text[whole.start : whole.end].split("\n", 1)[0] if kind is BlockKind.TABLE else ""
    if context and counter.count([context])[0] > budget // 4:
        context = ""  # a header row that would fill the chunks it explains
    parts = _split(text, whole.start, whole.end, separators, counter, budget)
    for number, (start, end, tokens) in enumerate(parts, start=1):
        above, row = context if start > whole.start else "", number if whole.row else 0
        yield Piece(start, end, tokens, whole.headings, whole.page, context=above, row=row)


def _split(
    text: str, start: int, end: int, separators: Sequence[re.Pattern[str]], counter: TokenCounter, budget: int
) -> Iterator[tuple[int, int, int]]:
    """(start, end, tokens) of the parts."""
    if not separators:
        cuts = list(_hard_cut(text, start, end, counter, budget))
        counts = counter.count([text[a:b] for a, b in cuts])
        yield from ((a, b, tokens) for (a, b), tokens in zip(cuts, counts, strict=True))
        return
    parts = list(_between(text, start, end, separators[0]))
    counts = counter.count([text[a:b][:_LONGEST_PIECE] for a, b in parts])
    for (a, b), tokens in zip(parts, counts, strict=True):
        if tokens <= budget and b - a <= _LONGEST_PIECE:
            yield a, b, tokens
        else:
            yield from _split(text, a, b, separators[1:], counter, budget)


def _between(text: str, start: int, end: int, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Spans that end after each separator; blanks at either side belong to no span."""
    position = start
    for match in separator.finditer(text, start, end):
        yield from _stripped(text, position, match.end())
        position = match.end()
    yield from _stripped(text, position, end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _hard_cut(text: str, start: int, end: int, counter: TokenCounter, budget: int) -> Iterator[tuple[int, int]]:
    """Cut between tokens: no pause was found in more than a budget of text."""
    for slab in range(start, end, _LONGEST_PIECE):
        slab_end = min(slab + _LONGEST_PIECE, end)
        offsets = counter.offsets(text[slab:slab_end])
        # A tokenizer may count a token more when the cut piece stands alone, so one place is left free.
        step = max(1, budget - 1)
        starts = [offsets[i][0] for i in range(0, len(offsets), step)] or [0]
        starts[0] = 0
        for a, b in zip(starts, [*starts[1:], slab_end - slab], strict=True):
            yield from _stripped(text, slab + a, slab + b)


def pack(parts: Iterator[Piece], budget: int, smallest: int) -> Iterator[list[Piece]]:
    """Consecutive pieces in groups within the budget."""
    group: list[Piece] = []
    tokens = above = 0  # of the group, and of the headings at its end
    for piece in parts:
        full = tokens + piece.tokens > budget
        section = piece.heading and tokens - above >= smallest
        if full or section:
            kept = _trailing_headings(group)
            while kept and above + piece.tokens > budget:
                above -= kept.pop(0).tokens
            if len(kept) < len(group):
                yield group[: len(group) - len(kept)]
            group, tokens = kept, above
        group.append(piece)
        tokens += piece.tokens
        above = above + piece.tokens if piece.heading else 0
    if group:
        yield group


def level(groups: Sequence[list[Piece]], budget: int) -> Iterator[list[Piece]]:
    """The same pieces in as many groups, those between two headings of about equal length.

    Packing greedily leaves a short rest behind every long passage, and embedders rank short texts too high. Groups that
    cannot be levelled within the budget stay as they are.
    """
    run: list[list[Piece]] = []
    for group in groups:
        if run and group[0].heading:
            yield from _levelled(run, budget)
            run = []
        run.append(group)
    yield from _levelled(run, budget)


def _levelled(run: list[list[Piece]], budget: int) -> list[list[Piece]]:
    pieces = [piece for group in run for piece in group]
    share = sum(piece.tokens for piece in pieces) / max(1, len(run))
    if not share:  # nothing but punctuation that no tokenizer counts
        return run
    bins: list[list[Piece]] = [[] for _ in run]
    before = 0
    for piece in pieces:
        # A heading goes with what follows it, so it is placed by where its own text ends.
        middle = before + (piece.tokens if piece.heading else piece.tokens / 2)
        bins[min(len(run) - 1, int(middle / share))].append(piece)
        before += piece.tokens
    fits = all(one and sum(piece.tokens for piece in one) <= budget and not one[-1].heading for one in bins)
    return bins if fits else run


def _trailing_headings(group: list[Piece]) -> list[Piece]:
    """The headings at the end of a group, which belong to what follows."""
    first = len(group)
    while first and group[first - 1].heading:
        first -= 1
    return group[first:]
