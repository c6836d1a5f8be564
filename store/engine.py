"""Connections to the catalogue's database: SQLite by default, any SQLAlchemy URL otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from store.errors import LibraryUnusable
from store.migrations import migrate

BUSY_TIMEOUT_MS = 30_000  # another process may be committing a large document
_PRAGMAS = (
    "journal_mode=WAL",  # readers go on while one writer commits
    "synchronous=NORMAL",  # with WAL: a power cut can undo the last commits, never half of one
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten, not only forgotten
)


def connect(location: Path | str) -> Engine:
    """Open the catalogue at a file path or a database URL and bring its schema up to date.

    Raises LibraryUnusable when the file is no catalogue, is damaged, or comes from a newer Shujia.
    """
    if isinstance(location, Path):
        location.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite+pysqlite:///{location}")
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(location)
    try:
        with writing(engine) as connection:
            migrate(connection)
    except DatabaseError as exc:
        engine.dispose()
        raise LibraryUnusable(f"cannot open the catalogue {location}: {exc.orig}; restore it from a backup") from exc
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes the write lock at once, so that it never fails half way for want of it."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is in _begin_sqlite
    for pragma in _PRAGMAS:
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
