"""A tokenizer for a process that reads little: of the pieces that its texts hold, not of all 250,000.

Its table (piece_table.py) is kept in the user's cache folder, made from the tokenizer.json whose sha256 was checked. A
text that names a special token, and everything beyond some pages, is left to the whole tokenizer.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.checked_files import recorded_digest
from models.kept_files import digest_of, keeps, load, save
from models.piece_table import FORMAT, PieceTable, table_of, unpacked

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHARACTERS = 60_000  # looked for in the table, over all calls; more take as long as reading all pieces
REBUILDS = 12  # of the small tokenizer, some milliseconds each
_NAME = "pieces"
log = logging.getLogger(__name__)


class FewPieces:
    """The small tokenizer of one tokenizer.json; it grows with the texts until it is not worth it any more."""

    def __init__(self, table: PieceTable) -> None:
        self._table = table
        self._known = np.array(table.fixed, np.int64)
        self._small, self._own = table.small(self._known)
        self._characters = self._rebuilt = 0

    def reading(self, texts: Sequence[str]) -> tuple[Tokenizer, list[int]] | None:
        """A tokenizer that cuts these texts as the whole one does, and the whole one's id for each of its ids.

        None, now and from then on, where the whole one is to be read. The texts hold no lone surrogates.
        """
        self._characters += sum(map(len, texts))
        marked = any(mark in text for text in texts for mark in self._table.marks)
        if marked or self._characters > CHARACTERS:
            return None
        normalizer = self._small.normalizer
        plain = (normalizer.normalize_str(text) if normalizer else text for text in texts)
        occurring = [self._table.occurring(text) for text in plain]
        needed = np.unique(np.concatenate([self._known, *occurring]))
        if len(needed) > len(self._known):
            self._rebuilt += 1
            if self._rebuilt > REBUILDS:
                return None
            self._known = needed
            self._small, self._own = self._table.small(needed)
        return self._small, self._own


def few_pieces(path: Path) -> FewPieces | None:
    """The small tokenizer of a tokenizer.json, where a table of it is kept."""
    key = _key(path)
    data = load(_NAME, key) if key else None
    return FewPieces(unpacked(data)) if data is not None else None


def keep_pieces(path: Path) -> bool:
    """Make and keep the table of a tokenizer.json, about a second; False where it is kept, or cannot be."""
    key = _key(path)
    if not key or not keeps() or load(_NAME, key) is not None:
        return False
    table = table_of(path.read_bytes())
    if table is None:
        log.info("%s has no table of pieces: it is not a plain Unigram", path)
        return False
    return save(_NAME, key, table.packed())


def _key(path: Path) -> str | None:
    """The digest of what a table is made from; None for a file that nobody has checked."""
    from importlib.metadata import version

    sha256 = recorded_digest(path)
    if sha256 is None:
        return None
    return digest_of((FORMAT, str(path.resolve()).encode(), sha256.encode(), version("tokenizers").encode()))
