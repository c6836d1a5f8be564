"""Copies a whole catalogue, as it stands in one moment, into another: file to file, server to file, file to server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from store import schema as s
from store.catalogue import Catalogue
from store.engine import writing
from store.errors import LibraryUnusable

_ROWS = 100  # rows in memory at a time: a row may hold a whole book
_FLEETING = ("migration", "worker")  # the target has its own; workers belong to machines


def copy_to_file(source: Engine, file: Path) -> None:
    """Write the catalogue of ``source`` into a new SQLite file while others go on writing. Raises LibraryUnusable."""
    if source.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(source.url.database))) as live, closing(sqlite3.connect(file)) as copy:
            live.backup(copy)  # one step, so one moment; in WAL mode it keeps no writer waiting
            told = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if told != "ok":
            raise LibraryUnusable(f"the catalogue is damaged ({told}): restore it from a backup (shujia restore FILE)")
        return
    target = Catalogue(file)
    try:
        with source.connect() as reading, writing(target.engine) as to:
            _copy_rows(reading, to)
    finally:
        target.close()


def copy_from_file(file: Path, target: Engine) -> None:
    """Replace all that ``target`` holds by what a file of the same schema holds, in one transaction."""
    if target.dialect.name == "sqlite":
        with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(str(target.url.database))) as live:
            copy.backup(live)
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        target.dispose()
        return
    source = Catalogue(file)
    try:
        with source.engine.connect() as reading, writing(target) as to:
            for table in reversed(_tables()):
                to.execute(table.delete())
            _copy_rows(reading, to)
    finally:
        source.close()


def rows_of(engine: Engine) -> dict[str, int]:
    """How many rows each table holds; tables that are empty are left out."""
    with engine.connect() as connection:
        counts = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _tables()}
    return {name: count for name, count in counts.items() if count}


def _tables() -> list[Table]:
    return [table for table in s.metadata.sorted_tables if table.name not in _FLEETING]


def _copy_rows(reading: Connection, to: Connection) -> None:
    for table in _tables():
        rows = reading.execution_options(yield_per=_ROWS).execute(select(table)).mappings()
        for part in rows.partitions():
            to.execute(insert(table), [dict(row) for row in part])
    for table in _tables():
        key = next((c for c in table.primary_key if table.dialect_options["sqlite"]["autoincrement"]), None)
        if key is not None:
            _go_on_from(to, table, key.name, _last(reading, table, key.name))


def _last(connection: Connection, table: Table, key: str) -> int:
    """The highest number that was ever given out: no number is used twice, not even one of a row that is gone."""
    if connection.dialect.name == "sqlite":
        said = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    else:
        named = {"name": f'"{table.name}"', "key": key}
        # A sequence that gave out nothing yet says NULL.
        said = connection.execute(
            text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, :key)::regclass)"), named
        )
    return int(said.scalar() or 0)


def _go_on_from(connection: Connection, table: Table, key: str, last: int) -> None:
    values: dict[str, Any] = {"name": table.name, "last": last}
    if not last:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
    else:
        values |= {"name": f'"{table.name}"', "key": key}
        connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, :key), :last)"), values)
