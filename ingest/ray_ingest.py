"""Ingestion over many machines: Ray Data reads, cuts and embeds as actors, one process commits.

rows (a file each) → Cutting × n → Embedding × m → this process → the ordinary Ingestion

The ordinary ingestion runs unchanged. A file's bytes, when it reads them, come from the cluster; its parser, chunker
and embedder hand back what the actors have made, and do the work themselves for whatever the actors have not. So
there is one commit point, and the result is that of a local run.
Files must lie where every machine sees them under the same path.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

import numpy as np

from ingest.chunkers import Chunker
from ingest.errors import IngestError
from ingest.files import File
from ingest.pipeline import FileResult, Ingestion, Parser, settled
from ingest.ray_actors import Cutting, Embedding, MakeEmbedder, chunk_of, made_by
from ingest.ray_cluster import LOCAL, cluster
from ingest.types import Parsed
from ingest.wire import decode_reply
from models.types import Embedder, ModelError, TokenCounter, Vectors
from store.rows import VECTOR_DTYPE
from store.types import Chunk, document_id

_ROWS = 8  # files whose texts are embedded together
_DOCUMENTS, _VECTORS = 64, 50_000  # kept for the ingestion: more than it works on at a time
_EACH = {"num_cpus": 0.5}  # two stages share the processors; a GPU's embedding actor has it to itself
V = TypeVar("V")


class _Kept(OrderedDict[str, V], Generic[V]):
    """The newest ``most`` entries."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, value)
        while len(self) > self._most:
            self.popitem(last=False)


@dataclass(slots=True)
class _Made:
    """What the actors have made and the ingestion has not asked for yet."""

    replies: _Kept[bytes] = field(default_factory=lambda: _Kept(_DOCUMENTS))
    chunks: _Kept[tuple[Chunk, ...]] = field(default_factory=lambda: _Kept(_DOCUMENTS))
    vectors: _Kept[bytes] = field(default_factory=lambda: _Kept(_VECTORS))

    def take(self, row: dict[str, Any], dimension: int) -> None:
        """Keep what a row brings."""
        if not row["reply"]:
            return
        identity = document_id(row["data"])
        self.replies[identity] = row["reply"]
        self.chunks[identity] = tuple(chunk_of(values) for values in json.loads(row["chunks"]))
        size = dimension * np.dtype(VECTOR_DTYPE).itemsize
        for place, text in enumerate(json.loads(row["texts"])):
            self.vectors[text] = row["vectors"][place * size : (place + 1) * size]


@dataclass(frozen=True, slots=True)
class _MadeParser:
    """A Parser that has the answer already."""

    made: _Made
    own: Parser

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        """What an actor read; what none has read is read here."""
        reply = self.made.replies.get(document_id(data))
        if reply is None:
            return self.own.submit(data, name)
        future: Future[Parsed] = Future()
        try:
            future.set_result(decode_reply(reply))
        except IngestError as error:
            future.set_exception(error)
        return future


class _MadeEmbedder:
    """An Embedder that has the vectors already."""

    def __init__(self, made: _Made, own: Embedder) -> None:
        self.made, self.own = made, own
        self.name, self.dimension, self.max_tokens = own.name, own.dimension, own.max_tokens

    @property
    def tokens(self) -> TokenCounter:
        """The model's own tokenizer."""
        return self.own.tokens

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """What the actors embedded; the rest is embedded here."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        missing = []
        for place, text in enumerate(texts):
            packed = self.made.vectors.get(text)
            if packed is None:
                missing.append(place)
            else:
                rows[place] = np.frombuffer(packed, VECTOR_DTYPE)
        if missing:
            rows[missing] = self.own.embed_passages([texts[place] for place in missing])
        return rows

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Questions are embedded here."""
        return self.own.embed_queries(texts)


@dataclass(frozen=True, slots=True)
class _MadeChunker(Chunker):
    """A Chunker that has the chunks already."""

    made: _Made = field(default_factory=_Made)

    def __call__(self, document: Any, *rest: Any, **named: Any) -> tuple[Chunk, ...]:
        """What an actor cut; what none has cut is cut here."""
        found = self.made.chunks.get(document.id)
        return found if found is not None else Chunker(self.name, self.budget)(document, *rest, **named)


