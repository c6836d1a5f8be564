"""The dense index in files of the library (FAISS): it follows the catalogue, and is published whole or not at all.

On disk: ``dense.json`` (the manifest) names ``dense-SEQUENCE.faiss`` with its checksum and, for the approximate kinds,
the file of rows. The manifest's rename is the moment of publication; a file that it does not name is rubbish of an
interrupted run. Anything damaged, foreign or missing reads as "nothing applied yet" and is rebuilt from the catalogue.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from store.dense.coded import CodedBody
from store.dense.flat import FlatBody
from store.dense.leg import IndexDamaged, Look, check_query
from store.dense.rows import Rows
from store.files import replace_file, replacing
from store.filters import Allowed
from store.reading import Delta, Reader
from store.space import Space

FORMAT = 1
MANIFEST = "dense.json"
# Up to here exact search is the default: 200,000 vectors of 384 dimensions in 31 ms of processor time, about what the
# embedding of the question takes, and the file that is written whole when it changes stays small (docs/scale.md).
FLAT_BYTES = 307_200_000
Kind = Literal["auto", "flat", "hnsw", "ivf"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the published file is: an index that does not say exactly this is not ours.

    ``rows`` and ``places`` are the file of rows and how many of its rows count; ``trained`` how many taught the codes.
    """

    format: int
    embedder: str
    dimension: int
    count: int
    sequence: int
    file: str
    checksum: str
    kind: Literal["flat", "hnsw", "ivf"] = "flat"
    rows: str = ""
    places: int = 0
    trained: int = 0


