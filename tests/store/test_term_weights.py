from __future__ import annotations

import math

import pytest

from store.keyword_index import KeywordIndex
from store.term_weights import idf, weights


def test_idf_is_lucenes() -> None:
    """ln(1 + (10 - 2 + .5) / (2 + .5)) = ln 4.4."""
    assert idf(10, 2) == pytest.approx(math.log(4.4))


def test_words_are_weighed_among_the_passages_of_their_language() -> None:
    """100 passages, 10 of them English: "river" among 10, the Chinese term and the number among 100."""
    found = weights({"river": 4, "长江": 3, "4711": 2}, 100, {"en": 10, "zh": 90}, "en")
    assert found == {"river": idf(10, 4), "长江": idf(100, 3), "4711": idf(100, 2)}
    assert weights({"river": 4, "长江": 3}, 100, {"en": 10, "zh": 90}, "zh") == {
        "river": idf(100, 4),
        "长江": idf(90, 3),
    }


def test_a_language_with_too_few_passages_is_weighed_among_all() -> None:
    """The terms of an English question in a Chinese library: 5 hold "transformer", 3 or none are English."""
    for english in ({"en": 3, "zh": 97}, {"zh": 100}, {}):
        assert weights({"transformer": 5, "layer": 1}, 100, english, "en") == {
            "transformer": idf(100, 5),
            "layer": idf(100, 1),
        }


def test_passages_of_another_language_change_no_english_ranking(tmp_path) -> None:
    """With ten Chinese passages for each English one, plain idf makes "the river" of "winter" alone."""
    english = {1: "where does he walk", 2: "where does the river sleep", 3: "winter where", 4: "does winter freeze"}
    question = "where does winter"
    alone, mixed = KeywordIndex(tmp_path / "a"), KeywordIndex(tmp_path / "b")
    for index in (alone, mixed):
        index.clear()
    alone.write([], english.items(), 1)
    mixed.write([], [*english.items(), *((key, f"长江 {key} 的源头 在 山") for key in range(10, 50))], 1)
    before = mixed.mass(question)
    mixed.languages = {"en": 4, "zh": 40}
    assert mixed.mass(question) == pytest.approx(alone.mass(question)) != before
    assert [key for key, _ in mixed.search(question, 9)] == [key for key, _ in alone.search(question, 9)]


def test_one_language_changes_nothing(tmp_path) -> None:
    index = KeywordIndex(tmp_path)
    index.clear()
    index.write([], [(1, "river stone"), (2, "river")], 1)
    before = index.search("river stone", 9)
    index.languages = {"en": 2}
    assert index.search("river stone", 9) == before


def test_the_shelf_tells_the_index_its_languages(library) -> None:
    library.put("/a", "长江", "黄河")
    assert dict(library.shelf.languages) == {"zh": 2}
    library.remove("/a")
    assert dict(library.shelf.languages) == {}
