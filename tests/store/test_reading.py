"""How the catalogue is asked: what is wanted by its key is fetched by its key."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from store import located
from store.filters import Filters


@pytest.mark.sqlite
def test_passages_wanted_by_key_are_never_found_by_walking_the_collection(library):
    for number in range(3):
        library.put(f"/{number}.txt", f"第 {number} 段文字", f"passage {number}")
    shelf = library.open_shelf()
    shelf.follow()
    keys, asked = list(shelf.read.delta(0).added), []
    engine = shelf.read.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))

    assert len(shelf.read.located(keys)) == 6
    assert len(shelf.read.vectors(keys)[0]) == 6
    assert len(list(shelf.read.texts(keys))) == 6
    assert len(shelf.read.written_in(keys)) == 6

    wanted = [one for one in asked if "IN (" in one[0]]
    assert len(wanted) == 4
    with engine.connect() as connection:
        for statement, values in wanted:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            told = next(row[3] for row in plan if " chunk " in f"{row[3]} ")
            assert told == "SEARCH chunk USING INTEGER PRIMARY KEY (rowid=?)"


def test_passages_are_found_however_many_are_wanted(library, monkeypatch):
    library.put("甲.txt", *(f"第{n}段 passage {n}" for n in range(45)))
    read = library.shelf.read
    keys = sorted(library.shelf.read.delta(0).added)
    for wanted in (keys[:1], keys[:16], keys[:17], keys[::-1], [*keys, 10**9], []):
        mine = sorted(set(wanted) & set(keys))
        assert sorted(read.located(wanted)) == sorted(read.words(wanted)) == mine
    monkeypatch.setattr(located, "MOST", 8)
    assert sorted(read.located(keys)) == keys
    assert read.words(keys[40:])[keys[44]] == "第44段 passage 44"


@pytest.mark.sqlite
def test_a_filter_by_documents_reads_their_passages_alone(library):
    for number in range(9):
        library.put(f"{number}.txt", f"第{number}段", f"passage {number}")
    asked: list[tuple[str, tuple[object, ...]]] = []
    card = library.shelf.read.cards()[3]
    engine = library.catalogue.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))

    assert len(library.shelf.allowed(Filters(documents=(card.id,)))) == 2

    statement, values = next(one for one in asked if "chunk JOIN document" in one[0])
    with engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert not [step for step in plan if step.startswith("SCAN")]
