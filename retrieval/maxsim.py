"""Late interaction over the embedder's own token vectors: each word of the question finds its best match."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.types import TokenEmbedder
from store.types import text_id

MEMORY_BYTES = 256 << 20  # passages that are kept: 1,500 of 220 tokens and 384 numbers

Rows = NDArray[np.float16]


class MaxSim:
    """A Reranker: the mean over the question's tokens of the largest cosine to a passage token.

    Khattab & Zaharia 2020, https://arxiv.org/abs/2004.12832, section 3.3, there a sum. A passage's token vectors are
    kept in memory as float16 by the hash of its text, the least recently used given up beyond ``memory_bytes``; scores
    are computed from the rounded vectors whether they were kept or not. May be used from several threads.
    """

    name = "maxsim"

    def __init__(self, embedder: TokenEmbedder, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._embedder = embedder
        self._room = memory_bytes
        self._kept: OrderedDict[str, Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Scores in [-1, 1], one a text; -1 where question or text has no token."""
        asked = self._embedder.embed_tokens([question], query=True)[0]
        return [_maxsim(asked, passage.astype(np.float32)) for passage in self._vectors(texts)]

    def _vectors(self, texts: Sequence[str]) -> list[Rows]:
        """The token vectors of every text, computed together where they are not kept."""
        names = [text_id(text) for text in texts]
        with self._lock:
            found = {name: self._kept[name] for name in names if name in self._kept}
            for name in found:
                self._kept.move_to_end(name)
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in found}
        computed = self._embedder.embed_tokens(list(missing.values())) if missing else []
        for name, rows in zip(missing, computed, strict=True):
            found[name] = rows.astype(np.float16)
            self._keep(name, found[name])
        return [found[name] for name in names]

    def _keep(self, name: str, rows: Rows) -> None:
        with self._lock:
            if rows.nbytes > self._room or name in self._kept:
                return
            self._kept[name] = rows
            self._bytes += rows.nbytes
            while self._bytes > self._room:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _maxsim(asked: NDArray[np.float32], passage: NDArray[np.float32]) -> float:
    if not len(asked) or not len(passage):
        return -1.0
    return float((asked @ passage.T).max(axis=1).mean())
