"""How the catalogue is asked: what is wanted by its key is fetched by its key."""

from __future__ import annotations

import pytest
from sqlalchemy import event


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
