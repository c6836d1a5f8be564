from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from store import schema
from store.api_keys import ApiKeys
from store.cards import Cards
from store.catalogue import Catalogue
from store.conversations import Chats
from store.errors import LibraryUnusable
from store.feedback import FeedbackLog
from store.generations import Generations
from store.jobs import Jobs
from store.migrations import MIGRATIONS
from store.people import People
from store.people_rights import Rights
from store.shelf import Shelf

# What Shujia of schema 1, 2, … wrote, as SQL.
DUMPS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))

# sha256 of the tables as SQL, by number of migrations. A changed schema needs a new migration and a new line here; a
# line that has landed is never edited, because libraries with that schema are on people's disks.
FROZEN = {
    1: "a87071d16c0b2d8e70f2c98e21a9cb68f1393212037ec65aadcefb206087ee4c",
    2: "f32063f71a7942b020a6f67b63a918bdcf27bb8da3614ed84b77e7d2e4343146",
    3: "b1e4b45c3f83ca515d4199ed48f830a9f75633776c2249196568cfcfd46fe8d9",
    4: "a1f8e97eb1bccec25aec6456876edd196cbaa24f8c509881a1ffcedcd675312c",
    7: "7bdab7eb62d37f68f583605d5d9835cd5b22fe6a6d36bc60c04376026e4db645",
    9: "c2d70fd73bae1dabc2638d6cd8ac6a06bc885aba66bbfc422c9b22f68be4af11",
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


def loaded(dump: Path, path: Path) -> Path:
    """The library that an earlier Shujia wrote, as a file."""
    with sqlite3.connect(path) as raw:
        raw.executescript(dump.read_text(encoding="utf-8"))
    raw.close()
    return path


def shape(path: Path) -> dict[str, object]:
    """Tables with their columns, keys and indexes, without the order of columns: an added one comes last."""
    with sqlite3.connect(path) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            table: (
                sorted(row[1:] for row in raw.execute(f"PRAGMA table_info({table})")),
                sorted(row[2:] for row in raw.execute(f"PRAGMA foreign_key_list({table})")),
                sorted(
                    row[1:4] for row in raw.execute(f"PRAGMA index_list({table})") if not row[1].startswith("sqlite_")
                ),
            )
            for table in tables
        }
    raw.close()
    return found


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_a_library_of_every_earlier_schema_gets_the_tables_of_today(tmp_path: Path, dump: Path) -> None:
    old = loaded(dump, tmp_path / "old.sqlite")
    Catalogue(old).close()
    Catalogue(tmp_path / "new.sqlite").close()
    assert shape(old) == shape(tmp_path / "new.sqlite")
    with sqlite3.connect(old) as raw:
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_what_an_earlier_library_holds_is_there_and_goes_on_living(tmp_path: Path, dump: Path) -> None:
    """Two documents that share a passage, a third deleted, a failure; later schemas with feedback, a job, a key."""
    schema_number = int(dump.stem)
    catalogue = Catalogue(loaded(dump, tmp_path / "c.sqlite"))
    shelf = Shelf(catalogue, catalogue.collection("文档"), tmp_path / "index")
    assert sorted(shelf.read.sources()) == ["/家/合同.txt", "/家/手册.txt"]
    assert shelf.read.document("合同.txt").text == "第一条：甲方按月付款。\n\n共有的一段"
    assert shelf.read.failures()["/家/坏.pdf"].attempts == 1
    assert shelf.disagreements() == []
    located = shelf.located([key for key, _ in shelf.search_keyword("按月付款", 3)])
    assert [one.chunk.text for one in located.values()] == ["第一条：甲方按月付款。"]
    if schema_number >= 2:
        assert [(one.id, one.comment) for one in FeedbackLog(catalogue.engine, shelf.collection).items()] == [
            ("f1", "不对")
        ]
    if schema_number >= 3:
        assert [job.path for job in Jobs(catalogue.engine).items("waiting")] == ["/家/等.txt"]
        assert Generations(catalogue).beside("文档", "building") is not None
    if schema_number >= 4:
        assert [key.name for key in ApiKeys(catalogue.engine).all()] == ["旧钥匙"]
    if schema_number >= 7:
        check_people_chats_and_cards(catalogue, shelf)
    keys = shelf.read.delta(0).added
    assert catalogue.remove_source(shelf.collection, "/家/合同.txt")
    assert shelf.disagreements() == []
    assert set(shelf.read.delta(0).added) < set(keys)
    assert FeedbackLog(catalogue.engine, shelf.collection).items() == ()  # it went with its document
    catalogue.close()


def check_people_chats_and_cards(catalogue: Catalogue, shelf: Shelf) -> None:
    """A person with a password, a group and its right; a chat with a question that waits; a card."""
    people = People(catalogue.engine)
    assert [(one.name, one.admin) for one in people.all()] == [("li", False), ("wang", True)]
    assert people.check("li", "correct horse 电池") == people.by_email("li@example.org")
    held = Rights(catalogue.engine).held(people.get("li").id)
    assert held is not None
    assert held.roles == {"文档": "editor"}
    chats = Chats(catalogue.engine, [shelf.collection], people.get("li").id)
    assert [(chat.name, chats.turns(chat.id)[0].question) for chat in chats.known()] == [("付款", "甲方怎样付款？")]
    card = Cards(catalogue.engine, shelf.collection).of(shelf.read.document("合同.txt").id)
    assert card is not None
    assert card.languages == {"zh": 1.0}


def test_every_schema_that_libraries_may_have_has_a_dump() -> None:
    """A schema that has landed gets one: a small library of it, written by ``sqlite3 catalogue.sqlite .dump``."""
    assert {int(dump.stem) for dump in DUMPS} >= {number for number in FROZEN if number < len(MIGRATIONS)}


def test_a_new_catalogue_on_postgresql_runs_every_migration_once(new_database: str) -> None:
    for _ in range(2):
        catalogue = Catalogue(new_database)
        with catalogue.engine.connect() as connection:
            steps = connection.execute(select(schema.migration.c.number).order_by(schema.migration.c.number))
            assert [number for (number,) in steps] == list(range(1, len(MIGRATIONS) + 1))
            assert {table.name for table in schema.metadata.sorted_tables} <= set(inspect(connection).get_table_names())
        catalogue.close()
