"""fsck: whether the catalogue agrees with itself and with both indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, exists, func, select

from store import schema as s
from store.dense.leg import DenseLeg, IndexDamaged
from store.keyword_index import KeywordIndex
from store.reading import Reader
from store.rows import intact
from store.seals import broken
from store.space import Space

_NAMED = 5  # how many examples a sentence names
_BATCH = 10_000  # vectors compared at a time
_CLOSE = 1e-3  # cosines that differ by less: what a server may round


def disagreements(
    read: Reader, *, dense: DenseLeg, keyword: KeywordIndex, space: Space | None = None
) -> list[str]:  # fmt: skip
    """What is wrong, as sentences; empty when everything agrees. ``space`` is the one of the dense index."""
    with read.engine.connect() as connection:
        found = [*_catalogue(connection, read)]
        live = list(connection.scalars(select(s.chunk.c.key).where(s.chunk.c.collection_id == read.collection.id)))
    held = dense.keys()
    found += _compare("dense index", live, held.tolist())
    stand = keyword.keys()
    found += _compare("keyword index", live, stand)
    texts = read.texts(sorted({*live} & {*stand}))
    found += _named("chunks whose words in the keyword index are not theirs", keyword.lacking(texts))
    found += _vectors(read, sorted(live), dense, held, space)
    return found


def damaged_documents(read: Reader) -> list[str]:
    """The ids of documents whose rows are not what was committed, or contradict themselves; those to be read again."""
    with read.engine.connect() as connection:
        found = set(broken(connection, read.collection))
        wrong = {
            *_without_vector(connection, read),
            *_not_their_span(connection, read),
            *_not_committed(connection, read),
        }
        live = connection.scalars(select(s.chunk.c.key).where(s.chunk.c.collection_id == read.collection.id)).all()
        for start in range(0, len(live), _BATCH):
            wrong |= set(_not_unit(*read.vectors(live[start : start + _BATCH])))
        joined = s.chunk.join(s.document, s.chunk.c.document_key == s.document.c.key)
        keys = sorted(wrong)
        for start in range(0, len(keys), _BATCH):
            part = s.chunk.c.key.in_(keys[start : start + _BATCH])
            found |= set(connection.scalars(select(s.document.c.id).select_from(joined).where(part)))
    return sorted(found)


def _vectors(
    read: Reader, live: Sequence[int], dense: DenseLeg, held: NDArray[np.int64], space: Space | None
) -> Iterator[str]:
    """Whether every vector is one, and the dense index compares what the catalogue keeps."""
    lengths, others, damage = [], [], ""
    for start in range(0, len(live), _BATCH):
        keys, vectors = read.vectors(live[start : start + _BATCH])
        lengths += _not_unit(keys, vectors)
        shared = np.isin(keys, held) & ~np.isin(keys, lengths)
        keys, vectors = keys[shared], vectors[shared]
        if space is not None and len(keys):
            vectors = space.passages(vectors, read.written_in(keys.tolist()))
        try:
            theirs = dense.vectors(keys.tolist())
        except IndexDamaged as exc:
            damage = str(exc)
            continue
        others += keys[~((vectors * theirs).sum(axis=1) > 1 - _CLOSE)].tolist()
    if damage:
        yield damage
    yield from _named("chunks whose vector is not of length 1", lengths)
    yield from _named("chunks whose vector in the dense index is not the catalogue's", others)


def _catalogue(connection: Connection, read: Reader) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        told = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
        yield from (f"the catalogue's file: {line}" for line in told if line != "ok")
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        yield from _named("rows whose document or collection is gone", [f"{row[0]} {row[1]}" for row in rows])
    yield from _named("chunks without a vector", _without_vector(connection, read))
    yield from _named("chunks that are not the text at their span", _not_their_span(connection, read))
    yield from _named("chunks whose text is not the one that was committed", _not_committed(connection, read))
    yield from _named("documents that are not what was committed", broken(connection, read.collection))
    held = exists().where(s.source.c.document_key == s.document.c.key)
    orphans = select(s.document.c.id).where(s.document.c.collection_id == read.collection.id, ~held)
    yield from _named("documents that no path holds", connection.scalars(orphans).all())
    needed = exists().where(
        s.chunk.c.text_id == s.vector.c.text_id,
        s.chunk.c.collection_id == s.collection.c.id,
        s.collection.c.embedder == s.vector.c.embedder,
    )
    unused = connection.scalar(select(func.count()).select_from(s.vector).where(~needed)) or 0
    if unused:
        yield f"{unused} vectors that no chunk needs"


def _without_vector(connection: Connection, read: Reader) -> list[int]:
    stored = exists().where(s.vector.c.text_id == s.chunk.c.text_id, s.vector.c.embedder == read.collection.embedder)
    mine = s.chunk.c.collection_id == read.collection.id
    return list(connection.scalars(select(s.chunk.c.key).where(mine, ~stored)))


def _not_their_span(connection: Connection, read: Reader) -> list[int]:
    # substr counts characters from 1, as the spans count them from 0
    slices = func.substr(s.document.c.text, s.chunk.c.start + 1, s.chunk.c.end - s.chunk.c.start)
    joined = s.chunk.join(s.document, s.chunk.c.document_key == s.document.c.key)
    wrong = select(s.chunk.c.key).select_from(joined).where(slices != s.chunk.c.text)
    return list(connection.scalars(wrong.where(s.chunk.c.collection_id == read.collection.id)))


def _not_committed(connection: Connection, read: Reader) -> list[int]:
    columns = (s.chunk.c.key, s.chunk.c.text, s.chunk.c.headings, s.chunk.c.text_id)
    rows = connection.execute(select(*columns).where(s.chunk.c.collection_id == read.collection.id)).mappings()
    return [row["key"] for row in rows if not intact(row)]


def _not_unit(keys: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
    wrong = ~(np.abs(np.linalg.norm(vectors, axis=1) - 1) < 1e-3)
    return [int(key) for key in keys[wrong]]


def _compare(name: str, live: Iterable[int], held: Iterable[int]) -> Iterator[str]:
    wanted, found = set(live), list(held)
    yield from _named(f"chunks missing from the {name}", sorted(wanted - set(found)))
    yield from _named(f"dead chunks in the {name}", sorted(set(found) - wanted))
    if len(found) != len(set(found)):
        yield f"{len(found) - len(set(found))} chunks stand twice in the {name}"


def _named(what: str, items: Iterable[object]) -> Iterator[str]:
    found = list(items)
    if found:
        yield f"{len(found)} {what}: {', '.join(map(str, found[:_NAMED]))}{' …' if len(found) > _NAMED else ''}"
