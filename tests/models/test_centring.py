"""Centring: what all texts of a language share is taken out of their vectors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models.catalogue import DEFAULT_EMBEDDER
from models.centring import STRENGTH, Centring, centring_of
from models.embedder import SentenceTransformerEmbedder
from models.fetch import installed, locate

SMALL = Centring(
    "small",
    of_passages={"zh": np.array([0.6, 0.0], np.float32), "en": np.array([0.0, 0.6], np.float32)},
    of_questions={"zh": np.array([0.0, 0.0], np.float32), "en": np.array([0.0, 0.5], np.float32)},
)


def test_each_passage_loses_the_mean_of_its_language_and_keeps_length_one() -> None:
    rows = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)
    centred = SMALL.passages(rows, ["zh", "en"])
    # (1, 0) - (.6, 0) = (.4, 0) → (1, 0);  (.6, .8) - (0, .6) = (.6, .2), of length .6325
    assert_allclose(centred, [[1.0, 0.0], [0.9487, 0.3162]], atol=1e-4)


def test_a_question_loses_the_mean_of_questions() -> None:
    assert_allclose(SMALL.question(np.array([0.6, 0.8], np.float32), "en"), [0.8944, 0.4472], atol=1e-4)
    assert_allclose(SMALL.question(np.array([0.6, 0.8], np.float32), "zh"), [0.6, 0.8], atol=1e-6)


def test_a_vector_that_is_the_mean_stays_finite() -> None:
    assert np.isfinite(SMALL.passages(np.array([[0.6, 0.0]], np.float32), ["zh"])).all()


def test_no_passages_give_no_rows() -> None:
    assert SMALL.passages(np.zeros((0, 2), np.float32), []).shape == (0, 2)


def test_the_default_embedder_has_means_of_both_languages_and_an_unknown_model_none() -> None:
    ours = centring_of("multilingual-e5-small")
    assert ours is not None
    assert centring_of("someone/else") is None
    for means in (ours.of_passages, ours.of_questions):
        assert set(means) == {"zh", "en"}
        # The vectors are unit rows in a narrow cone: their mean is nearly as long as they are.
        assert all(0.8 * STRENGTH < np.linalg.norm(mean) < STRENGTH for mean in means.values())


@pytest.mark.real
@pytest.mark.skipif(not installed(DEFAULT_EMBEDDER), reason="the weights are missing: shujia models pull")
def test_the_answer_in_the_other_language_is_nearer_than_another_text_in_the_questions_own() -> None:
    e5 = SentenceTransformerEmbedder(locate(DEFAULT_EMBEDDER), DEFAULT_EMBEDDER)
    passages = ["The bridge was opened to traffic in 1957.", "图书馆每周一闭馆整理书架。", "这座大桥于1957年建成通车。"]
    centred = centring_of("multilingual-e5-small")
    assert centred is not None
    rows = centred.passages(e5.embed_passages(passages), ["en", "zh", "zh"])
    asked = centred.question(e5.embed_queries(["大桥是哪一年通车的？"])[0], "zh")
    english, library, bridge = rows @ asked
    assert bridge > english > library
