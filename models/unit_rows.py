"""Vectors from elsewhere made into what the index takes: the promised shape, finite, of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.types import ModelUnavailable, Vectors


def unit_rows(found: Sequence[Any], count: int, dimension: int, where: str) -> Vectors:
    """float32 of shape (count, dimension), rows of length 1. Raises ModelUnavailable naming ``where`` for all else."""
    try:
        vectors = np.asarray(found, dtype=np.float32)
    except (ValueError, TypeError) as exc:
        raise ModelUnavailable(f"{where} gave something that is no table of numbers: {exc}") from exc
    if vectors.shape != (count, dimension):
        raise ModelUnavailable(
            f"{where} gave vectors of shape {vectors.shape}, expected ({count}, {dimension}): correct the embedder's "
            "dimension in the settings"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ModelUnavailable(f"{where} gave a vector without a direction (zero or NaN)")
    unit: Vectors = vectors / lengths
    return unit
