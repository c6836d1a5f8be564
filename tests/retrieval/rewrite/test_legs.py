from __future__ import annotations

import numpy as np
import pytest

from retrieval.rewrite.legs import OWN_WEIGHT, keyword_hits, keyword_mass, query_vector
from retrieval.search import Retriever
from retrieval.types import Query


@pytest.fixture
def shelf(library):
    library.put("/a.txt", "长江的源头在唐古拉山", "the harbour freezes in winter")
    library.put("/b.txt", "the source of the Yangtze is in the Tanggula mountains", "黄河的源头在巴颜喀拉山")
    return library.shelf


def test_one_text_is_asked_as_it_always_was(shelf, library) -> None:
    query = Query("长江的源头")
    assert [(hit.key, hit.score) for hit in keyword_hits(shelf, query, 10)] == shelf.search_keyword(query.text, 10)
    assert keyword_mass(shelf, query) == shelf.keyword_mass(query.text)
    own = library.embedder.embed_queries([query.text])[0]
    assert np.array_equal(query_vector(library.embedder, query), own)
    assert query_vector(library.embedder, query, own) is own


def test_a_chunk_takes_the_best_share_of_any_wording(shelf) -> None:
    query = Query("长江的源头", wordings=("source of the Yangtze",))
    hits = {hit.key: hit.score / keyword_mass(shelf, query) for hit in keyword_hits(shelf, query, 10)}
    for text in (query.text, *query.wordings):
        for key, score in shelf.search_keyword(text, 10):
            assert hits[key] >= score / shelf.keyword_mass(text) - 1e-9
    yangtze, _ = shelf.search_keyword(query.wordings[0], 10)[0]
    assert hits[yangtze] == pytest.approx(
        shelf.search_keyword(query.wordings[0], 1)[0][1] / shelf.keyword_mass(query.wordings[0])
    )


def test_a_question_without_terms_is_found_by_its_wordings(shelf) -> None:
    query = Query("the", wordings=("harbour",))
    assert len(keyword_hits(shelf, query, 10)) == 1
    assert keyword_mass(shelf, query) == 1.0


def test_the_vector_is_the_unit_mean_of_question_wordings_and_imagined_passages(library) -> None:
    query = Query("甲乙", wordings=("harbour",), imagined=("winter ice",), before="丙丁")
    embedder = library.embedder
    rows = [*embedder.embed_queries(["甲乙", "丙丁 甲乙", "harbour"]), *embedder.embed_passages(["winter ice"])]
    mean = np.mean(rows, axis=0)
    vector = query_vector(embedder, query)
    assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert query_vector(embedder, query, rows[0]) == pytest.approx(vector, abs=1e-6)


def test_what_was_said_before_counts_less_than_the_question(shelf) -> None:
    query = Query("harbour", before="Yangtze")
    assert shelf.search_keyword(" ".join(["Yangtze", *["harbour"] * OWN_WEIGHT]), 9) == [
        (hit.key, hit.score) for hit in keyword_hits(shelf, query, 9)
    ]
    texts = [one.chunk.text for one in Retriever(shelf, _hash()).search(query, k=4, mode="keyword").passages]
    assert texts[0] == "the harbour freezes in winter"
    assert texts[1].startswith("the source of the Yangtze")


def test_surrogates_anywhere_in_a_query_do_no_harm(shelf) -> None:
    query = Query("长江\udce4", ("\udce4 harbour",), ("\udcbd 山",), "\udce4")
    assert Retriever(shelf, _hash()).search(query, k=1).passages


def _hash():
    from models.fakes import HashEmbedder

    return HashEmbedder()
