"""What compares a sentence with a passage in another language: the default embedder, where it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.meaning import EMBEDDER, MeaningWitness, Witness
from models.types import TokenEmbedder

if TYPE_CHECKING:
    from app.wiring import Library


def witness_of(library: Library) -> Witness | None:
    """A witness for one answer; None where another embedder is configured: its vectors were not measured.

    Raises WeightsMissing.
    """
    embedder = library.embedder
    if embedder.name != EMBEDDER or not isinstance(embedder, TokenEmbedder):
        return None
    return MeaningWitness(embedder)
