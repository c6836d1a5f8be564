"""A whole library in one file, consistent while others write to it, checked before anything of it is used.

manifest.json      format, when it was made, schema, counts, sha256 of every other part
catalogue.sqlite   documents, chunks, vectors, feedback, keys, jobs: everything, whatever database it came from
originals/SHA256   the files themselves, where they are kept

The indexes are not in it: they are built from the catalogue. It restores into SQLite or PostgreSQL alike.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from store.catalogue import Catalogue
from store.catalogue_copy import copy_from_file, copy_to_file, rows_of
from store.errors import BackupRefused
from store.files import sync_folder
from store.jobs import Jobs
from store.originals import Originals

FORMAT = 1
MANIFEST, CATALOGUE, ORIGINALS = "manifest.json", "catalogue.sqlite", "originals/"
_BLOCK = 1 << 20
_COUNTED = ("collection", "document", "chunk", "feedback", "chat", "api_key")
_HELD = "SELECT id FROM document UNION SELECT content FROM job WHERE content IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says about itself; ``made_at`` in seconds since 1970, ``parts`` maps a name to its sha256."""

    format: int
    made_at: float
    schema: int
    counts: Mapping[str, int]
    parts: Mapping[str, str]


def write_backup(file: Path, catalogue: Catalogue, originals: Originals) -> Backup:
    """Write the library as it stands in one moment; the file appears whole or not at all, for its owner alone.

    An original whose document is deleted while this runs is left out. Raises OSError, LibraryUnusable.
    """
    with _beside(file) as folder:
        copy, made = folder / CATALOGUE, folder / "backup.zip"
        copy_to_file(catalogue.engine, copy)
        with closing(sqlite3.connect(copy)) as raw:
            schema = raw.execute("SELECT max(number) FROM migration").fetchone()[0]
            held = [identity for (identity,) in raw.execute(_HELD)]
            counts = {name: _count(raw, name) for name in _COUNTED}
        with os.fdopen(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w") as archive:
                parts = {CATALOGUE: _add(archive, CATALOGUE, copy, zipfile.ZIP_DEFLATED)}
                for name, path in ((ORIGINALS + identity, originals.path(identity)) for identity in held):
                    with suppress(FileNotFoundError):
                        parts[name] = _add(archive, name, path, zipfile.ZIP_STORED)
                counts["original"] = len(parts) - 1
                told = Backup(FORMAT, time.time(), schema, counts, parts)
                archive.writestr(MANIFEST, json.dumps(asdict(told), ensure_ascii=False, indent=1))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(made, file)
    sync_folder(file.resolve().parent)
    return told


def check_backup(file: Path) -> Backup:
    """Read all of a backup and compare every checksum. Raises BackupRefused, FileNotFoundError."""
    with _opened(file) as archive:
        return _checked(archive, file)


def restore_backup(file: Path, catalogue: Catalogue, originals: Originals, index: Path, *, force: bool) -> Backup:
    """Replace the library by the backup: originals first, then the catalogue in one transaction, then no indexes.

    ``index`` is the folder of the indexes, which are built anew. A library that holds something is replaced only by
    ``force``, and not while workers run. Raises BackupRefused with nothing written, LibraryUnusable.
    """
    with _opened(file) as archive, _beside(originals.folder) as folder:
        told = _checked(archive, file)
        found = rows_of(catalogue.engine)
        if found and not force:
            held = ", ".join(f"{count} × {name}" for name, count in found.items() if name in told.counts) or "something"
            raise BackupRefused(
                f"this library holds {held}: restore into an empty one (--library DIR), or replace it with --force"
            )
        if running := len(Jobs(catalogue.engine).workers()):
            raise BackupRefused(f"{running} workers use this library: end them, page and server too, then restore")
        copy = folder / CATALOGUE
        with archive.open(CATALOGUE) as part, copy.open("wb") as stream:
            shutil.copyfileobj(part, stream, _BLOCK)
        Catalogue(copy).close()  # brings an older schema up to date, refuses a newer one
        for name in told.parts:
            if name.startswith(ORIGINALS):
                originals.put(name.removeprefix(ORIGINALS), archive.read(name))
        copy_from_file(copy, catalogue.engine)
        shutil.rmtree(index, ignore_errors=True)
    return told


def _count(raw: sqlite3.Connection, table: str) -> int:
    there = raw.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) if there else 0  # noqa: S608  # our names


def _add(archive: zipfile.ZipFile, name: str, path: Path, method: int) -> str:
    """Write a part and return its sha256."""
    digest = hashlib.sha256()
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type, entry.external_attr = method, 0o600 << 16
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as part:
        while block := source.read(_BLOCK):
            digest.update(block)
            part.write(block)
    return digest.hexdigest()


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    if not file.is_file():
        raise FileNotFoundError(f"no such file: {file}")
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as exc:
        raise BackupRefused(f"{file} is damaged or no backup ({exc}): name a file that `shujia backup` wrote") from exc
    with archive:
        yield archive


def _checked(archive: zipfile.ZipFile, file: Path) -> Backup:
    """The manifest, after every part was read and compared with its checksum."""
    try:
        told = Backup(**json.loads(archive.read(MANIFEST)))
    except Exception as exc:  # zlib, zipfile and json raise anything on damaged bytes; all of it is damage
        raise BackupRefused(f"{file} is damaged or no backup ({exc}): name a file that `shujia backup` wrote") from exc
    if told.format != FORMAT:
        raise BackupRefused(f"{file} has format {told.format}, this Shujia reads {FORMAT}: install a newer Shujia")
    if sorted(name for name in archive.namelist() if name != MANIFEST) != sorted(told.parts):
        raise BackupRefused(f"{file} is damaged: its parts are not those it names; take another backup")
    for name, wanted in told.parts.items():
        digest = _digest(archive, name, file)
        if digest != wanted or (name.startswith(ORIGINALS) and name.removeprefix(ORIGINALS) != digest):
            raise BackupRefused(
                f"{file} is damaged: the checksum of {name} differs; take another copy of it, or another backup"
            )
    return told


def _digest(archive: zipfile.ZipFile, name: str, file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as part:
            while block := part.read(_BLOCK):
                digest.update(block)
    except Exception as exc:  # zlib and zipfile raise anything on damaged bytes; all of it is damage
        raise BackupRefused(
            f"{file} is damaged: {name} cannot be read ({exc}); take another copy of it, or another backup"
        ) from exc
    return digest.hexdigest()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, for its owner alone, gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        yield Path(folder)