class DenseIndex:
    """Vectors by catalogue key; ``sequence`` is the change it stands at, 0 when it is empty."""

    def __init__(
        self,
        folder: Path,
        *,
        embedder: str,
        dimension: int,
        space: Space | None = None,
        kind: Kind = "auto",
    ) -> None:
        self.folder, self.dimension, self.space, self.kind = folder, dimension, space, kind
        self.embedder = embedder if space is None else f"{embedder} {space.name}"  # what the manifest must say
        self.sequence = 0
        self.published = 0
        self._manifest: Manifest | None = None  # of what this process published or loaded last
        self._lock = threading.RLock()  # FAISS is not safe to search while it changes
        self._body: FlatBody | CodedBody = self._empty("flat" if kind == "auto" else kind)

    def __len__(self) -> int:
        return len(self._body)

    def __repr__(self) -> str:
        return f"the dense index in {self.folder}"

    @property
    def engine(self) -> Literal["flat", "hnsw", "ivf"]:
        """The kind it is now: ``auto`` is flat or ivf by size."""
        return self._body.kind  # type: ignore[return-value]

    def apply(self, delta: Delta, read: Reader) -> None:
        """Drop and add what ``delta`` says, and stand at its number. Doing it twice changes nothing."""
        # FAISS would take a second vector under the same key in silence, so added keys are removed first too.
        stale = np.concatenate([np.array(delta.removed, np.int64), np.array(delta.added, np.int64)])
        wanted = self._wanted(delta.chunks)
        if wanted != self.engine:
            self._turn_into(wanted, stale, delta, read)
            return
        with self._lock:
            self._body.drop(stale)
            self._body.take(read, delta.added)
            self.sequence = delta.sequence

    def clear(self) -> None:
        """Start from nothing, for a rebuild; what was published is withdrawn, so that nobody trusts it again."""
        with self._lock:
            (self.folder / MANIFEST).unlink(missing_ok=True)
            self._body, self.sequence, self.published, self._manifest = self._empty(self.engine), 0, 0, None

    def keys(self) -> NDArray[np.int64]:
        """The keys it holds, ascending."""
        with self._lock:
            return self._body.keys()

    def vectors(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of keys it holds, ascending. Raises IndexDamaged."""
        with self._lock:
            return self._body.vectors(keys)

    def held(self, keys: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of ``keys``, ascending, that it holds, and their vectors. Raises IndexDamaged."""
        with self._lock:
            return self._body.held(keys)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:  # fmt: skip
        """The ``k`` nearest (key, cosine), sorted by (-cosine, key).

        ``query`` is a unit vector of shape (dimension,), brought to the index's space already.
        ``allowed`` are the only keys that are looked at, all where it is None. Raises IndexDamaged.
        """
        return self.searches(query, [Look(k, allowed)])[0]

    def searches(self, query: NDArray[np.float32], looks: Sequence[Look]) -> list[list[tuple[int, float]]]:
        """What ``search`` gives for each look; exact search compares the vectors once. Raises IndexDamaged."""
        check_query(query, self.dimension)
        with self._lock:
            return self._body.search(query, looks)

    def publish(self) -> None:
        """Write the index so that either the old state or this one is found, whenever the machine stops."""
        with self._lock:
            if isinstance(self._body, CodedBody) and self._settle_rows(self._body):
                return
            name, seen = f"dense-{self.sequence}.faiss", hashlib.blake2b()
            with replacing(self.folder / name) as file:

                def out(piece: bytes) -> None:
                    seen.update(piece)
                    file.write(piece)

                self._body.write(out)
            checksum = seen.hexdigest()
            manifest = Manifest(
                FORMAT, self.embedder, self.dimension, len(self), self.sequence, name, checksum, self.engine
            )
            if isinstance(self._body, CodedBody):
                rows = self._body.rows
                more = {"rows": rows.path.name, "places": len(rows), "trained": self._body.trained}
                manifest = Manifest(**(asdict(manifest) | more))
            replace_file(self.folder / MANIFEST, json.dumps(asdict(manifest)).encode())
            for pattern in ("dense-*.faiss*", "dense-*.rows*", f"{MANIFEST}.*"):
                for old in self.folder.glob(pattern):
                    if old.name not in (name, manifest.rows):
                        old.unlink(missing_ok=True)
            self.published, self._manifest = self.sequence, manifest
            if isinstance(self._body, CodedBody):
                self._body.erase()  # not before: until now the manifest on disk could name these rows

    @property
    def there(self) -> bool:
        """Whether something of it was published: one that then cannot be loaded is damaged, not new."""
        return (self.folder / MANIFEST).exists() or any(self.folder.glob("dense-*.faiss"))

    def load(self) -> bool:
        """Take the published state; False when there is none that can be trusted."""
        if not (self.folder / MANIFEST).exists():
            return False
        try:
            manifest = self._published()
            data = (self.folder / Path(manifest.file).name).read_bytes()
            # FAISS trusts what it reads, so nothing reaches it that is not what we wrote.
            if hashlib.blake2b(data).hexdigest() != manifest.checksum:
                raise ValueError(f"{manifest.file} is damaged: its checksum differs")  # noqa: TRY301
            body = self._restored(manifest, data)
        except (OSError, ValueError, TypeError, RuntimeError, IndexDamaged) as exc:
            log.warning("the dense index in %s cannot be used (%s): it is rebuilt", self.folder, exc)
            return False
        with self._lock:
            self._body, self._manifest = body, manifest
            self.sequence = self.published = manifest.sequence
        return True

    def reload(self) -> bool:
        """Nothing to see: every process has its own copy and follows by itself."""
        return True

    def drop(self) -> None:
        """Nothing to remove: all of it lies in the folder."""

    def _wanted(self, count: int) -> Literal["flat", "hnsw", "ivf"]:
        if self.kind != "auto":
            return self.kind
        size = 4 * self.dimension * count
        # What has grown once stays as it is until half of it is gone, or a few deletions would rebuild it.
        return "flat" if size <= (FLAT_BYTES if self.engine == "flat" else FLAT_BYTES // 2) else "ivf"

    def _turn_into(
        self, kind: Literal["flat", "hnsw", "ivf"], stale: NDArray[np.int64], delta: Delta, read: Reader
    ) -> None:  # fmt: skip
        """Build another kind from the catalogue while the present one goes on answering."""
        kept = np.setdiff1d(self.keys(), stale)
        if len(kept) or len(delta.added) > 1:
            log.info("%s becomes %s at %d vectors", self, kind, len(kept) + len(delta.added))
        body = self._empty(kind)
        body.take(read, np.union1d(kept, np.array(delta.added, np.int64)).tolist())
        with self._lock:
            self._body, self.sequence, self.published = body, delta.sequence, 0

    def _settle_rows(self, body: CodedBody) -> bool:
        """Bring the file of rows to where a manifest can name it. True when another process has done all of it."""
        try:
            theirs = self._published()
        except (OSError, ValueError, TypeError):
            theirs = None
        foreign = theirs != self._manifest
        if foreign and theirs is not None and theirs.sequence >= self.sequence and self.load():
            return True
        # Whoever published last may append to its file of rows, and sweeps away what it does not name.
        named = self._manifest is not None and self._manifest.rows == body.rows.path.name
        if body.worn or (foreign and named) or not body.rows.reachable:
            body = self._body = body.anew(self._new_rows())
        body.rows.spill()
        return False

    def _published(self) -> Manifest:
        """The manifest on disk. Raises OSError, ValueError or TypeError when it is not one of this index."""
        manifest = Manifest(**json.loads((self.folder / MANIFEST).read_bytes()))
        ours = (FORMAT, self.embedder, self.dimension)
        theirs = (manifest.format, manifest.embedder, manifest.dimension)
        if theirs != ours:
            raise ValueError(f"it is {theirs}, wanted {ours}")
        if self.kind not in ("auto", manifest.kind):
            raise ValueError(f"it is of kind {manifest.kind}, wanted {self.kind}")
        return manifest

    def _restored(self, manifest: Manifest, data: bytes) -> FlatBody | CodedBody:
        if manifest.kind == "flat":
            return FlatBody.restore(data, self.dimension, self.space)
        # A file of no rows was never made, so its name is not ours to use either.
        path = self.folder / Path(manifest.rows).name if manifest.places else self._new_rows()
        rows = Rows(path, self.dimension, manifest.places)
        return CodedBody.restore(manifest.kind, data, rows, self.space, manifest.trained)

    def _new_rows(self) -> Path:
        return self.folder / f"dense-{secrets.token_hex(4)}.rows"

    def _empty(self, kind: Literal["flat", "hnsw", "ivf"]) -> FlatBody | CodedBody:
        if kind == "flat":
            return FlatBody(self.dimension, self.space)
        return CodedBody.empty(kind, self._new_rows(), self.dimension, self.space)
