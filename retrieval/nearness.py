"""A passage's nearness to the question, with that of the passages right before and after it.

The best of many passages of a document is near by chance, and more so when the cut left a short rest; what stands
beside the right place is usually about it too. So a passage scores (1 - SHARE) of its own cosine and SHARE of the mean
of its own and its neighbours', each weighed by its tokens: passage and document evidence combined as by Callan 1994
("Passage-level evidence in document retrieval", SIGIR), with a window instead of the document, so that a book is no
farther away than a note. SHARE was chosen on dev (docs/quality.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.types import Hit, Ranking
from store.shelf import Shelf

SHARE = 0.3
BEST = 100  # hits that are looked at with their neighbours; those behind stay behind, in their order


def with_neighbours(
    shelf: Shelf, vector: NDArray[np.float32], hits: Sequence[tuple[int, float]], share: float = SHARE
) -> Ranking:
    """Hits of the dense leg (key, cosine), best first, ordered anew; ``vector`` is what they were searched with."""
    own = dict(hits[:BEST])
    near = shelf.beside(list(own))
    keys, rows = shelf.vectors(sorted({other for _, other, _ in near} - own.keys()))
    cosines = own | dict(zip(keys.tolist(), (rows @ vector).tolist(), strict=True))
    weighed: dict[int, float] = defaultdict(float)
    tokens: dict[int, int] = defaultdict(int)
    for key, other, count in near:
        if other in cosines:  # deleted meanwhile, or not
            weighed[key] += count * cosines[other]
            tokens[key] += count
    scores = {
        key: (1 - share) * score + share * weighed[key] / tokens[key] if tokens[key] else score
        for key, score in own.items()
    }
    best = sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
    last = best[-1][1] if best else 0.0
    return tuple(Hit(*hit) for hit in best) + tuple(Hit(key, min(score, last)) for key, score in hits[BEST:])
