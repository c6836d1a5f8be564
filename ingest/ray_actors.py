"""What runs on the machines of a Ray cluster: bytes → parsed in a child → chunks, and texts → vectors.

Rows go between the stages as plain bytes and numbers. The parser's answer stays the JSON of its child: a machine that
reads hostile files must not be able to run code in the one that commits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from ingest.assemble import assemble
from ingest.chunkers import Chunker
from ingest.errors import IngestError
from ingest.files import File
from ingest.limits import Limits
from ingest.sandbox import ParserPool
from ingest.wire import encode_error, encode_parsed
from models.types import Embedder
from store.rows import pack_vector, passage_text
from store.types import Chunk, document_id

MakeEmbedder = Callable[[], Embedder]


class Cutting:
    """A row's file, read, parsed in a killable child and cut. ``known`` are contents that need no reading."""

    def __init__(self, limits: Limits, chunker: Chunker, make_embedder: MakeEmbedder, known: frozenset[str]) -> None:
        self.limits, self.chunker, self.known = limits, chunker, known
        self.embedder = make_embedder()
        self.parser = ParserPool(1, limits)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """``index``, ``path``, ``location``, ``size`` → ``index``, ``read``, ``data``, ``reply``, ``texts``."""
        file = File(row["path"], row["size"], 0, location=Path(row["location"]))
        told = {"index": row["index"], "made_by": made_by(self.chunker, self.embedder), "read": True}
        told |= {"data": b"", "reply": b"", "chunks": b"[]", "texts": b"[]"}
        try:
            told["data"] = data = file.read(self.limits.file_bytes)
        except IngestError:  # the machine that commits meets it too, and notes it
            return told | {"read": False}
        identity = document_id(data)
        if identity in self.known:
            return told
        try:
            parsed = self.parser.submit(data, file.name).result()
            told["reply"] = encode_parsed(parsed)
            document, blocks = assemble(identity, parsed, file.name, file.size)
        except IngestError as error:
            return told | {"reply": told["reply"] or encode_error(error)}
        chunks = self.chunker(document, blocks, self.embedder.tokens, self.embedder.embed_passages)
        told["chunks"] = json.dumps([astuple(one) for one in chunks]).encode()
        texts = dict.fromkeys(passage_text(one.headings, one.text) for one in chunks)
        return told | {"texts": json.dumps(list(texts)).encode()}


class Embedding:
    """The texts of several rows as vectors, embedded together."""

    def __init__(self, make_embedder: MakeEmbedder) -> None:
        self.embedder = make_embedder()

    def __call__(self, batch: Any) -> dict[str, list[Any]]:
        """Rows as ``Cutting`` gives them, an Arrow table, → the same with ``vectors``: float16, one after another."""
        rows = batch.to_pylist()
        texts = dict.fromkeys(text for row in rows for text in json.loads(row["texts"]))
        ordered = sorted(texts, key=len)
        packed = {}
        if ordered:
            vectors = self.embedder.embed_passages(ordered)
            packed = {text: pack_vector(vector) for text, vector in zip(ordered, vectors, strict=True)}
        for row in rows:
            row["vectors"] = b"".join(packed[text] for text in json.loads(row["texts"]))
        return {name: [row[name] for row in rows] for name in rows[0]}


def made_by(chunker: Chunker, embedder: Embedder) -> str:
    """What must be the same on every machine."""
    return f"{chunker.version} {embedder.name} {embedder.dimension}"


def chunk_of(values: list[Any]) -> Chunk:
    """The chunk whose fields were sent as a list."""
    fields: Any = [tuple(value) if isinstance(value, list) else value for value in values]
    return Chunk(*fields)
