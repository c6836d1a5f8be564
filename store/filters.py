"""Which chunks a search may return: one function decides, and every leg is told before it ranks.

``Gate.allowed`` turns filters into the set of catalogue keys that pass them. The dense index gives that set to FAISS,
the keyword index to tantivy, so the best k of a filtered search are the best k of those that pass, not what is left of
the best k of all. Whatever else narrows a search (access rights) is intersected in the same place.

What a chunk and its document are made of changes only with the change log, so that part is kept by sequence number.
Paths and dates of files, and tags, change without it and are asked anew every time.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, case, exists, or_, select

from store import schema as s
from store.analyzer import fold
from store.errors import NothingToFilter
from store.schema_library import document_tag
from store.tags import Tags

if TYPE_CHECKING:
    from store.reading import Reader

KEPT = 16  # sets of allowed chunks kept in memory; 8 bytes a chunk each


@dataclass(frozen=True, slots=True)
class Filters:
    """What passages may be searched. Values of one field are alternatives, the fields hold together.

    Args:
        documents: ids of documents.
        kinds: kinds of files as `shujia status` shows them: pdf, docx, md, …
        languages: main languages of documents: zh, en.
        folders: a folder with its whole path, or the last part of one ("contracts/2024").
        headings: words that one of the headings above a passage holds; case, width, and Traditional or Simplified
            characters make no difference.
        tags: words that people gave to documents.
        since, until: when the file was last changed, in seconds since 1970, from (inclusive) and to (exclusive); for an
            upload, which has no such date, when it came into the library.
    """

    documents: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    @property
    def about_content(self) -> Filters:
        """The part that only the change log can change."""
        return Filters(self.documents, self.kinds, self.languages, headings=self.headings)

    @property
    def about_files(self) -> bool:
        """Whether paths, dates of files or tags are asked for: what changes without the change log."""
        return bool(self.folders or self.tags) or self.since is not None or self.until is not None


NO_FILTERS = Filters()


class Allowed:
    """The catalogue keys that may be returned, ascending int64, and the forms in which indexes take them."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and bool(self.among(np.array([key], np.int64))[0])

    def __and__(self, other: Allowed) -> Allowed:
        return Allowed(np.intersect1d(self.keys, other.keys, assume_unique=True))

    def among(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of ``keys`` are allowed, in their order."""
        if not len(self.keys):
            return np.zeros(len(keys), np.bool_)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: NDArray[np.bool_] = self.keys[places] == keys
        return found

    @cached_property
    def listed(self) -> list[int]:
        """The keys as Python integers, as tantivy takes them."""
        keys: list[int] = self.keys.tolist()
        return keys

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that name this set: equal sets have equal ones, so caches can be keyed by it."""
        return hashlib.blake2b(self.keys.tobytes(), digest_size=16).digest()


class Gate:
    """Decides what a search of one collection may return. Safe to use from several threads."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._kept: OrderedDict[tuple[Filters, int, bytes | None], Allowed] = OrderedDict()
        self._lock = threading.Lock()

    def allowed(self, filters: Filters, sequence: int) -> Allowed | None:
        """The chunks that pass at a change of the library; None where nothing narrows the search.

        Raises NothingToFilter for a kind, language or folder that no document of the collection has.
        """
        if filters == NO_FILTERS:
            return None
        files = _documents(self._read, filters) if filters.about_files else None
        if files is not None and not len(files):
            _check_folders(self._read, filters)
            _check_tags(self._read, filters)
        # The number was read before the rows: rows that are newer than it are asked for again under their own number.
        key = (filters.about_content, sequence, None if files is None else files.tobytes())
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        _check_content(self._read, filters)
        keys, owners = _chunks(self._read, filters)
        found = Allowed(keys if files is None else keys[np.isin(owners, files)])
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _check_content(read: Reader, filters: Filters) -> None:
    """Raise NothingToFilter for a value that no document has: a slip of the pen is no empty result."""
    d = s.document.c
    for name, column, wanted in (("kind", d.kind, filters.kinds), ("language", d.language, filters.languages)):
        missing = _missing(read, column, wanted)
        if missing:
            there = ", ".join(_values(read, column)) or "none, for it is empty"
            raise NothingToFilter(f"no document of {name} {missing!r} in {read.collection.name!r}; there is: {there}")


def _check_folders(read: Reader, filters: Filters) -> None:
    for folder in filters.folders:
        with read.engine.connect() as connection:
            mine = s.source.c.collection_id == read.collection.id
            if connection.scalar(select(s.source.c.path).where(mine, _below(folder)).limit(1)) is None:
                raise NothingToFilter(
                    f"no file below a folder {folder!r} in {read.collection.name!r}; see the paths: shujia status"
                )


def _check_tags(read: Reader, filters: Filters) -> None:
    known = {tag for tags in Tags(read.engine, read.collection).all().values() for tag in tags}
    for tag in filters.tags:
        if tag not in known:
            there = ", ".join(sorted(known)) or "none"
            raise NothingToFilter(f"no document has the tag {tag!r} in {read.collection.name!r}; there is: {there}")


def _missing(read: Reader, column: ColumnElement[str], wanted: tuple[str, ...]) -> str:
    known = set(_values(read, column)) if wanted else set()
    return next((value for value in wanted if value not in known), "")


def _values(read: Reader, column: ColumnElement[str]) -> list[str]:
    query = select(column).where(s.document.c.collection_id == read.collection.id).distinct()
    with read.engine.connect() as connection:
        return sorted(connection.scalars(query))


def _documents(read: Reader, filters: Filters) -> NDArray[np.int64]:
    """Keys of the documents of which one file passes, ascending."""
    source, d = s.source.c, s.document.c
    changed: Any = case((source.mtime_ns > 0, source.mtime_ns / 1e9), else_=d.created_at)
    query = select(d.key).select_from(s.document.join(s.source, source.document_key == d.key))
    query = query.where(d.collection_id == read.collection.id)
    if filters.folders:
        query = query.where(or_(*(_below(folder) for folder in filters.folders)))
    if filters.tags:
        query = query.where(exists().where(document_tag.c.document_key == d.key, document_tag.c.tag.in_(filters.tags)))
    if filters.since is not None:
        query = query.where(changed >= filters.since)
    if filters.until is not None:
        query = query.where(changed < filters.until)
    with read.engine.connect() as connection:
        return np.array(connection.scalars(query.distinct().order_by(d.key)).all(), np.int64)


def _below(folder: str) -> ColumnElement[bool]:
    inside = f"{folder.rstrip('/')}/"
    anywhere: ColumnElement[bool] = s.source.c.path.contains(f"/{inside}", autoescape=True)
    return s.source.c.path.startswith(inside, autoescape=True) | anywhere


def _chunks(read: Reader, filters: Filters) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys of the chunks whose document and headings pass, ascending, and the keys of their documents."""
    c, d = s.chunk.c, s.document.c
    sought = tuple(fold(heading) for heading in filters.headings)
    columns: list[Any] = [c.key, c.document_key, *([c.headings] if sought else [])]
    query = select(*columns).select_from(s.chunk.join(s.document, c.document_key == d.key))
    # The sum lets SQLite read the table as it lies there, in a third of the time that the collection's index takes.
    query = query.where(c.collection_id + 0 == read.collection.id).order_by(c.key)
    if filters.documents:  # few, found by their ids instead
        query = query.where(d.collection_id == read.collection.id)
    for column, wanted in ((d.id, filters.documents), (d.kind, filters.kinds), (d.language, filters.languages)):
        if wanted:
            query = query.where(column.in_(wanted))
    with read.engine.connect() as connection:
        rows = [row[:2] for row in connection.execute(query) if not sought or _stands_under(row[2], sought)]
    pairs = np.array(rows, np.int64).reshape(len(rows), 2)
    return np.ascontiguousarray(pairs[:, 0]), pairs[:, 1]


@lru_cache(maxsize=4096)
def _stands_under(headings: str, sought: tuple[str, ...]) -> bool:
    """Whether one of the headings, as the catalogue keeps them, holds one of the folded words."""
    return any(words in fold(heading) for heading in json.loads(headings) for words in sought)
