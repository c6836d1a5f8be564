from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from store.filters import Filters
from store.reading import Reader


def test_inside_the_block_a_shelf_stands_still_and_follows_again_after_it(library) -> None:
    library.put("a.txt", "长江的源头")
    with library.shelf.standing() as at:
        assert at == library.shelf.read.sequence()
        library.put("b.txt", "黄河的源头")
        assert library.shelf.follow() == at
        assert len(library.dense("源头")) == len(library.shelf.search_keyword("源头", 9)) == 1
        assert library.shelf.languages == {"zh": 1}
    assert library.shelf.follow() > at
    assert len(library.dense("源头")) == 2


def test_nothing_is_asked_of_the_catalogue_to_learn_whether_it_changed(library, monkeypatch) -> None:
    library.put("a.txt", "长江的源头")
    asked = []
    sequence = Reader.sequence
    monkeypatch.setattr(Reader, "sequence", lambda self: asked.append(1) or sequence(self))
    with library.shelf.standing():
        asked.clear()
        library.dense("源头")
        library.shelf.keyword_mass("源头")
        assert len(library.shelf.allowed(Filters(languages=("zh",))) or ()) == 1
    assert not asked


def test_what_was_deleted_inside_the_block_is_not_shown(library) -> None:
    library.put("a.txt", "长江的源头")
    with library.shelf.standing():
        library.remove("a.txt")
        ((key, _),) = library.dense("长江")
        assert library.shelf.located([key]) == library.shelf.read.words([key]) == {}


def test_another_shelf_and_another_thread_go_on_following(library) -> None:
    library.put("a.txt", "长江的源头")
    mine = library.shelf
    with mine.standing() as at, ThreadPoolExecutor(1) as thread:
        library.put("b.txt", "黄河的源头")
        assert thread.submit(copy_context().run, mine.follow).result() == at
        assert thread.submit(mine.follow).result() > at
        assert library.open_shelf().follow() > at
        with mine.standing() as inner:
            assert inner == at
        assert mine.follow() == at
