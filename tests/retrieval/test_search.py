from __future__ import annotations

import pytest
from sqlalchemy import update

from retrieval.fuse import fuse
from retrieval.search import MAX_QUESTION, EmptyQuestion, Retriever
from retrieval.types import Hit, StageScore
from store.engine import writing
from store.filters import Filters
from store.reading import Reader
from store.schema import document
from store.shelf import Shelf


def test_the_best_passage_comes_first_with_all_that_a_reader_needs(retriever) -> None:
    found = retriever.search("長江的源頭", k=2)
    best = found.passages[0]
    assert (best.number, best.chunk.text, best.path) == (1, "长江的源头在唐古拉山", "/书/江.txt")
    assert [passage.number for passage in found.passages] == [1, 2]
    assert [passage.score for passage in found.passages] == sorted((p.score for p in found.passages), reverse=True)


def test_the_trace_holds_each_stage_and_every_passage_its_places(retriever) -> None:
    found = retriever.search("长江的源头", k=4)
    stages = {stage.name: stage for stage in found.trace.stages}
    assert list(stages) == ["dense", "keyword", "fused", "passages"]
    assert all(stage.seconds >= 0 for stage in stages.values())
    assert found.trace.sequence == retriever.shelf.follow()
    mass = retriever.shelf.keyword_mass("长江的源头")
    assert stages["fused"].ranking == fuse(stages["dense"].ranking, stages["keyword"].ranking, keyword_mass=mass)
    for passage, hit in zip(found.passages, stages["fused"].ranking, strict=True):
        assert passage.score == hit.score
        for name, place in passage.stages.items():
            at = stages[name].ranking[place.rank - 1]
            assert (at.key, place) == (hit.key, StageScore(place.rank, at.score))
    (harbour,) = [passage for passage in found.passages if "harbour" in passage.chunk.text]
    assert "keyword" not in harbour.stages  # it shares no term with the question


@pytest.mark.parametrize(("mode", "stages"), [("dense", ["dense", "passages"]), ("keyword", ["keyword", "passages"])])
def test_a_single_leg_runs_alone(retriever, mode, stages, monkeypatch) -> None:
    other = "search_keyword" if mode == "dense" else "searches_dense"

    def refuse(*_: object) -> None:
        raise AssertionError(f"{other} was asked in mode {mode}")

    monkeypatch.setattr(type(retriever.shelf), other, refuse)
    found = retriever.search("GB/T5972 缆索", mode=mode)
    assert [stage.name for stage in found.trace.stages] == stages
    assert found.passages[0].chunk.text == "GB/T5972 规定了缆索的检查"


@pytest.mark.parametrize("question", ["", "   ", "\n\t\u3000", "？！", "🎉", "\udce4\udcbd", "\x00"])
def test_a_question_without_a_word_is_refused(retriever, question: str) -> None:
    with pytest.raises(EmptyQuestion, match="write what you want to know"):
        retriever.search(question)


@pytest.mark.parametrize("question", ["x" * 100_000, "长江 OR (drop:table)\\", "🎉 长江 \udce4 \x00"])
def test_a_strange_question_is_answered_all_the_same(retriever, question: str) -> None:
    found = retriever.search(question, k=1)
    assert len(found.passages) == 1
    assert len(found.question) <= MAX_QUESTION
    assert found.question.encode()


def test_an_empty_shelf_gives_an_empty_context(library) -> None:
    found = Retriever(library.shelf, library.embedder).search("任何问题")
    assert (found.passages, found.tokens) == ((), 0)


def test_k_may_be_more_than_there_is_and_more_than_the_candidates(retriever) -> None:
    assert len(retriever.search("源头", k=1000).passages) == 4
    few = Retriever(retriever.shelf, retriever.embedder, candidates=1)
    assert len(few.search("源头", k=3).passages) == 3


