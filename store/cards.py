"""Quality cards: what reading a document told about it, kept beside it, and which others are nearly the same.

A card goes with its document: it is written in the same transaction, and the tables delete it with the document's row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, select

from store import schema as s
from store import schema_cards as c
from store.likeness import NEAR, bands, likeness
from store.rows import Collection

NAMED = 5  # documents nearly the same that are named; more copies of one text tell nothing more
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class QualityCard:
    """What a reader should know of a document before asking it.

    ``pages`` is how many the file has, ``thin_pages`` the numbers of those with hardly any text (``ingest.card`` says
    what that is); ``mojibake`` the share of characters that look wrongly decoded, 0 to 1; ``languages`` the shares of
    ``zh``, ``en`` and ``other`` by script. ``ocr_pages`` were read by OCR, ``ocr_confidence`` is its mean, 0 to 1.
    ``repeated_lines`` is how many running headers and footers were left out, None where that is not known because the
    document was read before there were cards; a reindex finds it out. ``tables`` is how many tables there are.
    """

    pages: int | None
    thin_pages: tuple[int, ...]
    mojibake: float
    languages: Mapping[str, float]
    tables: int
    repeated_lines: int | None
    ocr_pages: tuple[int, ...] = ()
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Another document of the collection that is nearly the same; ``likeness`` is the estimated Jaccard similarity."""

    document: str
    title: str
    path: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What is written with a document: its card and its signature (``store.likeness.signature``)."""

    card: QualityCard
    signature: bytes


def keep_card(connection: Connection, collection: Collection, document_key: int, quality: Quality) -> None:
    """Write the card of a document that has just been inserted, inside its transaction."""
    content = json.dumps(asdict(quality.card), ensure_ascii=False)
    row = {"document_key": document_key, "content": content, "signature": quality.signature}
    connection.execute(insert(c.card), row)
    mine = {"document_key": document_key, "collection_id": collection.id}
    rows = [{**mine, "band": band} for band in dict.fromkeys(bands(quality.signature))]
    if rows:
        connection.execute(insert(c.card_band), rows)


class Cards:
    """Reads the cards of one collection."""

    def __init__(self, engine: Engine, collection: Collection) -> None:
        self.engine = engine
        self.collection = collection

    def all(self) -> dict[str, QualityCard]:
        """Every card by the id of its document; documents from before there were cards have none."""
        d = s.document.c
        query = select(d.id, c.card.c.content).join(c.card, c.card.c.document_key == d.key)
        with self.engine.connect() as connection:
            rows = connection.execute(query.where(d.collection_id == self.collection.id))
            return {row[0]: _card(row[1]) for row in rows}

    def of(self, document_id: str) -> QualityCard | None:
        """The card of a document; None when it has none."""
        d = s.document.c
        query = select(c.card.c.content).join(s.document, c.card.c.document_key == d.key)
        with self.engine.connect() as connection:
            content = connection.scalar(query.where(d.collection_id == self.collection.id, d.id == document_id))
            return None if content is None else _card(content)

    def near(self, document_id: str, signature: bytes) -> tuple[Near, ...]:
        """Documents nearly the same as one with this signature, the most alike first, at most NAMED; not itself."""
        shared = select(c.card_band.c.document_key).where(
            c.card_band.c.collection_id == self.collection.id, c.card_band.c.band.in_(bands(signature))
        )
        with self.engine.connect() as connection:
            keys = set(connection.scalars(shared))
            rows = connection.execute(_signed().where(s.document.c.key.in_(keys), s.document.c.id != document_id)).all()
        found = (Near(row.id, row.title, row.path or "", likeness(signature, row.signature)) for row in rows)
        return _best(found)

    def all_near(self) -> dict[str, tuple[Near, ...]]:
        """For every document that has some: those nearly the same, as ``near`` gives them."""
        pairs = self._pairs()
        keys = sorted({key for pair in pairs for key in pair})
        known: dict[int, Row[Any]] = {}
        d = s.document.c
        with self.engine.connect() as connection:
            for start in range(0, len(keys), _BATCH):
                rows = connection.execute(_signed().where(d.key.in_(keys[start : start + _BATCH])))
                known |= {row.key: row for row in rows}
        found: dict[str, list[Near]] = {}
        for one, other in pairs:
            if one in known and other in known:
                alike = likeness(known[one].signature, known[other].signature)
                for mine, its in ((known[one], known[other]), (known[other], known[one])):
                    found.setdefault(mine.id, []).append(Near(its.id, its.title, its.path or "", alike))
        best = {document: _best(each) for document, each in found.items()}
        return {document: each for document, each in best.items() if each}

    def signature(self, document_id: str) -> bytes:
        """The signature that is kept of a document; empty when there is none."""
        d = s.document.c
        query = select(c.card.c.signature).join(s.document, c.card.c.document_key == d.key)
        with self.engine.connect() as connection:
            return connection.scalar(query.where(d.collection_id == self.collection.id, d.id == document_id)) or b""

    def _pairs(self) -> list[tuple[int, int]]:
        """Keys of documents that share a band. Of a band that very many share, each with the first of them only."""
        b = c.card_band.c
        first = select(b.band, func.min(b.document_key).label("first")).where(b.collection_id == self.collection.id)
        shared = first.group_by(b.band).having(func.count() > 1).subquery()
        joined = and_(b.band == shared.c.band, b.collection_id == self.collection.id)
        query = select(shared.c.first, b.document_key).join(c.card_band, joined).where(b.document_key != shared.c.first)
        with self.engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(query.distinct())]


def _signed() -> Select[Any]:
    """Documents with their signatures: key, id, title, one path, signature."""
    d = s.document.c
    path = select(func.min(s.source.c.path)).where(s.source.c.document_key == d.key).scalar_subquery()
    query = select(d.key, d.id, d.title, path.label("path"), c.card.c.signature)
    return query.join(c.card, c.card.c.document_key == d.key)


def _best(found: Iterable[Near]) -> tuple[Near, ...]:
    near = (one for one in found if one.likeness >= NEAR)
    return tuple(sorted(near, key=lambda one: (-one.likeness, one.title, one.document))[:NAMED])


def _card(content: str) -> QualityCard:
    fields = json.loads(content)
    return QualityCard(**{**fields, "thin_pages": tuple(fields["thin_pages"]), "ocr_pages": tuple(fields["ocr_pages"])})
