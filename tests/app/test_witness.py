"""Who compares a sentence with a passage in another language."""

from types import SimpleNamespace

from app.witness import witness_of
from generation.meaning import EMBEDDER, MeaningWitness


class Tokens:
    """An embedder that gives token vectors."""

    def __init__(self, name):
        self.name = name

    def embed_tokens(self, texts, *, query=False):
        return []


def test_the_default_embedder_is_a_witness_and_another_one_is_none():
    assert isinstance(witness_of(SimpleNamespace(embedder=Tokens(EMBEDDER))), MeaningWitness)
    assert witness_of(SimpleNamespace(embedder=Tokens("another"))) is None


def test_an_endpoint_that_gives_no_token_vectors_is_none():
    assert witness_of(SimpleNamespace(embedder=SimpleNamespace(name=EMBEDDER))) is None
