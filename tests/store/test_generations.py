from __future__ import annotations

import pytest
from sqlalchemy import func, select

from store import changelog
from store import schema as s
from store.errors import Superseded
from store.generations import Generations
from store.rows import Failure, Moved, Source


@pytest.fixture
def beside(library) -> Generations:
    return Generations(library.catalogue)


def begin(beside: Generations, chunker: str = "test:1"):
    return beside.begin("文档", embedder="hash-64", dimension=64, chunker=chunker)


def test_what_is_built_is_not_seen_until_the_switch_and_what_answered_is_kept(library, beside) -> None:
    library.put("a.txt", "长江的源头")
    live, twin = library.collection, begin(beside)
    library.put("a.txt", "长江的源头", collection=twin)
    assert library.catalogue.collections() == (live,)
    assert beside.switch(live, twin)
    now = library.catalogue.collection("文档")
    assert (now.id, beside.beside("文档", "building")) == (twin.id, None)
    assert beside.beside("文档", "previous").id == live.id


def test_nothing_is_switched_while_they_differ(library, beside) -> None:
    library.put("a.txt", "长江")
    twin = begin(beside)
    assert not beside.switch(library.collection, twin)
    library.put("a.txt", "黄河", collection=twin)
    assert not beside.switch(library.collection, twin)
    library.put("a.txt", "长江", collection=twin)
    library.put("b.txt", "多的", collection=twin)
    assert not beside.switch(library.collection, twin)
    assert library.catalogue.collection("文档") == library.collection


def test_whoever_writes_to_what_was_switched_away_hears_of_it(library, beside) -> None:
    library.put("a.txt", "长江")
    twin = begin(beside)
    library.put("a.txt", "长江", collection=twin)
    beside.switch(library.collection, twin)
    failure = Failure("x", "empty", "空", 1, 2, 3.0)
    for write in (
        lambda: library.put("b.txt", "新的"),
        lambda: library.remove("a.txt"),
        lambda: library.catalogue.adopt(library.collection, Source("b", "0" * 64, 1, 1)),
        lambda: library.catalogue.move(library.collection, [Moved(Source("b", "0" * 64, 1, 1))]),
        lambda: library.catalogue.note_failure(library.collection, failure),
    ):
        with pytest.raises(Superseded, match="run the same command again"):
            write()


def test_what_is_deleted_is_deleted_in_every_generation(library, beside) -> None:
    library.put("a.txt", "秘密的内容")
    twin = begin(beside)
    library.put("a.txt", "秘密的内容", collection=twin)
    beside.switch(library.collection, twin)
    now = library.catalogue.collection("文档")
    assert library.catalogue.remove_source(now, "a.txt")
    with library.catalogue.engine.connect() as connection:
        for table in (s.document, s.chunk, s.vector, s.source):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_failures_follow_the_name_and_an_unfinished_generation_goes_on(library, beside) -> None:
    library.catalogue.note_failure(library.collection, Failure("x", "empty", "空", 1, 2, 3.0))
    twin = begin(beside)
    assert begin(beside) == twin
    other = begin(beside, chunker="test:2")
    assert other.id != twin.id
    beside.switch(library.collection, other)
    library.collection = library.catalogue.collection("文档")
    library.open_shelf()
    assert list(library.shelf.read.failures()) == ["x"]


def test_a_folded_log_keeps_every_index_right(library, monkeypatch) -> None:
    monkeypatch.setattr(changelog, "FOLD_FROM", 3)
    sleeper = library.open_shelf()
    library.put("a.txt", "长江", "源头")
    sleeper.follow()
    awake = library.open_shelf()
    for n in range(4):
        library.put("b.txt", f"黄河 {n}")
    awake.follow(publish=True)
    with library.catalogue.engine.connect() as connection:
        rows = connection.execute(select(s.change.c.sequence)).all()
    assert [row[0] for row in rows] == [awake.read.sequence()]  # 2 + 4 + 3 changes, the last one stays
    assert sleeper.disagreements() == []
    assert library.open_shelf().disagreements() == []
    library.remove("a.txt")
    for shelf in (sleeper, awake, library.open_shelf()):
        assert [keys for keys, _ in shelf.search_keyword("长江", 9)] == []
        assert shelf.disagreements() == []


def test_a_log_is_not_folded_past_what_is_on_disk(library, monkeypatch) -> None:
    monkeypatch.setattr(changelog, "FOLD_FROM", 1)
    for n in range(5):
        library.put("b.txt", f"黄河 {n}")
    library.shelf.follow()  # nothing published: only in memory
    assert changelog.fold(library.catalogue.engine, library.collection, 0) == 0
    assert library.open_shelf().disagreements() == []
