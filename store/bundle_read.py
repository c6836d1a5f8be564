"""Takes in a collection from one file; see ``store.bundle`` for its form."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import update

from store import schema as s
from store.bundle import CHUNK_COLUMNS, DOCUMENTS, FORMAT, MANIFEST, ORIGINALS, VECTORS, Manifest, record_type
from store.catalogue import Catalogue
from store.engine import writing
from store.errors import BundleRefused
from store.generations import Generations
from store.originals import Originals
from store.rows import Collection, Source, to_chunk, to_document
from store.types import document_id

_BLOCK = 1 << 20


def read_bundle(
    file: Path, catalogue: Catalogue, originals: Originals, name: str | None = None
) -> tuple[Collection, dict[str, int]]:
    """Take in the collection under ``name``, its old one without; it answers when all of it is there.

    Returns it and how many documents, chunks, vectors and originals it has. Raises BundleRefused, before anything is
    written, for a file that is damaged or a name that is taken.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no such file: {file}")
    try:
        with zipfile.ZipFile(file) as bundle:
            manifest = _checked(bundle, file)
            name = name or manifest.name
            if any(each.name == name for each in catalogue.collections()):
                raise BundleRefused(f"there is a collection {name!r} already: choose another name with --as")
            made = _take_in(bundle, manifest, name, catalogue, originals)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, NotImplementedError) as exc:
        raise BundleRefused(
            f"{file} is damaged or no exported collection ({exc}): name a file that `shujia export` wrote"
        ) from exc
    return made, dict(manifest.counts)


def _checked(bundle: zipfile.ZipFile, file: Path) -> Manifest:
    """The manifest, after every part was read and compared with its checksum."""
    manifest = Manifest(**json.loads(b"".join(_part(bundle, MANIFEST, file))))
    if manifest.format != FORMAT:
        raise BundleRefused(f"{file} has format {manifest.format}, this Shujia reads {FORMAT}: install a newer Shujia")
    there = sorted(each for each in bundle.namelist() if each != MANIFEST)
    if there != sorted(manifest.parts):
        raise BundleRefused(f"{file} is damaged: its parts are not those it names; export it again")
    for part, wanted in manifest.parts.items():
        digest = hashlib.sha256()
        for block in _part(bundle, part, file):
            digest.update(block)
        if digest.hexdigest() != wanted:
            raise BundleRefused(
                f"{file} is damaged: the checksum of {part} differs; take another copy, or export it again"
            )
    return manifest


def _part(bundle: zipfile.ZipFile, name: str, file: Path) -> Iterator[bytes]:
    try:
        with bundle.open(name) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except Exception as exc:  # zlib and zipfile raise anything on damaged bytes; all of it is damage
        raise BundleRefused(
            f"{file} is damaged: {name} cannot be read ({exc}); take another copy, or export it again"
        ) from exc


def _take_in(
    bundle: zipfile.ZipFile, manifest: Manifest, name: str, catalogue: Catalogue, originals: Originals
) -> Collection:
    beside = Generations(catalogue)
    left = beside.beside(name, "building")
    if left:  # of an import that was stopped
        catalogue.remove_collection(left)
    twin = beside.begin(name, embedder=manifest.embedder, dimension=manifest.dimension, chunker=manifest.chunker)
    try:
        for part in manifest.parts:
            if part.startswith(ORIGINALS):
                _put_original(originals, part.removeprefix(ORIGINALS), bundle.read(part))
        vectors = _vectors(bundle.read(VECTORS), manifest.dimension)
        dates = {}
        for values in _documents(bundle):
            _put(catalogue, twin, values, vectors)
            dates[values["id"]] = values["created_at"]
        _date(catalogue, twin, dates)
        named = beside.name(twin, name)
    except BaseException:
        catalogue.remove_collection(twin)
        raise
    if not named:
        catalogue.remove_collection(twin)
        raise BundleRefused(f"somebody has made a collection {name!r} meanwhile: choose another name with --as")
    return replace(twin, name=name)


def _put_original(originals: Originals, document: str, data: bytes) -> None:
    if document_id(data) != document:  # also keeps every name that is no hash out of the file system
        raise BundleRefused(f"the original {document[:12]} in it is another file: export it again")
    originals.put(document, data)


def _documents(bundle: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    with bundle.open(DOCUMENTS) as lines:
        for line in lines:
            yield json.loads(line.decode("utf-8", "surrogatepass"))


def _vectors(data: bytes, dimension: int) -> Callable[[str], bytes]:
    records: NDArray[np.void] = np.frombuffer(data, record_type(dimension))
    places = {bytes(record).hex(): place for place, record in enumerate(records["text"])}

    def packed(text: str) -> bytes:
        return bytes(records["vector"][places[text]].tobytes())

    return packed


def _put(catalogue: Catalogue, twin: Collection, values: dict[str, Any], packed: Callable[[str], bytes]) -> None:
    row: Any = {**values, "boxes": base64.b85decode(values["boxes"])}
    document = to_document(row)
    cut: list[Any] = [dict(zip(CHUNK_COLUMNS, each, strict=True)) for each in values["chunks"]]
    chunks = [(to_chunk(each, document.id), str(each["text_id"])) for each in cut]
    sources = [Source(each["path"], document.id, each["size"], each["mtime_ns"]) for each in values["sources"]]
    vectors = {text: packed(text) for text in dict.fromkeys(text for _, text in chunks)}
    catalogue.put(twin, document, chunks, vectors, sources[0])
    for source in sources[1:]:
        catalogue.adopt(twin, source)


def _date(catalogue: Catalogue, twin: Collection, dates: dict[str, float]) -> None:
    """Documents keep the day on which they came into the first library: searches can be narrowed by it."""
    mine = s.document.c.collection_id == twin.id
    with writing(catalogue.engine) as connection:
        for document, date in dates.items():
            connection.execute(update(s.document).where(mine, s.document.c.id == document).values(created_at=date))
