"""Compressed vectors by place, which find candidates quickly: an inverted file of product codes, or a graph.

ivf   cells around k-means centres (Jégou, Douze & Schmid 2011, Product Quantization for Nearest Neighbor Search) with
      4-bit codes of two dimensions each, compared in registers (André, Kermarrec & Le Scouarnec 2015, Cache locality is
      not enough; FAISS "PQ..x4fs"): 1/16 of the vectors' size
hnsw  a navigable graph (Malkov & Yashunin 2018) over 8-bit values: 1/4 of the vectors' size and the links

Every constant was measured with 122,000 passages of the embedder and 200 questions (bench/dense_engines.py). Candidates
are ranked again by their whole vectors, so that codes only decide who is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["ivf", "hnsw"]
PROBED = 0.37  # share of the cells that are looked into: recall@10 .999; .18 gives .993, all give 1.0
LINKS = 16
EF_CONSTRUCTION = 100  # below it recall of a million vectors falls to .8
TRAINED_BY = 64  # vectors for each cell, of which the centres are learnt
_MOST_CELLS = 4096


def cells_for(count: int) -> int:
    """How many cells an inverted file of ``count`` vectors has: √n, a cell then has √n too."""
    return max(1, min(_MOST_CELLS, round(float(np.sqrt(count)))))


class Codes:
    """A FAISS index whose ids are places."""

    def __init__(self, kind: Kind, index: Any) -> None:
        self.kind: Kind = kind
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def trained(cls, kind: Kind, sample: NDArray[np.float32], expected: int) -> Codes:
        """Codes for about ``expected`` vectors, learnt from a sample of them, of shape (n, dimension)."""
        import faiss

        dimension = sample.shape[1]
        if kind == "hnsw":
            form: Any = faiss.ScalarQuantizer.QT_8bit  # the stubs know one of the constructors
            index: Any = faiss.IndexHNSWSQ(dimension, form, LINKS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = EF_CONSTRUCTION
        else:
            parts = dimension // 2 if dimension % 2 == 0 else dimension
            cells = min(cells_for(expected), len(sample))
            index = faiss.index_factory(dimension, f"IVF{cells},PQ{parts}x4fs", faiss.METRIC_INNER_PRODUCT)
            # Codes of what is left of a vector without its cell's centre: recall@100 .990 instead of .973.
            index.by_residual = True
            # No word on standard output or error where a small collection has fewer examples than FAISS would like.
            index.cp.min_points_per_centroid = index.pq.cp.min_points_per_centroid = 1
        index.train(sample)
        return cls(kind, index)

    def add(self, vectors: NDArray[np.float32], first: int) -> None:
        """Hold vectors under the places from ``first`` on, the next that are given out."""
        if self.kind == "ivf":  # by itself it would count from what it holds, which is fewer once some were forgotten
            self._index.add_with_ids(vectors, np.arange(first, first + len(vectors)))
        else:
            self._index.add(vectors)

    def forget(self, places: NDArray[np.int64]) -> None:
        """Remove the codes of places; a graph cannot, there they have to be kept out of every search."""
        if self.kind == "ivf" and len(places):
            self._index.remove_ids(places)

    def search(
        self, query: NDArray[np.float32], depth: int, bits: NDArray[np.uint8] | None, share: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """At most ``depth`` places, likely the nearest, and how near their codes are, best first.

        ``bits`` are the places that may be returned; ``share`` multiplies how much of the index is looked at.
        """
        import faiss

        wrapped: Any = faiss
        options = {} if bits is None else {"sel": wrapped.IDSelectorBitmap(bits)}
        if self.kind == "hnsw":
            settings = wrapped.SearchParametersHNSW(efSearch=depth, **options)
        else:
            probed = int(np.ceil(min(1.0, PROBED * share) * self._index.nlist))
            settings = wrapped.SearchParametersIVF(nprobe=probed, **options)
        near, places = self._index.search(np.ascontiguousarray(query[None], np.float32), depth, params=settings)
        found = places[0] >= 0
        return places[0][found], near[0][found]

    def write(self, out: Callable[[bytes], object]) -> None:
        """Give everything it holds to ``out``, a piece at a time."""
        import faiss

        writers: Any = faiss  # the stubs do not know it
        faiss.write_index(self._index, writers.PyCallbackIOWriter(out))

    @classmethod
    def restore(cls, kind: Kind, data: memoryview) -> Codes:
        """What ``write`` gave. Raises RuntimeError for bytes that are no index."""
        import faiss

        return cls(kind, faiss.deserialize_index(np.frombuffer(data, np.uint8)))
