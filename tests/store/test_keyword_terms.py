from __future__ import annotations

import pytest

from store.words import words

TEXTS = ("满五年的员工每年享有十天带薪年假。", "Banks bank on GB/T5972, O'Neill and naïve C++ readers.")


@pytest.mark.parametrize(
    "question", ["滿五年的員工有幾天帶薪年假", "bank banks GB/T5972 O'Neill naïve C++", "员工 bank"]
)
def test_the_terms_of_a_hit_add_up_to_its_score(library, question: str) -> None:
    library.put("a.txt", *TEXTS)
    hits = library.shelf.search_keyword(question, 10)
    found = library.shelf.keyword_terms(question, [key for key, _ in hits])
    assert hits
    for key, score in hits:
        assert sum(one.score for one in found[key]) == pytest.approx(score, rel=1e-5)
        assert [one.score for one in found[key]] == sorted((one.score for one in found[key]), reverse=True)
        assert all(one.idf > 0 and one.count > 0 for one in found[key])


def test_a_passage_without_a_term_and_one_that_is_gone_are_absent(library) -> None:
    library.put("a.txt", *TEXTS)
    assert library.shelf.keyword_terms("harbour", [1, 2]) == {}
    library.remove("a.txt")
    assert library.shelf.keyword_terms("员工", [1]) == {}
    assert library.shelf.keyword_terms("？", [1]) == {}


def test_the_mass_is_the_sum_of_the_weights_with_their_repeats(library) -> None:
    library.put("a.txt", *TEXTS)
    weights = library.shelf.keyword_weights(["bank", "员工", "nowhere"])
    assert [count for _, count in weights.values()] == [1, 1, 0]
    assert library.shelf.keyword_mass("bank banks nowhere") == pytest.approx(
        2 * weights["bank"][0] + weights["nowhere"][0]
    )


def test_words_are_as_they_are_written_and_give_the_terms_of_the_index() -> None:
    found = {word.text: word.terms for word in words("請問員工的 1,000 本 Ｂｏｏｋｓ，the GB/T5972")}
    assert found["員工"] == ("员工",)
    assert found["1,000"] == ("1000",)
    assert found["Ｂｏｏｋｓ"] == ("book",)
    assert set(found["GB/T5972"]) >= {"gb/t5972", "t5972"}
    assert "the" not in found
