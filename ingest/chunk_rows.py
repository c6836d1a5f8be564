"""Tables in small groups of rows, each under its header row; everything else as the recursive chunker cuts it.

A table that fits the budget is one passage otherwise, and its vector is a mean over all its rows: a question about one
of them finds it badly. The header stands in the span of a table's first group and is repeated for the others outside
of it, in ``Chunk.headings``, where it is embedded and searched (``store.rows.passage_text``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ingest.chunking import SMALLEST, Material, Piece, pack, pieces
from ingest.types import BlockKind

SHARE = 4  # a group of rows holds up to this part of the budget: 1/4; a single row may fill all of it


def row_groups(material: Material) -> list[list[Piece]]:
    """The pieces of a document in groups: prose packed to the budget, table rows to a quarter of it."""
    parts = pieces(
        material.text, material.blocks, material.counter, material.budget, apart=frozenset({BlockKind.TABLE})
    )  # fmt: skip
    groups: list[list[Piece]] = []
    for table, run in _runs(parts):
        groups += _rows(run, material.budget) if table else pack(iter(run), material.budget, SMALLEST)
    return groups


def _runs(parts: Iterable[Piece]) -> Iterator[tuple[bool, list[Piece]]]:
    """Consecutive pieces of tables, or of anything else; headings go with what follows them."""
    run: list[Piece] = []
    above: list[Piece] = []
    table = False
    for piece in parts:
        if piece.heading:
            above.append(piece)
            continue
        if run and bool(piece.row) != table:
            yield table, run
            run = []
        table = bool(piece.row)
        run += [*above, piece]
        above = []
    if run or above:
        yield table, run + above


def _rows(run: Sequence[Piece], budget: int) -> Iterator[list[Piece]]:
    """Groups of rows; a heading and a table's first row, its header, open one and take no part of its share."""
    group: list[Piece] = []
    tokens = rows = 0
    for piece in run:
        opens = piece.heading or piece.row == 1
        full = rows and rows + piece.tokens > budget // SHARE
        if group and (tokens + piece.tokens > budget or full or (opens and rows)):
            yield group
            group, tokens, rows = [], 0, 0
        group.append(piece)
        tokens += piece.tokens
        rows += 0 if opens else piece.tokens
    if group:
        yield group
