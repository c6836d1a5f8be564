"""Which engine serves the dense leg: FAISS in files of this library, or a Milvus server that several machines share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from store.dense.leg import DenseLeg
from store.dense_index import DenseIndex, Kind
from store.reading import Reader
from store.space import Space

if TYPE_CHECKING:
    from store.dense.milvus import MilvusIndex


@dataclass(frozen=True, slots=True)
class Engine:
    """``kind`` is how vectors are searched, ``auto`` by their number; with ``milvus_uri`` they live in that Milvus.

    The URI is http://host:19530, or the path of a file for milvus-lite; the token is ``user:password`` or an API key.
    """

    kind: Kind = "auto"
    milvus_uri: str = ""
    milvus_token: str = field(default="", repr=False)

    def open(self, read: Reader, folder: Path, space: Space | None) -> DenseLeg:
        """The dense index of a collection; no server is asked before it is loaded."""
        if self.milvus_uri:
            return self._milvus(read, space)
        one = read.collection
        return DenseIndex(folder, embedder=one.embedder, dimension=one.dimension, space=space, kind=self.kind)

    def _milvus(self, read: Reader, space: Space | None) -> MilvusIndex:
        from store.dense.milvus import MilvusIndex
        from store.dense.milvus_server import Server, name_for

        return MilvusIndex(
            Server(self.milvus_uri, self.milvus_token), name_for(read), read.collection, space, self.kind
        )
