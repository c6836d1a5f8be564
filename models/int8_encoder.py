"""multilingual-e5-small in 8-bit arithmetic, for processors that multiply bytes four times as fast as float32.

Twice the passages a second of torch's float32 and more (docs/models.md). torch is not imported, so the first vector
comes four times as soon. The vectors agree with float32 to a cosine of .9993 on average and .9988 at
worst (1,200 texts, Chinese and English; bf16: .99998), and nDCG@10 of exact questions over them is within .004 of
that of float32 (docs/decisions.md), so the embedder keeps its name. Farthest are texts
that say nothing: 800 times A .979.

The ranges of the activations are needed beforehand (bert_graph.py). They were measured once on the weights of e5-small
(bench/activation_ranges.py) and lie beside this file, so only a folder with these weights is supported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import bert_graph
from models.bert_graph import INPUTS, Sizes, build
from models.graph_encoder import GraphEncoder, open_weights
from models.processor import gpu, native_int8
from models.query_encoder import plain_bert
from models.tokens import FileTokenCounter

RANGES = Path(__file__).with_name("e5_small_ranges.npz")


def int8_encoder(folder: Path, tokens: FileTokenCounter, *, threads: int | None) -> GraphEncoder | None:
    """The encoder if bytes are the fastest thing this machine multiplies and the folder holds the weights it knows.

    None on a machine with a GPU or a processor with bf16, or without AVX512-VNNI, or for any other model.
    """
    if not native_int8() or gpu() or not plain_bert(folder):
        return None
    known = fingerprint(folder) == _measured()["fingerprint"]
    sources = [Path(bert_graph.__file__), Path(__file__), RANGES]
    return GraphEncoder(folder, tokens, in_bytes, threads=threads, sources=sources) if known else None


def in_bytes(weights: Mapping[str, NDArray[np.float32]], sizes: Sizes) -> Any:
    """The graph in 8 bits, with the ranges that were measured on these weights."""
    ranges = {f"encoder.layer.{layer}.{name}": row for name in INPUTS for layer, row in enumerate(_measured()[name])}
    return build(weights, sizes, ranges)


def fingerprint(folder: Path) -> str:
    """sha256 of the biases and norms: the weights that ranges depend on most, and quick to read."""
    digest = hashlib.sha256()
    with open_weights(folder) as file:
        for name in sorted(file.keys()):
            if len(file.get_slice(name).get_shape()) == 1:
                digest.update(file.get_tensor(name).tobytes())
    return digest.hexdigest()


def _measured() -> dict[str, Any]:
    with np.load(RANGES) as table:
        found: dict[str, Any] = {name: table[name] for name in table.files}
    return found | {"fingerprint": str(found["fingerprint"])}
