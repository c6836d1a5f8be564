import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models import int8_encoder
from models.bert_graph import INPUTS, smoothing
from models.catalogue import DEFAULT_EMBEDDER
from models.embedder import SentenceTransformerEmbedder
from models.fetch import installed, locate
from models.graph_encoder import GraphEncoder
from models.int8_encoder import fingerprint, in_bytes
from models.query_encoder import QueryEncoder

TEXTS = [
    "满五年的员工有十五天年假。",
    "圖書館週日閉館，平日九點開門。",
    "Parking costs five yuan an hour; members park free.",
    "def leave(years):\n    return 15 if years >= 5 else 10",
    "停车场每小时收费五元。" * 30,
]
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="openvino is installed on Linux on x86-64 only"
)


@pytest.fixture
def tiny(tiny_bert, letters, monkeypatch):
    """Bytes on a tiny network with ranges that the numpy encoder measured on it, and that numpy encoder."""
    seen = {}

    class Recorder(QueryEncoder):
        def _ids(self, text, max_tokens):
            return next(letters.encodings([text])).ids[:max_tokens]

        def _linear(self, hidden, name):
            seen[name] = np.maximum(seen.get(name, 0), np.abs(hidden).max(axis=0))
            return super()._linear(hidden, name)

    exact = Recorder(tiny_bert, None)
    exact.encode(["abcdefghijklmnopq" * 3, "qponm" * 5, "a"], max_tokens=64)
    table = {each: np.stack([seen[f"encoder.layer.{layer}.{each}"] for layer in range(2)]) for each in INPUTS}
    np.savez(tiny_bert / "ranges.npz", fingerprint=np.array(fingerprint(tiny_bert)), **table)
    monkeypatch.setattr(int8_encoder, "RANGES", tiny_bert / "ranges.npz")
    return GraphEncoder(tiny_bert, letters, in_bytes, threads=1), exact


def test_bytes_give_nearly_the_vectors_of_float32(tiny):
    fast, exact = tiny
    texts = ["hello", "a longer one, with a comma", "书架"]
    cosines = (fast.encode(texts, max_tokens=64) * exact.encode(texts, max_tokens=64)).sum(axis=1)
    assert cosines.min() > 0.98  # random weights over 64 numbers; the trained 384 give .999 (below)


def test_padding_and_neighbours_change_nothing_and_a_second_run_gives_the_same_bits(tiny):
    fast, _ = tiny
    texts = ["one", "two two", "three three three, which is the longest of them"]
    together = fast.encode(texts, max_tokens=64)
    assert np.array_equal(together, fast.encode(texts, max_tokens=64))
    for text, row in zip(texts, together, strict=True):
        assert fast.encode([text], max_tokens=64)[0] @ row > 0.9999


def test_texts_beyond_the_length_are_cut_before_the_last_special_token(tiny):
    fast, _ = tiny
    states = dict(fast.states(["abcdefghij", "abc"], max_tokens=8))
    assert [states[0].shape, states[1].shape] == [(8, 64), (5, 64)]  # 10 and 3 letters, 2 special
    assert fast.encode([], max_tokens=8).shape == (0, 64)


def test_a_large_channel_is_made_small_and_the_weights_take_its_size():
    # 16 ** .85 / 1 = 10.56; 1 ** .85 / 1 = 1; left are 16 / 10.56 = 1.516 and 1
    scale, top = smoothing(np.array([16, 1], np.float32), np.array([1, 1], np.float32))
    assert scale == pytest.approx([10.556, 1], abs=1e-3)
    assert top == pytest.approx(1.5157, abs=1e-3)


def test_other_weights_other_processors_and_gpus_are_left_to_torch(tiny, monkeypatch, tiny_bert, letters):
    monkeypatch.setattr(int8_encoder, "native_int8", lambda: True)
    monkeypatch.setattr(int8_encoder, "gpu", lambda: False)
    monkeypatch.setattr(int8_encoder, "plain_bert", lambda _: True)
    assert int8_encoder.int8_encoder(tiny_bert, letters, threads=None) is not None
    monkeypatch.setattr(int8_encoder, "gpu", lambda: True)
    assert int8_encoder.int8_encoder(tiny_bert, letters, threads=None) is None
    monkeypatch.setattr(int8_encoder, "gpu", lambda: False)
    monkeypatch.setattr(int8_encoder, "fingerprint", lambda _: "of other weights")
    assert int8_encoder.int8_encoder(tiny_bert, letters, threads=None) is None
    monkeypatch.setattr(int8_encoder, "fingerprint", fingerprint)
    monkeypatch.setattr(int8_encoder, "native_int8", lambda: False)
    assert int8_encoder.int8_encoder(tiny_bert, letters, threads=None) is None


def test_openvino_is_imported_without_the_part_that_reports_to_a_server():
    code = (
        "import sys; from models.bert_graph import import_openvino as load; load().Core(); "
        "sys.exit(any(sys.modules.get(name) for name in ('openvino_telemetry', 'openvino.tools.ovc')))"
    )
    root = str(Path(int8_encoder.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ | {"PYTHONPATH": root}, check=False)
    assert done.returncode == 0


@pytest.fixture(scope="module")
def real():
    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    return SentenceTransformerEmbedder(locate(DEFAULT_EMBEDDER), DEFAULT_EMBEDDER)


@pytest.mark.real
def test_the_ranges_belong_to_the_weights_and_the_vectors_agree_with_float32(real):
    fast = GraphEncoder(real.folder, real.tokens, in_bytes)
    assert fingerprint(real.folder) == str(np.load(int8_encoder.RANGES)["fingerprint"])
    texts = [f"passage: {text}" for text in TEXTS]
    cosines = fast.encode(texts, max_tokens=512) * QueryEncoder(real.folder, real.tokens).encode(texts, max_tokens=512)
    assert cosines.sum(axis=1).min() > 0.995
