"""A context from plain tuples, and a chat model that says what it is told to."""

import pytest

from retrieval.types import Context, Passage, Trace
from store.types import Chunk

OFFSET = 1000  # where every chunk begins in its document


def make_context(question, *texts, title="手册", page=None, headings=()):
    passages = tuple(
        Passage(n, Chunk(f"c{n}", f"d{n}", 0, OFFSET, OFFSET + len(t), t, page, headings, len(t)), title, "f", 1.0 / n)
        for n, t in enumerate(texts, start=1)
    )
    return Context(question, passages, Trace())


class Saying:
    """Streams ``pieces``; an exception among them is raised at its place. Keeps what it was asked."""

    name = "saying"

    def __init__(self, *pieces, context_tokens=4096):
        self.pieces, self.context_tokens = pieces, context_tokens
        self.asked, self.closed = [], False

    def stream(self, messages, *, max_tokens):
        self.asked.append(messages)
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed = True

    def count_tokens(self, text):
        return len(text)


@pytest.fixture
def context_of():
    return make_context


@pytest.fixture
def saying():
    return Saying
