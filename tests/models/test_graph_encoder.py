from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models import graph_encoder, query_encoder
from models.bert_graph import build
from models.catalogue import DEFAULT_EMBEDDER
from models.embedder import SentenceTransformerEmbedder
from models.fetch import installed, locate
from models.graph_encoder import GraphEncoder
from models.query_encoder import QueryEncoder, plain_bert

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="openvino is installed on Linux on x86-64 only"
)
TEXTS = ["one", "two two", "three three three, which is the longest of them", "书架", "a", "bb", "ccc", "dddd"]


class ByLetters(QueryEncoder):
    def _ids(self, text, max_tokens):
        return next(self._tokens.encodings([text])).ids[:max_tokens]


def test_the_graph_gives_the_vectors_of_numpy_for_a_text_and_for_many(tiny_bert, letters) -> None:
    graph, exact = GraphEncoder(tiny_bert, letters, build, threads=1), ByLetters(tiny_bert, letters)
    expected = exact.encode(TEXTS, max_tokens=64)
    assert graph.encode(TEXTS, max_tokens=64) == pytest.approx(expected, abs=1e-5)
    for text, row in zip(TEXTS, expected, strict=True):
        assert graph.encode([text], max_tokens=64)[0] == pytest.approx(row, abs=1e-5)


def test_callers_of_several_threads_share_the_requests_and_get_their_own_vectors(
    tiny_bert, letters, monkeypatch
) -> None:
    monkeypatch.setattr(graph_encoder, "BATCH_TOKENS", 16)  # a text or two a batch: many more batches than requests
    graph = GraphEncoder(tiny_bert, letters, build, threads=2)
    orders = [np.random.default_rng(seed).permutation(len(TEXTS) * 4) % len(TEXTS) for seed in range(8)]
    expected = graph.encode(TEXTS, max_tokens=64)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda order: graph.encode([TEXTS[n] for n in order], max_tokens=64), orders))
    for order, vectors in zip(orders, found, strict=True):
        assert vectors == pytest.approx(expected[order], abs=1e-5)


def test_a_reader_who_leaves_half_way_gives_the_requests_back(tiny_bert, letters, monkeypatch) -> None:
    monkeypatch.setattr(graph_encoder, "BATCH_TOKENS", 16)
    graph = GraphEncoder(tiny_bert, letters, build, threads=1)
    for _ in range(5):  # more often than there are requests
        states = graph.states(TEXTS, max_tokens=64)
        next(states)
        states.close()
    assert graph.encode(TEXTS, max_tokens=64).shape == (len(TEXTS), 64)


def test_without_openvino_numpy_computes_and_a_model_of_another_kind_is_left_to_torch(
    tiny_bert, letters, monkeypatch
) -> None:
    assert not plain_bert(tiny_bert)  # its configuration does not say what kind it is
    assert query_encoder.query_encoder(tiny_bert, letters, threads=None) is None
    monkeypatch.setattr(query_encoder, "plain_bert", lambda _: True)
    assert isinstance(query_encoder.query_encoder(tiny_bert, letters, threads=None), GraphEncoder)
    monkeypatch.setattr(query_encoder, "find_spec", lambda _: None)
    assert isinstance(query_encoder.query_encoder(tiny_bert, letters, threads=None), QueryEncoder)


@pytest.mark.real
def test_a_hundred_questions_are_embedded_without_torch_as_numpy_embeds_them() -> None:
    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    folder = locate(DEFAULT_EMBEDDER)
    code = (
        "import sys; from pathlib import Path; from models.embedder import SentenceTransformerEmbedder as E; "
        f"e = E(Path({str(folder)!r}), 'e5'); e.embed_queries(['停车多少钱？', 'how much is parking?'] * 50); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
    embedder = SentenceTransformerEmbedder(folder, DEFAULT_EMBEDDER)
    questions = ["停车多少钱？", "How long is the contract valid, and who may end it?"]
    exact = QueryEncoder(folder, embedder.tokens).encode([f"query: {one}" for one in questions], max_tokens=512)
    assert (embedder.embed_queries(questions) * exact).sum(axis=1).min() > 0.99999
