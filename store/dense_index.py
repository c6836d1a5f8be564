"""The dense index: exact cosine search with FAISS, one file a collection that follows the catalogue.

On disk: ``dense.json`` (the manifest) names ``dense-SEQUENCE.faiss`` with its checksum. The manifest's rename is the
moment of publication; a file that it does not name is rubbish of an interrupted run. Anything damaged, foreign or
missing reads as "nothing applied yet" and is rebuilt from the catalogue.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.files import replace_file
from store.filters import Allowed
from store.reading import Delta, Reader
from store.space import Space

FORMAT = 1
MANIFEST = "dense.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the published file is: an index that does not say exactly this is not ours."""

    format: int
    embedder: str
    dimension: int
    count: int
    sequence: int
    file: str
    checksum: str


class DenseIndex:
    """Vectors by catalogue key in memory; ``sequence`` is the change it stands at, 0 when it is empty."""

    def __init__(self, folder: Path, *, embedder: str, dimension: int, space: Space | None = None) -> None:
        self.folder, self.dimension, self.space = folder, dimension, space
        self.embedder = embedder if space is None else f"{embedder} {space.name}"  # what the manifest must say
        self.sequence = 0
        self.published = 0
        self._lock = threading.RLock()  # FAISS is not safe to search while it changes
        self._index = self._empty()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def __repr__(self) -> str:
        return f"the dense index in {self.folder}"

    def apply(self, delta: Delta, read: Reader) -> None:
        """Drop and add what ``delta`` says, and stand at its number. Doing it twice changes nothing."""
        keys, vectors = read.vectors(delta.added)
        if self.space is not None:
            vectors = self.space.passages(vectors, read.written_in(keys.tolist()))
        with self._lock:
            # FAISS would take a second vector under the same key in silence, so added keys are removed first too.
            stale = np.concatenate([np.array(delta.removed, np.int64), keys])
            if len(stale) and len(self):
                self._index.remove_ids(stale)
            if len(keys):
                self._index.add_with_ids(vectors, keys)
            self.sequence = delta.sequence

    def clear(self) -> None:
        """Start from nothing, for a rebuild; what was published is withdrawn, so that nobody trusts it again."""
        with self._lock:
            (self.folder / MANIFEST).unlink(missing_ok=True)
            self._index, self.sequence, self.published = self._empty(), 0, 0

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        import faiss

        return np.sort(faiss.vector_to_array(self._index.id_map)).astype(np.int64)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:  # fmt: skip
        """The ``k`` nearest (key, cosine), sorted by (-cosine, key).

        ``query`` is a unit vector of shape (dimension,), brought to the index's space already.
        ``allowed`` are the only keys that are looked at, all where it is None.
        """
        if query.shape != (self.dimension,):
            raise ValueError(f"the query has shape {query.shape}, this index has {self.dimension} dimensions")
        if not np.isfinite(query).all():
            raise ValueError("the query vector holds NaN or infinity: the embedder failed")
        with self._lock:
            most = len(self) if allowed is None else min(len(self), len(allowed))
            k = min(k, most)
            if k < 1:
                return []
            depth = k
            options = None if allowed is None else _only(allowed)
            # FAISS keeps any of several equal scores at the border; ours are those with the smallest keys.
            while True:
                depth = min(2 * depth, most) if depth > k else min(k + 1, most)
                scores, keys = self._index.search(np.ascontiguousarray(query[None], np.float32), depth, params=options)
                if depth == most or scores[0][-1] < scores[0][k - 1]:
                    break
        # Key -1 fills the places where fewer were found: an allowed chunk that this index does not hold yet.
        found = (hit for hit in zip(keys[0].tolist(), scores[0].tolist(), strict=True) if hit[0] >= 0)
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def publish(self) -> None:
        """Write the index so that either the old state or this one is found, whenever the machine stops."""
        import faiss

        data = faiss.serialize_index(self._index).tobytes()
        name = f"dense-{self.sequence}.faiss"
        checksum = hashlib.blake2b(data).hexdigest()
        manifest = Manifest(FORMAT, self.embedder, self.dimension, len(self), self.sequence, name, checksum)
        replace_file(self.folder / name, data)
        replace_file(self.folder / MANIFEST, json.dumps(asdict(manifest)).encode())
        for pattern in ("dense-*.faiss*", f"{MANIFEST}.*"):
            for old in self.folder.glob(pattern):
                if old.name != name:
                    old.unlink(missing_ok=True)
        self.published = self.sequence

    def load(self) -> bool:
        """Take the published state; False when there is none that can be trusted."""
        import faiss

        if not (self.folder / MANIFEST).exists():
            return False
        try:
            manifest = Manifest(**json.loads((self.folder / MANIFEST).read_bytes()))
            data = (self.folder / Path(manifest.file).name).read_bytes()
            self._check(manifest, data)
            self._index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
        except (OSError, ValueError, TypeError, RuntimeError) as exc:
            log.warning("the dense index in %s cannot be used (%s): it is rebuilt", self.folder, exc)
            return False
        self.sequence = self.published = manifest.sequence
        return True

    def _check(self, manifest: Manifest, data: bytes) -> None:
        ours = (FORMAT, self.embedder, self.dimension)
        theirs = (manifest.format, manifest.embedder, manifest.dimension)
        if theirs != ours:
            raise ValueError(f"it is {theirs}, wanted {ours}")
        # FAISS trusts what it reads, so nothing reaches it that is not what we wrote.
        if hashlib.blake2b(data).hexdigest() != manifest.checksum:
            raise ValueError(f"{manifest.file} is damaged: its checksum differs")

    def _empty(self) -> Any:
        import faiss

        return faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))


def _only(allowed: Allowed) -> Any:
    import faiss

    # The stubs do not know what FAISS's own wrappers take: an array, and fields by name.
    wrapped: Any = faiss
    return wrapped.SearchParameters(sel=wrapped.IDSelectorBitmap(allowed.bits))
