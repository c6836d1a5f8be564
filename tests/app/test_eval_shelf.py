from __future__ import annotations

from app.eval_shelf import StillShelf


def still_shelf(library) -> StillShelf:
    return StillShelf(library.catalogue, library.shelf)


def test_it_finds_what_the_shelf_finds(library):
    library.put("江河", "长江的源头在唐古拉山脉", "黄河的源头在巴颜喀拉山")
    shelf = still_shelf(library)
    assert shelf.search_keyword("长江的源头", 5) == library.shelf.search_keyword("长江的源头", 5)


def test_held_still_it_sees_no_change_and_afterwards_it_does(library):
    library.put("江河", "长江的源头在唐古拉山脉")
    shelf = still_shelf(library)
    with shelf.still():
        before = shelf.search_keyword("长江的源头", 5)
        library.put("又一条", "长江的源头有冰川")
        assert shelf.search_keyword("长江的源头", 5) == before
    assert len(shelf.search_keyword("长江的源头", 5)) == len(before) + 1


def test_held_still_a_passage_is_read_once_and_forgotten_afterwards(library, monkeypatch):
    library.put("江河", "长江的源头在唐古拉山脉", "黄河的源头在巴颜喀拉山")
    shelf = still_shelf(library)
    keys = [span.key for span in shelf.read.spans()]
    asked: list[list[int]] = []
    read = shelf.read.located
    monkeypatch.setattr(shelf.read, "located", lambda keys: asked.append(list(keys)) or read(keys))
    with shelf.still():
        assert set(shelf.located(keys[:1])) == {keys[0]}
        assert list(shelf.located(keys)) == keys
        assert shelf.located([10_000]) == {}
    assert asked == [keys[:1], keys[1:], [10_000]]
    shelf.located(keys)
    assert asked[-1] == keys
