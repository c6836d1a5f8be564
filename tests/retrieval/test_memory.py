"""Nothing that is remembered is stale: after every change of the library the same question is searched anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.memory import Memory
from retrieval.search import Retriever
from store.errors import NothingToFilter
from store.filters import Filters

LATE = Filters(since=10.0)
PARTS = ["长江的源头在唐古拉山", "黄河的源头", "the harbour freezes", "river in winter", "合同 长江", "源头 harbour"]


@pytest.fixture
def retriever(library) -> Retriever:
    library.put("/书/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    return Retriever(library.shelf, library.embedder, candidates=10)


def texts(found) -> list[str]:
    return [passage.chunk.text for passage in found.passages]


def test_the_least_recently_asked_goes_first() -> None:
    memory = Memory(kept=2)
    made: list[int] = []

    def ask(key: int) -> int:
        return memory.get(key, lambda: made.append(key) or key)

    assert [ask(key) for key in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert (made, len(memory)) == ([1, 2, 3, 2], 2)
    assert memory.get(9, lambda: 9, keep=lambda _: False) == 9
    assert memory.get(9, lambda: 8) == 8


def test_an_equal_question_is_searched_and_embedded_once(retriever, monkeypatch) -> None:
    first = retriever.search("长江的源头")

    def refuse(*_: object) -> None:
        raise AssertionError("searched again")

    monkeypatch.setattr(type(retriever.shelf), "search_keyword", refuse)
    monkeypatch.setattr(type(retriever.embedder), "embed_queries", refuse)
    again = retriever.search("长江的源头")
    assert again.passages == first.passages
    assert [stage.name for stage in again.trace.stages] == [stage.name for stage in first.trace.stages]
    assert again.trace.seconds["dense"] == 0 < first.trace.seconds["dense"]  # it was not searched this time
    with pytest.raises(AssertionError, match="searched again"):
        replace(retriever, dense_weight=0.9).search("长江的源头")


def test_what_came_or_went_between_two_equal_questions_is_seen(retriever, library) -> None:
    before = texts(retriever.search("长江的源头"))
    library.put("/书/b.txt", "长江的源头")
    assert texts(retriever.search("长江的源头"))[0] == "长江的源头" not in before
    library.remove("/书/b.txt")
    assert texts(retriever.search("长江的源头")) == before
    library.remove("/书/江.txt")
    assert texts(retriever.search("长江的源头")) == []


def test_a_file_that_moves_is_shown_where_it_is_now(retriever, library) -> None:
    """Moving writes no change of chunks: the rankings are remembered, the passages are read anew."""
    assert {passage.path for passage in retriever.search("源头").passages} == {"/书/江.txt"}
    library.put("/书/新/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.remove("/书/江.txt")
    assert {passage.path for passage in retriever.search("源头").passages} == {"/书/新/江.txt"}
    assert len(retriever.search("源头", filters=Filters(folders=("新",))).passages) == 2
    library.put("/书/旧/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.remove("/书/新/江.txt")
    with pytest.raises(NothingToFilter):
        retriever.search("源头", filters=Filters(folders=("新",)))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.lists(st.sampled_from(PARTS), min_size=1, max_size=3)),
        st.tuples(st.just("remove"), st.integers(0, 3)),
        st.tuples(st.just("ask"), st.sampled_from(["源头", "harbour river", "长江"]), st.sampled_from([0, 1, 2, None])),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_with_and_without_memory_every_answer_is_the_same_and_keeps_to_its_filter(new_library, steps) -> None:
    library = new_library(f"m{abs(hash(str(steps)))}")
    remembering = Retriever(library.shelf, library.embedder, candidates=10)
    for kind, one, *rest in steps:
        if kind == "put":
            library.put(f"/书/{one}/a.txt", *rest[0])
        elif kind == "remove":
            library.remove(f"/书/{one}/a.txt")
        else:
            filters = Filters() if rest[0] is None else Filters(folders=(f"/书/{rest[0]}",))
            found = []
            for retriever in (remembering, remembering, Retriever(library.shelf, library.embedder, candidates=10)):
                try:
                    found.append(retriever.search(one, filters=filters).passages)
                except NothingToFilter:
                    found.append(())
            assert found[0] == found[1] == found[2]
            paths = library.shelf.read.sources()
            for passage in found[0]:
                held = [path for path, source in paths.items() if source.document_id == passage.chunk.document_id]
                assert held
                assert rest[0] is None or any(path.startswith(f"/书/{rest[0]}/") for path in held)
