from __future__ import annotations

import numpy as np
import pytest

from store import neighbours
from store.neighbours import beside


def test_a_chunk_stands_beside_those_before_and_after_it_in_its_own_document(library) -> None:
    library.put("甲.txt", "第一段", "第二段", "第三段", "第四段")
    library.put("乙.txt", "别的文档")
    keys = sorted(key for key, _ in library.dense("段", 99))
    assert len(keys) == 5
    first, second, third, fourth, alone = keys
    found = {(key, other) for key, other, _ in beside(library.catalogue.engine, [first, third, fourth, alone])}
    pairs = {(first, first), (first, second), (third, second), (third, third), (third, fourth)}
    assert found == pairs | {(fourth, third), (fourth, fourth), (alone, alone)}
    assert {tokens for *_, tokens in beside(library.catalogue.engine, [first])} == {3}
    library.remove("甲.txt")
    assert beside(library.catalogue.engine, [first, second]) == []


@pytest.fixture
def paid(monkeypatch) -> None:
    monkeypatch.setattr(neighbours, "PAID", 2)


def test_asked_often_all_chunks_are_read_once_and_say_the_same(library, monkeypatch, paid) -> None:
    library.put("甲.txt", *(f"第{n}段" for n in range(30)))
    library.put("b.txt", "one", "two", "three")
    library.put("乙.txt", "别的文档")
    keys = sorted(key for key, _ in library.dense("段", 99))
    asked = [keys[0], keys[4], keys[5], keys[29], keys[30], keys[32], keys[33], keys[33] + 1, 0]
    wanted = sorted(beside(library.catalogue.engine, asked))
    found = [sorted(library.shelf.beside(asked)) for _ in range(3)]
    assert found == [wanted] * 3
    monkeypatch.setattr(neighbours, "beside", lambda *_: pytest.fail("the catalogue was read again"))
    assert sorted(library.shelf.beside(asked[::-1])) == wanted
    assert library.shelf.beside([]) == []


def test_after_a_change_the_catalogue_is_asked_again(library, paid) -> None:
    library.put("甲.txt", "第一段", "第二段")
    library.put("b.txt", "one", "two")
    keys = sorted(key for key, _ in library.dense("段", 99))
    for _ in range(3):
        assert len(library.shelf.beside(keys)) == 8
    library.remove("甲.txt")
    for _ in range(3):
        assert {key for key, *_ in library.shelf.beside(keys)} == set(keys[2:])
    library.remove("b.txt")
    for _ in range(3):
        assert library.shelf.beside(keys) == []


def test_chunks_of_two_documents_are_not_beside_each_other_whatever_their_places() -> None:
    columns = [1, 2, 3], [7, 8, 8], [0, 1, 2], [10, 20, 30]
    rows = neighbours.Rows(1, *(np.array(column) for column in columns))
    assert sorted(rows.beside([1, 2])) == [(1, 1, 10), (2, 2, 20), (2, 3, 30)]
