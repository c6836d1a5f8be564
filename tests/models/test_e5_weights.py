"""A made-up E5S1 file of one layer, two dimensions of 32 weights, checked by hand arithmetic."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file

from models.e5_weights import write_e5_folder
from models.types import WeightsMismatch

HIDDEN, FEED, VOCABULARY, POSITIONS, TYPES = 32, 64, 3, 4, 2


def q4(rows: int, columns: int) -> bytes:
    """Blocks of scale 0.5 whose low nibbles are 9 (weight .5) and whose high nibbles are 6 (weight -1)."""
    return (np.float16(0.5).tobytes() + bytes([0x69]) * 16) * (rows * columns // 32)


def f32(count: int, value: float) -> bytes:
    return np.full(count, value, "<f4").tobytes()


def e5_file() -> bytes:
    tensors = {
        "emb.word": (VOCABULARY * HIDDEN, q4(VOCABULARY, HIDDEN)),
        "emb.pos": (POSITIONS * HIDDEN, f32(POSITIONS * HIDDEN, 2)),
        "emb.type": (TYPES * HIDDEN, f32(TYPES * HIDDEN, 3)),
        "emb.ln.w": (HIDDEN, f32(HIDDEN, 1)),
        "emb.ln.b": (HIDDEN, f32(HIDDEN, 0)),
    }
    square = [(name, HIDDEN, HIDDEN) for name in ("q", "k", "v", "ao")]
    for name, rows, columns in (*square, ("fi", FEED, HIDDEN), ("fo", HIDDEN, FEED)):
        tensors[f"l0.{name}.w"] = (rows * columns, q4(rows, columns))
        tensors[f"l0.{name}.b"] = (rows, f32(rows, 0.25))
    for name in ("aln", "oln"):
        tensors[f"l0.{name}.w"] = (HIDDEN, f32(32, 1))
        tensors[f"l0.{name}.b"] = (HIDDEN, f32(32, 0))
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, FEED, VOCABULARY, POSITIONS, TYPES, 1e-12, 32)
    head += struct.pack("<5iQ", 2, 0, 2, 1, 3, 5) + b"\0" * (3 * 4 + 2 * 4 + 5) + struct.pack("<iI", 0, 3) + b"abc"
    head += struct.pack("<i", len(tensors))
    size = len(head) + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in tensors)
    directory = body = b""
    for name, (count, raw) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", len(raw) != count * 4, count, size + len(body), len(raw))
        body += raw
    return head + directory + body


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "q4.bin").write_bytes(e5_file())
    (tmp_path / "tokenizer.json").write_text("{}")
    return tmp_path / "q4.bin", tmp_path / "tokenizer.json"


def test_a_block_is_sixteen_low_nibbles_then_sixteen_high_ones(sources, tmp_path):
    write_e5_folder(*sources, tmp_path / "out")
    tensors = load_file(tmp_path / "out" / "model.safetensors")
    # low nibble 9: (9 - 8) * 0.5 = 0.5; high nibble 6: (6 - 8) * 0.5 = -1
    assert tensors["embeddings.word_embeddings.weight"].tolist() == [[0.5] * 16 + [-1.0] * 16] * VOCABULARY
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (FEED, HIDDEN)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, FEED)
    assert tensors["encoder.layer.0.output.dense.bias"].tolist() == [0.25] * HIDDEN
    assert tensors["embeddings.position_embeddings.weight"].shape == (POSITIONS, HIDDEN)
    assert all(tensor.dtype == np.float32 for tensor in tensors.values())


def test_the_folder_says_what_sentence_transformers_needs_and_is_the_same_every_time(sources, tmp_path):
    write_e5_folder(*sources, tmp_path / "one")
    write_e5_folder(*sources, tmp_path / "two")
    config = json.loads((tmp_path / "one" / "config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"], config["vocab_size"]) == (HIDDEN, 1, VOCABULARY)
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


@pytest.mark.parametrize("damage", [lambda data: b"GGUF" + data[4:], lambda data: data[:60], lambda data: data[:-40]])
def test_another_or_a_cut_file_is_refused(sources, tmp_path, damage):
    sources[0].write_bytes(damage(sources[0].read_bytes()))
    with pytest.raises(WeightsMismatch):
        write_e5_folder(*sources, tmp_path / "out")
    assert not (tmp_path / "out" / "model.safetensors").exists()
