from __future__ import annotations

import math

import pytest

from retrieval.explain import explain, matched_words
from retrieval.fuse import reciprocal
from retrieval.search import Retriever
from retrieval.types import Query
from store.keyword_terms import TermScore


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


ASKED = [
    Query("And in winter?", before="Tell me about the harbour"),
    Query("什么时候结冰？", wordings=("When does the harbour freeze?", "winter")),
    Query("那它的源头呢？", before="长江在哪里？", wordings=("the source of the river",)),
]


@pytest.mark.parametrize("query", ASKED)
def test_what_was_said_before_and_other_wordings_are_in_the_numbers_too(retriever, query) -> None:
    """The words' scores add up to the keyword score, the shares to the fused one, as for a plain question."""
    found = retriever.search(query, k=4)
    for passage, one in zip(found.passages, explain(retriever.shelf, found, retriever.fusing(query)), strict=True):
        score = passage.stages["keyword"].score if "keyword" in passage.stages else 0.0
        assert sum(each.score for each in one.matched) == pytest.approx(score, rel=1e-5)
        assert sum(one.shares.values()) == pytest.approx(passage.stages["fused"].score)
        assert min(one.shares.values()) >= 0


def test_the_weights_of_words_are_those_of_the_mass(library) -> None:
    """One English text among five, six Chinese ones beside: ln(1 + (5 - 1 + .5) / 1.5) = ln 4, not ln 8."""
    for n in range(5):
        library.put(f"{n}.txt", f"text {n} " + ("harbour" if n == 0 else "nothing"))
    library.put("江.txt", *(f"长江的源头在唐古拉山 {n} 处" for n in range(6)))
    retriever = Retriever(library.shelf, library.embedder)
    library.shelf.follow()
    library.shelf._keyword.languages = {"en": 5, "zh": 6}
    found = retriever.search("harbour winter", mode="keyword")
    (one,) = explain(retriever.shelf, found, retriever.fusing(found.question))
    assert [each.weight for each in one.matched] == pytest.approx([math.log(4)])
    whole = sum(each.weight for each in (*one.matched, *one.missing))
    assert whole == pytest.approx(library.shelf.keyword_mass("harbour winter"))
