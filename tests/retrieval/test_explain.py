from __future__ import annotations

import pytest

from retrieval.explain import explain, matched_words
from retrieval.fuse import reciprocal
from retrieval.search import Retriever
from store.keyword_terms import TermScore


@pytest.fixture
def retriever(library) -> Retriever:
    library.put("/书/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.put("/书/b.txt", "the harbour freezes in winter", "GB/T5972 规定了缆索的检查")
    return Retriever(library.shelf, library.embedder, candidates=10)


def test_the_words_of_the_question_are_shown_as_they_are_written_and_add_up_to_the_keyword_score(retriever) -> None:
    found = retriever.search("長江的源頭在哪裡？", k=4)
    first, *_ = explain(retriever.shelf, found, retriever.fusing(found.question))
    assert first.matched[0].words.startswith("長江的源頭")
    score = found.passages[0].stages["keyword"].score
    assert sum(one.score for one in first.matched) == pytest.approx(score, rel=1e-5)
    assert [one.score for one in first.matched] == sorted((one.score for one in first.matched), reverse=True)
    assert all(one.passages == 0 for one in first.missing if one.word == "哪裡")


def test_the_shares_of_the_legs_add_up_to_the_fused_score(retriever) -> None:
    found = retriever.search("源头 harbour", k=4)
    for passage, one in zip(
        found.passages, explain(retriever.shelf, found, retriever.fusing(found.question)), strict=True
    ):
        assert sum(one.shares.values()) == pytest.approx(passage.stages["fused"].score)
        assert ("keyword" in passage.stages) == (one.shares["keyword"] > 0)


def test_the_shares_follow_whatever_fusion_there_is(retriever) -> None:
    """RRF with k = 60: rank 1 in a leg gives 1/61."""
    found = retriever.search("长江的源头", k=1)
    (one,) = explain(retriever.shelf, found, reciprocal)
    score = found.passages[0].stages["fused"].score
    assert score - one.shares["dense"] == pytest.approx(1 / 61)


@pytest.mark.parametrize("mode", ["dense", "keyword"])
def test_one_leg_alone_has_no_shares(retriever, mode) -> None:
    found = retriever.search("长江的源头", k=1, mode=mode)
    (one,) = explain(retriever.shelf, found, retriever.fusing(found.question))
    assert one.shares == {}
    assert bool(one.matched) == (mode == "keyword")


def test_a_term_that_is_not_in_the_question_is_shown_by_itself() -> None:
    terms = (TermScore("bank", 1.0, 1, 2.0), TermScore("lender", 1.0, 1, 1.0))
    assert [one.words for one in matched_words("Which banks?", terms)] == ["banks", "lender"]
