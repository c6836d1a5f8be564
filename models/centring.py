"""Takes out of an embedding what all texts of its language share.

The vectors of e5 lie in a narrow cone: they have a common part, one for each language and another for questions than
for passages, and that part alone decides between a short and a long passage, or between a Chinese and an English one.
Subtracting the mean of a language and taking the length back to 1 is the centring of Mu & Viswanath 2018, "All-but-the-
Top" (https://arxiv.org/abs/1702.01417, section 2), language by language as Libovický, Rosa & Fraser 2020 do it
(https://arxiv.org/abs/2004.05160, section 4). The means are constants of the model, not of a collection: a vector never
has to be computed anew because other documents came, and the catalogue keeps the vectors as the model gave them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.catalogue import DEFAULT_EMBEDDER
from models.types import Vectors

STRENGTH = 0.7  # share of the mean that is taken away; chosen on dev (docs/quality.md)
FILES = {DEFAULT_EMBEDDER: "e5_small_centre.npz"}  # means by embedder, made by bench/centring.py


@dataclass(frozen=True, slots=True, eq=False)
class Centring:
    """What is subtracted: one row of shape (dimension,) a language code, for passages and for questions.

    ``name`` stands in the manifest of an index, so that one that was built without it, or with another, is built anew.
    """

    name: str
    of_passages: Mapping[str, NDArray[np.float32]]
    of_questions: Mapping[str, NDArray[np.float32]]

    def passages(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Unit rows of shape (n, dimension) from unit rows; ``languages`` has a code a row."""
        return _unit(vectors - np.stack([self.of_passages[each] for each in languages])) if len(vectors) else vectors

    def question(self, vector: NDArray[np.float32], language: str) -> NDArray[np.float32]:
        """A unit row of shape (dimension,) from one."""
        return _unit(vector - self.of_questions[language])


@cache
def centring_of(embedder: str) -> Centring | None:
    """The centring measured for a model, by the model's name; None where none was."""
    if embedder not in FILES:
        return None
    with np.load(Path(__file__).with_name(FILES[embedder])) as means:
        kept = {name: STRENGTH * means[name].astype(np.float32) for name in means.files}
        languages = [name.removeprefix("passages_") for name in means.files if name.startswith("passages_")]
    return Centring(
        name=f"centred-1:{STRENGTH}",
        of_passages={each: kept[f"passages_{each}"] for each in languages},
        of_questions={each: kept[f"questions_{each}"] for each in languages},
    )


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
