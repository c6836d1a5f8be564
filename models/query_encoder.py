"""A BERT encoder for questions without torch, so the first question waits a second, not 8.

Importing torch costs three hundred times the arithmetic of a question. OpenVINO computes it where it is installed (4
times as fast, a question or many); where it is not, the forward pass in numpy below, for a question or two. The vectors
agree with sentence-transformers in float32 to a cosine of .99999 (a test with the real weights
compares them). The word table stays on disk: only the rows of the question's tokens are read.

Architecture: Devlin et al. 2019, arXiv:1810.04805, section 3; Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import bert_graph
from models.bert_graph import build
from models.graph_encoder import GraphEncoder
from models.tokens import FileTokenCounter
from models.types import Vectors

Array = NDArray[np.float32]
_TABLE = "embeddings.word_embeddings.weight"


def query_encoder(folder: Path, tokens: FileTokenCounter, *, threads: int | None) -> GraphEncoder | QueryEncoder | None:
    """The encoder of questions in float32 for this folder and machine; None where only torch knows the model."""
    if not plain_bert(folder):
        return None
    if find_spec("openvino"):
        return GraphEncoder(folder, tokens, build, threads=threads, sources=[Path(bert_graph.__file__)])
    return QueryEncoder(folder, tokens)


def plain_bert(folder: Path) -> bool:
    """Whether the folder holds what is computed here: BERT in safetensors, mean pooling, normalisation, no more."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        modules = [module["type"].rsplit(".", 1)[-1] for module in json.loads((folder / "modules.json").read_text())]
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and modules == ["Transformer", "Pooling", "Normalize"]
        and pooling.get("pooling_mode_mean_tokens") is True
        and (folder / "model.safetensors").is_file()
        and (folder / "tokenizer.json").is_file()
    )


class QueryEncoder:
    """Mean-pooled, normalised BERT vectors of short texts. The weights (85 MB of 470) are read at the first text."""

    def __init__(self, folder: Path, tokens: FileTokenCounter) -> None:
        self.folder = folder
        self._tokens = tokens
        self._lock = threading.Lock()
        self._weights: dict[str, Array] = {}
        self._config: dict[str, Any] = {}
        self._table: Any = None

    def encode(self, texts: Sequence[str], *, max_tokens: int) -> Vectors:
        """float32 of shape (n, dimension), rows of length 1; texts longer than ``max_tokens`` are cut."""
        self._load()
        rows = [self._one(self._ids(text, max_tokens)) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self._config["hidden_size"]), np.float32)

    def _load(self) -> None:
        with self._lock:
            if self._table is not None:
                return
            from safetensors import safe_open

            self._config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
            file: Any = safe_open(str(self.folder / "model.safetensors"), framework="numpy")
            names = [name for name in file.keys() if name != _TABLE]  # noqa: SIM118 - not a dictionary
            self._weights = {name: file.get_tensor(name).astype(np.float32) for name in names}
            self._table = file.get_slice(_TABLE)

    def _ids(self, text: str, max_tokens: int) -> list[int]:
        ids = self._tokens.ids(text)
        return ids if len(ids) <= max_tokens else [*ids[: max_tokens - 1], ids[-1]]

    def _one(self, ids: Sequence[int]) -> Array:
        weights = self._weights
        words = np.concatenate([self._table[i : i + 1] for i in ids]).astype(np.float32)
        positions = weights["embeddings.position_embeddings.weight"][: len(ids)]
        hidden = words + positions + weights["embeddings.token_type_embeddings.weight"][0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        for layer in range(self._config["num_hidden_layers"]):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean = hidden.mean(axis=0)
        vector: Array = mean / np.linalg.norm(mean)
        return vector

    def _layer(self, hidden: Array, name: str) -> Array:
        attended = self._linear(self._attention(hidden, f"{name}.attention.self"), f"{name}.attention.output.dense")
        hidden = self._norm(hidden + attended, f"{name}.attention.output.LayerNorm")
        wide = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._norm(hidden + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attention(self, hidden: Array, name: str) -> Array:
        """softmax(QKᵀ/√d)V a head; (tokens, size) in and out."""
        heads = self._config["num_attention_heads"]
        tokens, size = hidden.shape
        shape = (tokens, heads, size // heads)
        query, key, value = (
            self._linear(hidden, f"{name}.{part}").reshape(shape).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(size // heads)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed: Array = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        return mixed.transpose(1, 0, 2).reshape(tokens, size)

    def _linear(self, hidden: Array, name: str) -> Array:
        product = (self._weights[f"{name}.weight"] @ hidden.T).T  # 1.4 times as fast as hidden @ weights.T, which packs
        return product + self._weights[f"{name}.bias"]

    def _norm(self, hidden: Array, name: str) -> Array:
        mean = hidden.mean(axis=-1, keepdims=True)
        variance = hidden.var(axis=-1, keepdims=True)
        scaled: Array = (hidden - mean) / np.sqrt(variance + self._config["layer_norm_eps"])
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(x: Array) -> Array:
    """x·Φ(x) with the error function by Abramowitz & Stegun 1964, formula 7.1.26: off by 1.5e-7 at most."""
    z = np.abs(x) / np.float32(math.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    result: Array = (0.5 * x * (1 + erf)).astype(np.float32)
    return result
