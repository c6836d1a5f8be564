from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text

from store import schema as s
from store.catalogue import Catalogue
from store.engine import writing
from store.errors import LibraryUnusable
from store.postgresql import open_postgresql, shown

SECRET = "geheim-密码"


def administer(url: str, statement: str) -> None:
    """Run a statement as another session."""
    engine = create_engine(make_url(url).set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def end_sessions(url: str) -> None:
    """What a restart of the server does to every open connection of Shujia to this database."""
    mine = "application_name = 'shujia' AND datname = current_database()"  # another test process may use the server too
    administer(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")  # noqa: S608  # no input


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"mysql://u:{SECRET}@h/d", "'mysql'"),
        (f"postgresql://u:{SECRET}@h", "database"),
        (f"postgresql://:{SECRET}@h/d", "user"),
        (f"postgresql://u:{SECRET}@h/d?options=-cfoo", "'options'"),
        (f"postgresql://u:{SECRET}@h/d?sslmode=maybe", "verify-full"),
        (f"postgresql://u:{SECRET}@h/d?sslmode=verify-full&sslrootcert=/nope.pem", "/nope.pem"),
        (f"postgresql://u:{SECRET}@h:hafen/d", "form is"),
        (f"{SECRET}", "form is"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/d", "127.0.0.1:1"),
    ],
)
def test_a_wrong_url_is_refused_with_the_next_step_and_without_its_password(url: str, told: str) -> None:
    pytest.importorskip("pg8000", reason="the extra postgres is not installed")
    with pytest.raises(LibraryUnusable, match=told) as refused:
        open_postgresql(url)
    assert SECRET not in str(refused.value)


def test_a_url_is_shown_without_its_password() -> None:
    assert shown(f"postgresql://leser:{SECRET}@server:5433/books?sslmode=require") == (
        "postgresql://leser:***@server:5433/books"
    )


def test_a_wrong_password_and_a_missing_database_are_named(new_database: str) -> None:
    url = make_url(new_database)
    for wrong, told in ((url.set(password=SECRET), "password is wrong"), (url.set(database="nichts"), "createdb")):
        with pytest.raises(LibraryUnusable, match=told) as refused:
            Catalogue(wrong.render_as_string(hide_password=False))
        assert SECRET not in str(refused.value)
        assert str(url.password) not in str(refused.value)


def test_a_database_of_another_encoding_is_refused(new_database: str) -> None:
    administer(new_database, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(LibraryUnusable, match="LATIN1"):
            Catalogue(make_url(new_database).set(database="latin").render_as_string(hide_password=False))
    finally:
        administer(new_database, "DROP DATABASE latin WITH (FORCE)")


def test_a_connection_that_died_in_the_pool_is_replaced(new_database: str) -> None:
    catalogue = Catalogue(new_database)
    made = catalogue.ensure_collection("文档", embedder="e", dimension=4, chunker="c")
    end_sessions(new_database)
    assert catalogue.collections() == (made,)
    end_sessions(new_database)
    catalogue.remove_collection(made)
    assert catalogue.collections() == ()
    catalogue.close()


def test_a_connection_that_dies_in_a_transaction_is_told_and_leaves_nothing(new_database: str) -> None:
    catalogue = Catalogue(new_database)
    row = {"embedder": "e", "dimension": 4, "chunker": "c", "created_at": 0.0}
    with pytest.raises(LibraryUnusable, match="committed is kept"), writing(catalogue.engine) as connection:  # noqa: PT012
        connection.execute(insert(s.collection).values(name="halb", **row))
        end_sessions(new_database)
        connection.execute(insert(s.collection).values(name="ganz", **row))
    assert catalogue.collections() == ()
    catalogue.close()


def test_nothing_is_written_outside_the_lock(new_database: str) -> None:
    catalogue = Catalogue(new_database)
    row = {"name": "文档", "embedder": "e", "dimension": 4, "chunker": "c", "created_at": 0.0}
    with pytest.raises(LibraryUnusable, match="read-only"), catalogue.engine.begin() as connection:
        connection.execute(insert(s.collection).values(row))
    catalogue.close()


def test_a_read_sees_one_moment(library) -> None:
    """The second statement of a transaction sees what its first one saw, whatever was committed between them."""
    library.put("a.txt", "甲")
    with library.catalogue.engine.connect() as connection:
        before = connection.scalars(select(s.source.c.path)).all()
        library.put("b.txt", "乙", catalogue=library.catalogue)
        assert connection.scalars(select(s.source.c.path)).all() == before == ["a.txt"]
    assert sorted(library.shelf.read.sources()) == ["a.txt", "b.txt"]


def test_whoever_follows_the_log_by_number_misses_nothing_while_others_write(library) -> None:
    """4 writers on 2 pools commit 10 documents of 3 chunks each; a reader follows from number to number all the while.

    Numbers are drawn before the commit, so a number that became visible late would be passed by for ever.
    """
    other = Catalogue(library.location)
    followed: set[int] = set()
    after, done, errors = 0, threading.Event(), []

    def work(name: str, catalogue: Catalogue) -> None:
        try:
            for n in range(10):
                library.put(f"{name}{n}", f"{name} {n} 一", f"{name} {n} 二", f"{name} {n} 三", catalogue=catalogue)
        except BaseException as exc:  # reported by the assertion below
            errors.append(exc)

    def follow() -> None:
        nonlocal after
        while True:
            last = done.is_set()
            delta = library.shelf.read.delta(after)
            followed.update(delta.added)
            after = delta.sequence
            if last:
                return

    threads = [threading.Thread(target=work, args=(f"线程{i}", (library.catalogue, other)[i % 2])) for i in range(4)]
    reader = threading.Thread(target=follow)
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    other.close()
    assert errors == []
    assert followed == set(library.shelf.read.delta(0).added)
    assert len(followed) == 120  # 4 writers, 10 documents, 3 chunks


def test_names_with_a_nul_come_back_and_sort_by_code_point(library) -> None:
    names = ["b", "A", "ä", "a\x00b", "文", "a", "Z", "é"]
    for name in names:
        library.ensure(name)
    assert [one.name for one in library.catalogue.collections()] == sorted([*names, "文档"])
    assert library.catalogue.collection("a\x00b").name == "a\x00b"


def test_what_was_deleted_is_in_no_row_that_the_server_still_holds(new_database: str, new_library) -> None:
    """After the vacuum the tables have no dead rows left: pgstattuple is not at hand, the statistics say it."""
    library = new_library("shelf", new_database)
    library.put("a.txt", "只在这份文件里", "别的话")
    library.remove("a.txt")
    library.catalogue.forget()
    with library.catalogue.engine.connect() as connection:
        sizes = {
            table: connection.exec_driver_sql(f"SELECT pg_relation_size('{table}')").scalar()
            for table in ("document", "chunk", "vector", "source")
        }
    assert sizes == dict.fromkeys(sizes, 0)  # every row was the last of its table, so vacuum gives the pages back
