from __future__ import annotations

import threading

import pytest

from store import catching_up
from store.errors import LibraryUnusable
from store.shelf import Shelf


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """Seconds that only the test moves."""
    now = [100.0]
    monkeypatch.setattr(catching_up, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def lagging(library, clock):
    """The library's collection as a server holds it, standing at its first document."""
    library.put("a.txt", "长江的源头")
    shelf = opened(library)
    with shelf.standing() as at:
        assert at == shelf.read.sequence()
    yield shelf
    shelf.rest()


def opened(library, lag: float = catching_up.LAG) -> Shelf:
    return Shelf(library.catalogue, library.collection, library.folder / "index" / "lagging", lag=lag)


def place(shelf: Shelf) -> int:
    with shelf.standing() as at:
        return at


def test_a_search_does_not_wait_for_a_commit_of_a_run_that_goes_on(library, lagging, monkeypatch) -> None:
    before, held = place(lagging), threading.Event()
    bring = lagging._follow
    monkeypatch.setattr(lagging, "_follow", lambda index: held.wait(60) and bring(index))
    library.put("b.txt", "黄河的源头")
    with lagging.standing() as at:
        assert at == before
        assert len(lagging.search_keyword("源头", 9)) == 1
    assert place(lagging) == before  # and one more asks while the first commit is brought
    held.set()
    lagging.rest()
    assert place(lagging) == lagging.read.sequence() > before
    with lagging.standing():
        assert len(lagging.search_keyword("源头", 9)) == 2


def test_what_somebody_has_finished_is_found_at_once(library, lagging) -> None:
    library.put("b.txt", "黄河的源头")
    opened(library).follow(publish=True)  # another process, at the end of its run
    with lagging.standing() as at:
        assert at == lagging.read.sequence()
        assert len(lagging.search_keyword("源头", 9)) == 2


def test_many_commits_are_brought_together(library, lagging, clock) -> None:
    for n in range(3):
        library.put(f"{n}.txt", f"第 {n} 条源头")
        place(lagging)
        lagging.rest()
    behind = place(lagging)
    assert behind < lagging.read.sequence()  # the first was brought, the next within PAUSE wait
    clock[0] += catching_up.PAUSE
    place(lagging)
    lagging.rest()
    assert place(lagging) == lagging.read.sequence()


def test_past_the_lag_a_search_waits_for_the_indexes(library, lagging, clock) -> None:
    library.put("b.txt", "黄河的源头")
    clock[0] += catching_up.LAG + 0.01
    assert place(lagging) == lagging.read.sequence()


def test_what_was_deleted_is_in_no_answer_though_the_indexes_lag(library, lagging, monkeypatch) -> None:
    before, held = place(lagging), threading.Event()
    bring = lagging._follow
    monkeypatch.setattr(lagging, "_follow", lambda index: held.wait(60) and bring(index))
    library.remove("a.txt")
    with lagging.standing() as at:
        ((key, _),) = lagging.search_keyword("长江", 9)
        assert at == before
        assert lagging.located([key]) == {}
    held.set()


def test_where_the_disk_refuses_searches_answer_from_where_the_index_stands_and_it_is_told(
    library, lagging, clock, caplog, monkeypatch
) -> None:
    def refuse(*_: object) -> None:
        raise LibraryUnusable("the disk is full")

    before = place(lagging)
    library.put("b.txt", "黄河的源头")
    monkeypatch.setattr(lagging._keyword, "write", refuse)
    place(lagging)
    lagging.rest()
    assert "could not be brought to the last change (the disk is full)" in caplog.text
    clock[0] += catching_up.LAG + 0.01
    with lagging.standing() as at:
        assert at == before
        assert len(lagging.search_keyword("源头", 9)) == 1
        (vector,) = library.embedder.embed_queries(["源头"])
        assert len(lagging.search_dense(vector, 9)) == 2  # it is in memory
    assert "the disk is full; the search answers from where the index stands" in caplog.text
    monkeypatch.undo()
    clock[0] += 1
    assert place(lagging) == lagging.read.sequence() > before


def test_an_index_that_was_never_written_has_nothing_to_answer_from(library, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise LibraryUnusable("the disk is full")

    library.put("a.txt", "长江的源头")
    shelf = opened(library)
    monkeypatch.setattr(shelf._keyword, "write", refuse)
    with pytest.raises(LibraryUnusable, match="disk is full"):
        place(shelf)


def test_an_index_that_is_built_anew_is_waited_for(library, lagging) -> None:
    before = place(lagging)
    library.put("b.txt", "黄河的源头")
    lagging._clear(lagging._keyword)
    assert place(lagging) == lagging.read.sequence() > before


@pytest.mark.parametrize("noted", [b"", b"12x", b"\xff\xfe"])
def test_a_damaged_note_is_none(library, lagging, noted) -> None:
    before = place(lagging)
    (lagging.folder / "brought").write_bytes(noted)
    library.put("b.txt", "黄河的源头")
    assert place(lagging) == before
    lagging.rest()
    assert place(lagging) == lagging.read.sequence()
    assert int((lagging.folder / "brought").read_bytes()) == lagging.read.sequence()


def test_a_note_that_cannot_be_written_stops_nothing(library, lagging, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catching_up.Path, "write_bytes", refuse)
    library.put("b.txt", "黄河的源头")
    assert lagging.follow() == place(lagging) == lagging.read.sequence()
    assert not list(lagging.folder.glob("*.tmp"))


def test_without_a_lag_every_search_waits(library) -> None:
    library.put("a.txt", "长江的源头")
    strict = opened(library, lag=0.0)
    place(strict)
    library.put("b.txt", "黄河的源头")
    assert place(strict) == strict.read.sequence()
