"""The arithmetic of the witness by meaning: token rows in, three measures out."""

import numpy as np

from generation import meaning
from generation.evidence import prepare
from generation.meaning import MeaningWitness, Measures, measures, new_tokens, probability

PASSAGE = "Ask for leave in the staff portal. The head of department approves it. Nobody pays the taxi."


def test_the_answer_must_stand_where_the_question_stands():
    """Three unit tokens: the question's (x), the answer's (y). Line one has the question's, line two the answer's."""
    sentence, new = np.eye(3, dtype=np.float32)[:2], np.array([False, True])
    lines = [np.eye(3, dtype=np.float32)[[0]], np.eye(3, dtype=np.float32)[[1]]]
    found = measures(sentence, new, lines)
    assert (found.together, found.here, found.elsewhere) == (0.0, 0.0, 1.0)  # the answer is elsewhere
    found = measures(sentence, new, [np.eye(3, dtype=np.float32)[:2], lines[1]])
    assert (found.together, found.here, found.elsewhere, found.line) == (1.0, 1.0, 0.0, 0)
    assert probability(found) > probability(Measures(0.0, 0.0, 1.0, 0))


def test_tokens_are_new_where_the_question_does_not_say_them():
    sentence, question = "年假为十天。", "年假有几天？"
    offsets = [(0, 2), (2, 3), (3, 5), (5, 6)]  # 年假 为 十天 。
    assert new_tokens(sentence, question, offsets, 4).tolist() == [False, True, True, False]
    assert new_tokens(sentence, question, [(0, 0), *offsets], 4).tolist() == [False, True, True, False]
    assert new_tokens(sentence, question, offsets, 2).tolist() == [True, True]  # cut: nothing is known
    assert new_tokens(question, question, [(0, 2), (2, 6)], 2).tolist() == [True, True]


class Letters:
    """Token vectors of single characters, each its own direction; counts what it embeds."""

    def __init__(self):
        self.embedded = []

    @property
    def tokens(self):
        return self

    def offsets(self, text):
        return [(n, n + 1) for n in range(len(text))]

    def embed_tokens(self, texts, *, query=False):
        self.embedded += texts
        rows = [[hash_row(character) for character in text] for text in texts]
        return [np.array(each, np.float32).reshape(-1, 384) for each in rows]


def hash_row(character):
    row = np.zeros(384, np.float32)
    row[ord(character) % 384] = 1
    return row


def test_a_sentence_of_the_passage_is_embedded_once(context_of, monkeypatch):
    monkeypatch.setattr(meaning, "means", lambda: {"zh": np.zeros(384, np.float32), "en": np.zeros(384, np.float32)})
    reader = Letters()
    witness = MeaningWitness(reader)
    evidence = prepare(context_of("", PASSAGE).passages[0])
    assert witness("abc", "", evidence) == witness("abc", "", evidence)
    assert len(reader.embedded) == 4  # the sentence and three of the passage
    assert witness("", "", evidence) is None
    assert witness("abc", "", prepare(context_of("", "。").passages[0])) is None


def test_the_means_that_came_with_the_program_are_of_the_default_embedder():
    assert {language: row.shape for language, row in meaning.means().items()} == {"zh": (384,), "en": (384,)}
