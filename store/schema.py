"""The catalogue's tables, as SQLAlchemy Core, the same on SQLite and PostgreSQL.

collection ─┬─ source ──► document ─── chunk ──(text_id)──► vector
            ├─ change (the ordered log that the indexes follow)      failure (the last reason a path was not read)
            ├─ generation (collections that are built or kept beside the one that answers under their name)
            └─ feedback ─── feedback_document (the documents it touches, and with which it goes)

job (files that wait for a worker, or were given up)     worker (who takes them, and when it was last heard of)
api_key (who may use the HTTP API, and for what)

A document is a content; sources are the paths that hold it. A chunk's ``key`` is never used twice, so that an index
that is behind can never take a new chunk for an old one.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from store.kept_text import KeptText as Text

metadata = MetaData()

# SQLite's rowid alias must be INTEGER; everywhere else keys are 64 bits.
KEY = BigInteger().with_variant(Integer, "sqlite")

migration = Table(
    "migration",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("applied_at", Float, nullable=False),
)

collection = Table(
    "collection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("embedder", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("chunker", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

document = Table(
    "document",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("pages", Text, nullable=False),  # JSON: [[number, start, end], …]
    Column("boxes", LargeBinary, nullable=False),  # zlib of JSON: [[start, end, page, left, top, right, bottom], …]
    Column("warnings", Text, nullable=False),  # JSON: ["…", …]
    Column("created_at", Float, nullable=False),
    UniqueConstraint("collection_id", "id"),
    sqlite_autoincrement=True,
)

source = Table(
    "source",
    metadata,
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("document_key", ForeignKey("document.key"), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection_id", "path"),
)

chunk = Table(
    "chunk",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("document_key", ForeignKey("document.key"), nullable=False, index=True),
    Column("id", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_id", Text, nullable=False, index=True),
    Column("page", Integer),
    Column("headings", Text, nullable=False),  # JSON: ["…", …]
    Column("tokens", Integer, nullable=False),
    UniqueConstraint("collection_id", "id"),
    sqlite_autoincrement=True,
)

vector = Table(
    "vector",
    metadata,
    Column("text_id", Text, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),  # little-endian float16, one vector
    PrimaryKeyConstraint("text_id", "embedder"),
)

change = Table(
    "change",
    metadata,
    Column("sequence", KEY, primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("added", Integer, nullable=False),  # 1: the chunk came, 0: it went
    Column("chunk_key", KEY, nullable=False),
    Index("change_by_collection", "collection_id", "sequence"),
    sqlite_autoincrement=True,
)

failure = Table(
    "failure",
    metadata,
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("failed_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    PrimaryKeyConstraint("collection_id", "path"),
)

generation = Table(
    "generation",
    metadata,
    Column("collection_id", ForeignKey("collection.id"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # of the collection that answers
    Column("state", Text, nullable=False),  # building, or previous: it answered before
    Column("created_at", Float, nullable=False),
    UniqueConstraint("name", "state"),
)

job = Table(
    "job",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("collection", Text, nullable=False),  # its name: the collection may not be there yet
    Column("path", Text, nullable=False),
    Column("location", Text),  # where the file stands, percent-encoded; none for an upload
    Column("content", Text),  # document id under which the originals keep the bytes of an upload
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # waiting, working, failed or done
    Column("attempts", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("worker", Text),  # who holds the lease
    Column("lease_until", Float),
    Column("not_before", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("since", Float, nullable=False),  # in this state
    Column("result", Text, nullable=False),  # JSON: what became of the file, {} until it is done
    UniqueConstraint("collection", "path"),
    Index("job_by_state", "state", "not_before"),
    sqlite_autoincrement=True,
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("process", BigInteger, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("abstained", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("retrieved", Text, nullable=False),  # JSON: [{chunk, document, start, end, score, ranks: {stage: rank}}, …]
    Column("citations", Text, nullable=False),  # JSON: [{document, start, end, quote, verdict}, …]
    Column("rating", Text, nullable=False),  # up or down
    Column("reason", Text, nullable=False),  # a code, "" for none
    Column("comment", Text, nullable=False),
    Column("corrected", Text),  # JSON: {document, start, end, quote}
    Column("configuration", Text, nullable=False),  # JSON: {setting: value}
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("state", Text, nullable=False),  # open, accepted, edited or rejected
    Column("gold", Text),  # JSON: [{document, start, end, quote}, …], what the review decided
    Column("reviewed_at", Float),
)

feedback_document = Table(
    "feedback_document",
    metadata,
    Column("feedback_id", ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("feedback_id", "document_id"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),  # shown in lists and logs, no secret
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),  # sha256 of the key
    Column("scope", Text, nullable=False),  # read, write or admin
    Column("collections", Text),  # JSON: ["name", …], none for all of them
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),  # a revoked key stays: its name in old logs still means something
    Column("person_id", Text),  # whose it is; it can do no more than that person may
)
