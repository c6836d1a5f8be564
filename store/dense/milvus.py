"""The dense leg in Milvus: one Milvus collection for each collection and generation of the library.

A row is a catalogue key and its vector. One more row, of key −1, says what the collection is and at which change it
stands; it is written after the rows of that change, so a run that was stopped in between is done again, which changes
nothing. Whatever is missing or says something else is dropped and built from the catalogue.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.dense.leg import IndexDamaged, Look, best, check_query
from store.dense.milvus_server import Server
from store.dense_index import Kind
from store.filters import Allowed
from store.reading import Delta, Reader
from store.rows import Collection
from store.space import Space

FORMAT = 1
MARKER = -1
BATCH_BYTES = 16_000_000  # of vectors in a call; a server takes 64 MB
LISTED = 10_000  # keys in one expression
RANGES = 50  # ranges of keys in one expression
DEEPEST = 16_384  # results a server gives
_KEYS = f"key > {MARKER}"
_BUILT: dict[Kind, tuple[str, dict[str, int]]] = {
    "flat": ("FLAT", {}),
    "hnsw": ("HNSW", {"M": 16, "efConstruction": 200}),
    "ivf": ("IVF_FLAT", {"nlist": 1024}),
}
log = logging.getLogger(__name__)


class MilvusIndex:
    """Vectors by catalogue key on a server; ``sequence`` is the change it stands at, 0 when it is empty."""

    def __init__(self, server: Server, name: str, collection: Collection, space: Space | None, kind: Kind) -> None:
        self.server, self.name, self.space = server, name, space
        # milvus-lite walks over all rows whatever index there is (pymilvus 3.0, milvus-lite 3.2)
        self.kind: Kind = kind if kind != "auto" else "flat" if server.lite else "hnsw"
        self.dimension = collection.dimension
        self.embedder = collection.embedder if space is None else f"{collection.embedder} {space.name}"
        self.sequence = self.published = 0  # the server keeps every change when it has been applied

    def __len__(self) -> int:
        rows = self.server("query", self.name, filter=_KEYS, output_fields=["count(*)"], consistency_level="Strong")
        return int(rows[0]["count(*)"])

    def __repr__(self) -> str:
        return f"the dense index {self.name} in Milvus at {self.server.uri}"

    def apply(self, delta: Delta, read: Reader) -> None:
        """Drop and add what ``delta`` says, and stand at its number. Doing it twice changes nothing."""
        self._delete(delta.removed)
        size = max(1, BATCH_BYTES // (4 * self.dimension))
        for batch in _batches(delta.added, min(size, 10_000)):
            keys, vectors = read.vectors(batch)
            if self.space is not None:
                vectors = self.space.passages(vectors, read.written_in(keys.tolist()))
            rows = [{"key": key, "vector": row} for key, row in zip(keys.tolist(), vectors, strict=True)]
            if rows:
                self.server("upsert", self.name, rows)
            self._delete(sorted(set(batch) - set(keys.tolist())))
        said = {"format": FORMAT, "embedder": self.embedder, "dimension": self.dimension, "kind": self.kind}
        state = json.dumps(said | {"sequence": delta.sequence})
        nowhere = np.zeros(self.dimension, np.float32)
        self.server("upsert", self.name, [{"key": MARKER, "vector": nowhere, "state": state}])
        self.sequence = self.published = delta.sequence

    def clear(self) -> None:
        """Start from nothing, for a rebuild."""
        from pymilvus import DataType, MilvusClient

        self.drop()
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=True)
        schema.add_field("key", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimension)
        index = MilvusClient.prepare_index_params()
        form, settings = _BUILT[self.kind]
        index.add_index("vector", index_type=form, metric_type="IP", params=settings)
        self.server("create_collection", self.name, schema=schema, index_params=index, consistency_level="Strong")

    @property
    def there(self) -> bool:
        """Whether the server has it: one that then cannot be loaded is damaged, not new."""
        return bool(self.server("has_collection", self.name))

    def load(self) -> bool:
        """Take the state on the server; False when there is none that can be trusted."""
        if not self.server("has_collection", self.name):
            return False
        fields = {field["name"]: field for field in self.server("describe_collection", self.name)["fields"]}
        if set(fields) != {"key", "vector"} or int(fields["vector"]["params"]["dim"]) != self.dimension:
            log.warning("%s is not ours: it is rebuilt", self)
            return False
        try:
            self.server("load_collection", self.name)
        except IndexDamaged as exc:
            log.warning("%s: it is rebuilt", exc)
            return False
        return self.reload()

    def reload(self) -> bool:
        """See what another process did; False when the marker is not there or says something else."""
        try:
            rows = self.server("query", self.name, ids=[MARKER], output_fields=["state"], consistency_level="Strong")
            said = json.loads(rows[0]["state"]) if rows else {}
            wanted = (FORMAT, self.embedder, self.dimension, self.kind)
            theirs = tuple(said.get(name) for name in ("format", "embedder", "dimension", "kind"))
            if theirs == wanted:
                self.sequence = self.published = int(said["sequence"])
                return True
            told = f"it is {theirs}, wanted {wanted}"
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            told = f"its marker cannot be read: {exc}"
        except IndexDamaged as exc:
            told = str(exc)
        log.warning("%s cannot be used (%s): it is rebuilt", self, told)
        return False

    def publish(self) -> None:
        """Nothing to do: the server has acknowledged every change."""

    def drop(self) -> None:
        """Remove the collection from the server."""
        self.sequence = self.published = 0
        if self.server("has_collection", self.name):
            self.server("drop_collection", self.name)

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        options = {"batch_size": LISTED, "filter": _KEYS, "output_fields": ["key"], "consistency_level": "Strong"}
        walk, found = self.server("query_iterator", self.name, **options), list[int]()
        while batch := walk.next():
            found += [int(row["key"]) for row in batch]
        walk.close()
        return np.sort(np.array(found, np.int64))

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of keys it holds, ascending. Raises IndexDamaged."""
        found: dict[int, Any] = {}
        for batch in _batches(keys, max(1, min(1000, BATCH_BYTES // (4 * self.dimension)))):
            options = {"output_fields": ["key", "vector"], "consistency_level": "Strong"}
            rows = self.server("query", self.name, ids=list(batch), **options)
            found |= {int(row["key"]): row["vector"] for row in rows}
        if missing := set(keys) - set(found):
            raise IndexDamaged(f"{self} does not give the vector of {min(missing)}")
        return np.array([found[key] for key in sorted(found)], np.float32).reshape(len(found), self.dimension)

    def held(self, keys: Sequence[int]) -> None:
        """The catalogue has them as near as a server has."""

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:  # fmt: skip
        """The ``k`` nearest (key, cosine), sorted by (-cosine, key); ``allowed`` as for every dense leg."""
        check_query(query, self.dimension)
        k = min(k, DEEPEST - 2)
        if k < 1:
            return []
        expressions = [""] if allowed is None else expressions_for(allowed.keys)
        hits = [hit for expression in expressions for hit in self._nearest(query, k, expression)]
        keys, scores = ([hit[place] for hit in hits] for place in (0, 1))
        return best(np.array(keys, np.int64), np.array(scores, np.float32), k)

    def searches(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """What ``search`` gives for each look."""
        return [self.search(query, look.k, look.allowed) for look in looks]

    def _nearest(self, query: NDArray[np.float32], k: int, expression: str) -> list[tuple[int, float]]:
        depth = k + 2  # the marker may be among them, and one more shows whether the last place is shared
        while True:
            depth = min(depth, DEEPEST)
            rows = self.server("search", self.name, data=[query.tolist()], limit=depth, filter=expression,
                               output_fields=["key"], search_params=self._params(depth),
                               consistency_level="Strong")[0]  # fmt: skip
            # A server of version 2.3 calls the key of a hit "id".
            hits = [(int(row.get("key", row.get("id"))), float(row["distance"])) for row in rows]
            found = [hit for hit in hits if hit[0] != MARKER]
            if len(rows) < depth or depth == DEEPEST or found[-1][1] < found[k - 1][1]:
                return found
            depth *= 2

    def _params(self, depth: int) -> dict[str, Any]:
        looked: dict[Kind, dict[str, int]] = {"hnsw": {"ef": min(32_768, max(400, 4 * depth))}, "ivf": {"nprobe": 380}}
        return {"metric_type": "IP", "params": looked.get(self.kind, {})}

    def _delete(self, keys: Sequence[int]) -> None:
        for batch in _batches(keys, LISTED):
            self.server("delete", self.name, ids=list(batch))


def expressions_for(keys: NDArray[np.int64]) -> list[str]:
    """Filters that together let exactly these keys through, ascending, each key in one of them.

    The chunks of a document have neighbouring keys, so a few ranges often say it.
    """
    if not len(keys):
        return []
    runs = np.split(keys, np.flatnonzero(np.diff(keys) != 1) + 1)
    if len(runs) <= RANGES:
        return [" or ".join(f"(key >= {run[0]} and key <= {run[-1]})" for run in runs)]
    return [f"key in [{','.join(map(str, batch))}]" for batch in _batches(keys.tolist(), LISTED)]


def _batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
