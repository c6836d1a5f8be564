from __future__ import annotations

import numpy as np
import pytest

from eval.measures.bertscore import bert_scores
from eval.measures.tokens import tokens
from models.catalogue import DEFAULT_EMBEDDER
from models.fetch import installed, locate


class OneAxisATopic:
    """Tokens to unit vectors: one axis a topic, words of one topic are 60° apart or the same."""

    TOPICS = {"猫": (1, 0), "cat": (0.5, 3**0.5 / 2), "狗": (0, 0)}  # noqa: RUF012

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def embed_tokens(self, texts, *, query=False):
        self.calls.append(list(texts))
        return [self._rows(tokens(text)) for text in texts]

    def _rows(self, found):
        rows = np.zeros((len(found), 3), dtype=np.float32)
        for row, token in zip(rows, found, strict=True):
            row[:2] = self.TOPICS[token]
            row[2] = 0 if row.any() else 1
        return rows


def test_the_score_is_the_harmonic_mean_of_best_matches() -> None:
    # 猫狗 against cat: tokens of the text find .5 and 0, precision .25; cat finds 猫, recall .5: F1 = .25/.75
    assert bert_scores(OneAxisATopic(), ["猫狗"], [["cat"]]) == [pytest.approx(2 * 0.25 * 0.5 / 0.75)]


def test_a_text_with_itself_is_one_and_with_its_opposite_nothing() -> None:
    assert bert_scores(OneAxisATopic(), ["猫狗cat", "狗"], [["猫狗cat"], ["猫"]]) == [pytest.approx(1, abs=1e-6), 0.0]


def test_the_best_reference_counts_and_every_text_is_embedded_once() -> None:
    embedder = OneAxisATopic()
    assert bert_scores(embedder, ["猫", "猫"], [["狗", "cat", "猫"], ["狗"]]) == [1.0, 0.0]
    assert embedder.calls == [["猫", "狗", "cat"]]


def test_many_texts_are_scored_in_parts() -> None:
    embedder = OneAxisATopic()
    assert bert_scores(embedder, ["猫"] * 150, [["cat"]] * 150) == [pytest.approx(0.5)] * 150
    assert len(embedder.calls) == 3


def test_a_text_without_tokens_has_zero() -> None:
    assert bert_scores(OneAxisATopic(), ["", "猫"], [["猫"], [" "]]) == [0.0, 0.0]
    assert bert_scores(OneAxisATopic(), [], []) == []


def test_missing_references_are_refused() -> None:
    with pytest.raises(ValueError, match="text 1 has"):
        bert_scores(OneAxisATopic(), ["猫", "猫"], [["猫"], []])
    with pytest.raises(ValueError, match="1 texts and 2 lists"):
        bert_scores(OneAxisATopic(), ["猫"], [["猫"], ["猫"]])


@pytest.fixture(scope="module")
def real():
    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    from models.embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(locate(DEFAULT_EMBEDDER), DEFAULT_EMBEDDER)


@pytest.mark.real
@pytest.mark.filterwarnings("default")
def test_a_translation_is_closer_than_an_unrelated_text_in_either_direction(real) -> None:
    zh = ["员工满五年后有十五天年假。", "圖書館週日閉館，平日九點開門。", "这种药物可以降低血压。"]
    en = [
        "Employees have fifteen days of annual leave after five years.",
        "The library is closed on Sundays and opens at nine on weekdays.",
        "This drug can lower blood pressure.",
    ]
    for texts, others in ((zh, en), (en, zh)):
        itself = bert_scores(real, texts, [[text] for text in texts])
        assert itself == pytest.approx([1.0] * 3, abs=1e-5)
        translated = bert_scores(real, texts, [[one] for one in others])
        for turn in (1, 2):
            unrelated = bert_scores(real, texts, [[others[(i + turn) % 3]] for i in range(3)])
            assert all(near > far for near, far in zip(translated, unrelated, strict=True))
            assert all(near < 1 - 1e-3 for near in translated)
