from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import delete, func, select, text

from store import schema as s
from store.mend import ASIDE, drop_dangling, set_aside, true_id
from store.rows import Moved, Source
from store.schema_seals import seal
from store.seals import broken


@pytest.fixture
def filled(new_library):
    """A library of one document with two chunks, on SQLite: what is broken here is broken past the database's rules."""
    library = new_library("书")
    return library, library.put("/家/旧.txt", "长江的源头", "the river ends").id


def wrong(library) -> list[str]:
    with library.catalogue.engine.connect() as connection:
        return sorted(broken(connection, library.collection))


def change(library, statement: str) -> None:
    with library.catalogue.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount


CHANGES = (
    "UPDATE document SET title = title || '!'",
    "UPDATE document SET warnings = '[\"x\"]'",
    "UPDATE chunk SET page = 7",
    "UPDATE chunk SET ordinal = ordinal + 1",
    "DELETE FROM chunk WHERE ordinal = 0",
    "UPDATE vector SET data = zeroblob(length(data))",
    "DELETE FROM vector",
)


@pytest.mark.parametrize("statement", CHANGES)
def test_any_changed_row_of_a_document_breaks_its_seal(filled, statement: str) -> None:
    library, document = filled
    assert wrong(library) == []
    change(library, statement)
    assert wrong(library) == [document]


def test_a_moved_document_is_sealed_anew(filled) -> None:
    library, document = filled
    shelf = library.shelf
    source = next(iter(shelf.read.sources().values()))
    title = shelf.read.document(document).title
    moved = Moved(Source("/家/新.txt", document, source.size, source.mtime_ns), source.path, (title, "新"))
    assert library.catalogue.move(shelf.collection, [moved]) == [True]
    assert shelf.read.document(document).title == "新"
    assert wrong(library) == []


def test_a_document_from_before_there_were_seals_is_not_called_broken(filled) -> None:
    library, _ = filled
    with library.catalogue.engine.begin() as connection:
        connection.execute(delete(seal))
    change(library, "UPDATE document SET title = title || '!'")
    assert wrong(library) == []


def test_a_seal_goes_with_its_document(filled) -> None:
    library, _ = filled
    shelf = library.shelf
    library.catalogue.remove_source(shelf.collection, next(iter(shelf.read.sources())))
    with shelf.read.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(seal)) == 0


def test_a_document_that_is_set_aside_answers_on_under_another_id(filled) -> None:
    library, document = filled
    shelf = library.shelf
    before = shelf.read.counts()
    for _ in range(2):  # a repair that was stopped is done again
        set_aside(shelf.read, next(card.id for card in shelf.read.cards()))
    (card,) = shelf.read.cards()
    assert card.id == ASIDE + document
    assert true_id(card.id) == document
    assert shelf.read.counts() == before
    with shelf.read.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(s.vector)) == 0


def test_paths_that_have_lost_their_document_are_named_and_their_rows_removed(filled) -> None:
    library, _ = filled
    shelf = library.shelf
    (path,) = shelf.read.sources()
    with closing(sqlite3.connect(library.folder / "catalogue.sqlite", isolation_level=None)) as raw:
        raw.execute("DELETE FROM document")  # foreign keys are only watched where that is asked for
    assert [one.path for one in drop_dangling(shelf.read)] == [path]
    for table in (s.source, s.chunk, s.vector, seal):
        with shelf.read.engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(table)) == 0
