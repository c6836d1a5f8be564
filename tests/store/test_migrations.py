from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from store import schema
from store.catalogue import Catalogue
from store.errors import LibraryUnusable
from store.migrations import MIGRATIONS
from store.reading import Reader

# sha256 of the tables as SQL, by number of migrations. A changed schema needs a new migration and a new line here; a
# line that has landed is never edited, because libraries with that schema are on people's disks.
FROZEN = {
    1: "a87071d16c0b2d8e70f2c98e21a9cb68f1393212037ec65aadcefb206087ee4c",
    2: "f32063f71a7942b020a6f67b63a918bdcf27bb8da3614ed84b77e7d2e4343146",
    3: "b1e4b45c3f83ca515d4199ed48f830a9f75633776c2249196568cfcfd46fe8d9",
    4: "a1f8e97eb1bccec25aec6456876edd196cbaa24f8c509881a1ffcedcd675312c",
}


def ddl() -> str:
    dialect = sqlite.dialect()
    tables = schema.metadata.sorted_tables
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in tables]
    indexes = sorted((index for table in tables for index in table.indexes), key=lambda index: str(index.name))
    statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return re.sub(r"\s+", " ", " ".join(statements)).strip()


def test_the_schema_changes_only_with_a_migration() -> None:
    assert hashlib.sha256(ddl().encode()).hexdigest() == FROZEN[len(MIGRATIONS)], ddl()


def test_a_new_catalogue_has_every_table_and_says_which_migrations_ran(tmp_path: Path) -> None:
    Catalogue(tmp_path / "neu" / "目录.sqlite").close()
    with sqlite3.connect(tmp_path / "neu" / "目录.sqlite") as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        steps = raw.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
    raw.close()
    assert {table.name for table in schema.metadata.sorted_tables} <= tables
    assert steps == [(number, step.__name__) for number, step in enumerate(MIGRATIONS, start=1)]


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    for _ in range(2):
        Catalogue(tmp_path / "c.sqlite").close()
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM migration").fetchone() == (len(MIGRATIONS),)
    raw.close()


def test_a_catalogue_of_a_newer_shujia_is_refused_and_left_alone(tmp_path: Path) -> None:
    Catalogue(tmp_path / "c.sqlite").close()
    newer = len(MIGRATIONS) + 1
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        raw.execute("INSERT INTO migration VALUES (?, 'm_of_tomorrow', 0)", (newer,))
    raw.close()
    with pytest.raises(LibraryUnusable, match=f"schema {newer}, this Shujia knows {newer - 1}: install a newer"):
        Catalogue(tmp_path / "c.sqlite")
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        assert raw.execute("SELECT max(number) FROM migration").fetchone() == (newer,)
    raw.close()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (x)")
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr("store.migrations.MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(RuntimeError):
        Catalogue(tmp_path / "c.sqlite")
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []
    raw.close()
    monkeypatch.undo()
    Catalogue(tmp_path / "c.sqlite").close()


def test_a_library_of_the_first_schema_is_brought_up_and_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.migrations.MIGRATIONS", MIGRATIONS[:1])
    Catalogue(tmp_path / "c.sqlite").close()
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        raw.execute("INSERT INTO collection VALUES (1, '文档', 'e', 4, 'c', 0)")
        raw.execute("DROP TABLE failure")  # as the first version made it: without attempts
        raw.execute(
            "CREATE TABLE failure (collection_id INTEGER NOT NULL, path TEXT NOT NULL, code TEXT NOT NULL, "
            "reason TEXT NOT NULL, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, failed_at FLOAT NOT NULL)"
        )
        raw.execute("INSERT INTO failure VALUES (1, '坏.pdf', 'empty', '空', 1, 2, 3.0)")
        assert not raw.execute("SELECT name FROM sqlite_master WHERE name = 'feedback'").fetchall()
    raw.close()
    monkeypatch.undo()
    new = Catalogue(tmp_path / "c.sqlite")
    assert new.collection("文档").dimension == 4
    assert Reader(new.engine, new.collection("文档")).failures()["坏.pdf"].attempts == 1
    new.close()
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM feedback").fetchone() == (0,)
    raw.close()