class _Stream:
    """The rows of the cluster, in the order of the files."""

    def __init__(self, rows: Iterator[dict[str, Any]], made: _Made, expected: str, dimension: int) -> None:
        self._rows, self._made, self._expected, self._dimension = rows, made, expected, dimension

    def bytes_of(self, place: int) -> bytes | None:
        """What stands in the file with this number, None when its machine could not read it; keeps what it made of it.

        Raises ModelError when the cluster fails, or a machine of it is set up in another way.
        """
        for row in self._rows:
            if row["made_by"] != self._expected:
                raise ModelError(
                    f"a machine of the cluster cuts and embeds as {row['made_by']}, this one as {self._expected}"
                )
            self._made.take(row, self._dimension)
            if row["index"] == place:
                return bytes(row["data"]) if row["read"] else None
        raise ModelError(f"the Ray cluster gave no row for file {place}: run it again, what was committed is kept")


@dataclass(frozen=True, slots=True)
class _Streamed(File):
    """A file whose bytes come from the machine that has parsed them: what is committed is what was read there."""

    stream: _Stream | None = None
    place: int = 0

    def read(self, most: int) -> bytes:
        """The bytes; where the cluster could not read them, this machine says why."""
        data = self.stream.bytes_of(self.place) if self.stream else None
        return data if data is not None else File.read(self, most)


@dataclass(frozen=True, slots=True)
class RayRun:
    """An ingestion whose files are read, cut and embedded by a Ray cluster.

    ``address`` is ``local``, ``auto`` (the cluster of this machine) or that of a cluster's head; ``make_embedder``
    opens on any machine the embedder that ``ingestion`` has here; ``readers`` is how many actors read, at most.
    """

    ingestion: Ingestion
    make_embedder: MakeEmbedder
    address: str = LOCAL
    readers: int = 2

    def run(self, files: Iterable[File], *, retry: bool = False) -> Iterator[FileResult]:
        """Ingest files as Ingestion.run does. Raises ModelError when the cluster fails."""
        own, read = self.ingestion, self.ingestion.shelf.read
        sources, failures = read.sources(), read.failures()
        every = list(files)
        wanted = [
            file for file in every if not settled(file, sources.get(file.path), failures.get(file.path), retry=retry)
        ]
        if not wanted:
            yield from own.run(every, retry=retry)
            return
        made = _Made()
        handing = replace(
            own,
            parser=_MadeParser(made, own.parser),
            embedder=_MadeEmbedder(made, own.embedder),
            chunker=_MadeChunker(own.chunker.name, own.chunker.budget, made),
        )
        held = frozenset(card.id for card in read.cards())
        with cluster(self.address) as ray:
            rows = _rows(ray, wanted, self, held)
            stream = _Stream(rows, made, made_by(own.chunker, own.embedder), own.embedder.dimension)
            places = {file.path: place for place, file in enumerate(wanted)}
            streamed = [_streamed(file, stream, places.get(file.path)) for file in every]
            try:
                yield from handing.run(streamed, retry=retry)
            finally:
                rows.close()  # before the cluster goes: its stages are ended in order


def _streamed(file: File, stream: _Stream, place: int | None) -> File:
    if place is None:
        return file
    values = {one.name: getattr(file, one.name) for one in fields(file)}
    return _Streamed(**values, stream=stream, place=place)


def _rows(ray: Any, files: list[File], run: RayRun, held: frozenset[str]) -> Generator[dict[str, Any]]:
    """The stages as a stream: Ray Data keeps only so many rows in its memory as its stages can take."""
    from ray.data import ActorPoolStrategy

    items = [
        {"index": place, "path": file.path, "location": os.fspath(file.location or file.path), "size": file.size}
        for place, file in enumerate(files)
    ]
    gpus = int(ray.cluster_resources().get("GPU", 0))
    embedding = {"num_gpus": 1} if gpus else _EACH
    ingestion = run.ingestion
    cutting = (ingestion.limits, Chunker(ingestion.chunker.name, ingestion.chunker.budget), run.make_embedder, held)
    stream = ray.data.from_items(items, override_num_blocks=min(len(items), max(8 * run.readers, 8)))
    stream = stream.map(
        Cutting, fn_constructor_args=cutting, compute=ActorPoolStrategy(min_size=1, max_size=run.readers), **_EACH
    )
    stream = stream.map_batches(
        Embedding,
        fn_constructor_args=(run.make_embedder,),
        batch_size=_ROWS,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1, max_size=max(1, gpus)),
        **embedding,
    )
    try:
        yield from stream.iter_rows()
    except ray.exceptions.RayError as exc:
        raise ModelError(f"the Ray cluster failed: {exc}; what was committed is kept: run it again") from exc
