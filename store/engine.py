"""Connections to the catalogue's database: an SQLite file by default, a PostgreSQL server by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DatabaseError

from store.errors import LibraryUnusable
from store.migrations import migrate
from store.postgresql import open_postgresql, shown

BUSY_TIMEOUT_MS = 30_000  # another process may be committing a large document
# Primary result codes (https://sqlite.org/rescode.html): the transaction is undone, what was committed before stays.
_REFUSED = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY)
_REFUSED_HELP = "what was committed is kept; look at disk space, rights and other runs, then try again"
_PRAGMAS = (
    "journal_mode=WAL",  # readers go on while one writer commits
    "synchronous=NORMAL",  # with WAL: a power cut can undo the last commits, never half of one
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten, not only forgotten
)


def connect(location: Path | str) -> Engine:
    """Open the catalogue at a file path or a PostgreSQL URL and bring its schema up to date.

    Raises LibraryUnusable when the file is no catalogue, is damaged, or comes from a newer Shujia, and when the server
    cannot be used; never with the password of the URL.
    """
    engine = _open_sqlite(location) if isinstance(location, Path) else open_postgresql(location)
    try:
        with writing(engine) as connection:
            migrate(connection)
    except (DatabaseError, LibraryUnusable) as exc:
        engine.dispose()
        if isinstance(exc, LibraryUnusable):
            raise
        if isinstance(location, Path) and location.exists() and not os.access(location.parent, os.W_OK):
            raise LibraryUnusable(
                f"{location.parent} may only be read, and no catalogue can be opened without writing beside it: "
                "give the right to write there, or copy the folder to where you may write"
            ) from exc
        where = location if isinstance(location, Path) else shown(location)
        raise LibraryUnusable(f"cannot open the catalogue {where}: {exc.orig}") from exc
    return engine


def _open_sqlite(location: Path) -> Engine:
    location.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(URL.create("sqlite+pysqlite", database=str(location)))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _name_damage)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes the write lock at once, so that it never fails half way for want of it."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _name_damage(context: ExceptionContext) -> None:
    """Damage, or a disk that refuses, may show long after the file was opened, in the middle of any statement."""
    error = context.original_exception
    # sqlite3 raises the bare DatabaseError for "malformed" and "not a database" alone; its subclasses are other things.
    # An OperationalError without a code is the driver's own: a text that is not UTF-8 any more.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    operational = isinstance(error, sqlite3.OperationalError)
    if type(error) is sqlite3.DatabaseError or (operational and code is None):
        told = str(error).partition(" with text ")[0]  # not what stands there
        raise LibraryUnusable(f"the catalogue is damaged ({told}): restore it from a backup (shujia restore FILE)")
    if operational and code is not None and code & 0xFF in _REFUSED:
        raise LibraryUnusable(f"the catalogue cannot be written or read now ({error}): {_REFUSED_HELP}")


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is in _begin_sqlite
    for pragma in _PRAGMAS:
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
