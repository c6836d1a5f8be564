"""One sentence a chunk, under its headings: what ``sentence`` and ``window`` search.

The cuts are those that long blocks are cut by, which end at every full stop. A piece that a full stop does not end (the
number of a list item, an abbreviation, an initial) goes on with the next one here, so that no chunk is a bare number.
"""

from __future__ import annotations

import re

from ingest.chunking import Material, Piece, pieces
from ingest.types import BlockKind

_NUMBER = re.compile(r"[(（]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)）]$")  # of a list item, at the beginning of its line
_SHORT = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Mrs?|Ms|Dr|Prof|St|Jr|Sr|vs|cf|al|ca|approx|e\.g|i\.e|Nos?|Figs?|Eqs?|Secs?|Ch|pp?|Vol)\.$"
)


def sentence_groups(material: Material) -> list[list[Piece]]:
    """The pieces of a document in groups: headings with the sentence below them, else a sentence each."""
    groups: list[list[Piece]] = []
    spent = 0
    apart = frozenset(BlockKind)
    for piece in pieces(material.text, material.blocks, material.counter, material.budget, apart=apart):
        last = groups[-1][-1] if groups else None
        joins = last is not None and (last.heading or _goes_on(material.text, last, piece))
        if joins and spent + piece.tokens <= material.budget:
            groups[-1].append(piece)
            spent += piece.tokens
        else:
            groups.append([piece])
            spent = piece.tokens
    return groups


def _goes_on(text: str, last: Piece, piece: Piece) -> bool:
    """Whether no sentence ends between two pieces of one line."""
    if piece.heading or last.row or "\n" in text[last.end : piece.start]:
        return False
    opens_line = last.start == 0 or text[last.start - 1] == "\n"
    if opens_line and _NUMBER.match(text, last.start, last.end):
        return True
    return _SHORT.search(text[max(last.start, last.end - 12) : last.end]) is not None