def test_a_chunk_deleted_between_the_legs_and_the_reading_is_not_returned(retriever, library, monkeypatch) -> None:
    located = type(library.shelf).located

    def late(self, keys):
        library.remove("/书/江.txt")
        return located(self, keys)

    monkeypatch.setattr(type(library.shelf), "located", late)
    found = retriever.search("长江的源头", k=1)
    assert [passage.path for passage in found.passages] == ["/书/b.txt"]
    assert [passage.number for passage in found.passages] == [1]


def test_an_error_of_the_embedder_reaches_the_caller(retriever, monkeypatch) -> None:
    from models.types import ModelUnavailable

    def down(_: object) -> None:
        raise ModelUnavailable("no answer")

    monkeypatch.setattr(retriever.embedder, "embed_queries", down)
    with pytest.raises(ModelUnavailable):
        retriever.search("长江")


def test_the_same_question_gives_the_same_ranking(retriever) -> None:
    first, second = retriever.search("源头 harbour", k=4), retriever.search("源头 harbour", k=4)
    assert first.passages == second.passages


def test_a_mode_that_is_none_is_refused(retriever) -> None:
    with pytest.raises(ValueError, match="mode 'fuzzy': choose hybrid, dense or keyword"):
        retriever.search("长江", mode="fuzzy")


def test_the_trace_counts_the_passages_that_were_read(retriever) -> None:
    found = retriever.search("长江的源头", k=1)
    assert [len(stage.ranking) for stage in found.trace.stages if stage.name == "passages"] == [1]


@pytest.fixture
def bilingual(library) -> Retriever:
    """Two passages in Chinese, three in English of which one is mixed."""
    library.put("/书/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.put("/书/b.txt", "the harbour freezes in winter", "select id from 表格 where id > 1", "a river in hills")
    with writing(library.catalogue.engine) as connection:
        connection.execute(update(document).where(document.c.title.startswith("the")).values(language="en"))
    return Retriever(library.shelf, library.embedder, candidates=10)


def test_the_other_language_is_heard_from_the_same_look_at_the_vectors(bilingual, monkeypatch) -> None:
    looked, searches = [], Shelf.searches_dense
    monkeypatch.setattr(
        Shelf, "searches_dense", lambda self, vector, looks: looked.append(len(looks)) or searches(self, vector, looks)
    )
    found = bilingual.search("长江和黄河的源头")
    assert looked == [2]
    assert [stage.name for stage in found.trace.stages] == ["dense", "keyword", "fused", "languages", "passages"]
    places = [passage.chunk.text for passage in found.passages]
    assert places[2] in ("the harbour freezes in winter", "a river in hills")  # the mixed one is not placed
    for asked in (Filters(languages=("zh",)), Filters(languages=("en",))):
        assert "languages" not in bilingual.search("长江的源头", filters=asked).trace.seconds
    assert looked == [2, 1, 1]


def test_mixed_passages_are_passed_over_however_many_come_first(bilingual, monkeypatch) -> None:
    """30 hits, 25 of them mixed: all are read, in batches of 12; of plain ones the first batch is enough."""
    batches = []
    texts = {n: "源头 select" if n <= 25 else "plain words" for n in range(1, 31)}
    monkeypatch.setattr(Reader, "words", lambda self, keys: batches.append(len(keys)) or {n: texts[n] for n in keys})
    hits = tuple(Hit(n, 1 - n / 100) for n in texts)
    assert bilingual._plain(hits) == hits[25:]
    assert batches == [12, 12, 6]
    batches.clear()
    texts.update(dict.fromkeys(texts, "plain words"))
    assert bilingual._plain(hits) == hits[:12]
    assert batches == [12]


def test_a_search_asks_once_whether_something_has_changed(bilingual, library, monkeypatch) -> None:
    bilingual.search("长江")
    asked, sequence = [], Reader.sequence
    monkeypatch.setattr(Reader, "sequence", lambda self: asked.append(1) or sequence(self))
    bilingual.search("长江的源头在哪里")
    assert len(asked) == 1
    library.put("/书/c.txt", "长江的源头在哪里，书里说了")
    assert bilingual.search("长江的源头在哪里").passages[0].path == "/书/c.txt"
