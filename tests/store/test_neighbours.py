from __future__ import annotations

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
