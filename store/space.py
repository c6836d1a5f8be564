"""What an index does to a model's vectors before it compares them: a seam, so that the store knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Space(Protocol):
    """Unit vectors to unit vectors of the same length; ``name`` changes whenever the mapping does.

    The catalogue keeps vectors as the model gave them, so another space costs a rebuild of the index and no embedding.
    """

    @property
    def name(self) -> str:
        """Stands in the manifest of the index."""
        ...

    def passages(self, vectors: NDArray[np.float32], languages: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows of shape (n, dimension); ``languages`` has the language of each text, zh or en."""
        ...

    def question(self, vector: NDArray[np.float32], language: str) -> NDArray[np.float32]:
        """A unit row of shape (dimension,)."""
        ...
