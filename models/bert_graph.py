"""BERT's layers as an OpenVINO graph: in float32, or multiplying bytes, weights and activations in 8 bits.

In bytes, a matrix has a scale for each output. Activations have one scale for all tokens, known beforehand; before
they are rounded, each channel is divided by a power of what the network was seen to produce there (``ranges``), and the
weights are multiplied by it: SmoothQuant, Xiao et al. 2022, arXiv:2211.10438, equation 4. Without it a few channels of
e5, ten times as large as the others, take all of the byte. Scales that depend on no token mean that a vector depends on
no other text in the batch. Attention scores, norms and residuals are float32.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

ALPHA = 0.85  # of equation 4: the activations' share; .5 clips the outliers of e5, measured in docs/decisions.md
_STEPS = 127  # of a byte, each side of 0
INPUTS = ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the network: layers, heads, numbers in a token's vector, and the epsilon of the norms."""

    layers: int
    heads: int
    hidden: int
    epsilon: float


def import_openvino() -> Any:
    """The package openvino without its converter, whose import reports itself to a server: nothing here may."""
    for name in ("openvino.tools.ovc", "openvino_telemetry"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: an import of it fails; openvino allows for it
    return importlib.import_module("openvino")


def build(weights: Mapping[str, Array], sizes: Sizes, ranges: Mapping[str, Array] | None = None) -> Any:
    """The graph from (texts, tokens, hidden) summed embeddings and a (texts, 1, 1, tokens) mask to the last layer.

    The mask is added to the attention scores: 0 for a token, very negative for padding. ``ranges`` has the largest
    absolute value of each input of each matrix product under its name (``encoder.layer.0.output.dense``); with them
    the products are of bytes, without them of float32.
    """
    openvino = import_openvino()
    graph = _Graph(openvino.opset13, weights, sizes, ranges)
    summed = graph.ops.parameter([-1, -1, sizes.hidden], np.float32, name="summed")
    mask = graph.ops.parameter([-1, 1, 1, -1], np.float32, name="mask")
    hidden = graph.norm(summed, "embeddings.LayerNorm")
    for layer in range(sizes.layers):
        hidden = graph.layer(hidden, mask, f"encoder.layer.{layer}")
    return openvino.Model([graph.ops.result(hidden)], [summed, mask], "bert")


class _Graph:
    """The parts of a layer as nodes."""

    def __init__(
        self, ops: Any, weights: Mapping[str, Array], sizes: Sizes, ranges: Mapping[str, Array] | None
    ) -> None:
        self.ops, self._weights, self._sizes, self._ranges = ops, weights, sizes, ranges

    def layer(self, hidden: Any, mask: Any, name: str) -> Any:
        """One layer: attention and the two wide products, each added to what came in and normed."""
        mixed = self._attention(hidden, mask, f"{name}.attention.self")
        attended = self._products(mixed, [f"{name}.attention.output.dense"])[0]
        hidden = self.norm(self.ops.add(attended, hidden), f"{name}.attention.output.LayerNorm")
        wide = self.ops.gelu(self._products(hidden, [f"{name}.intermediate.dense"])[0], "erf")
        narrow = self._products(wide, [f"{name}.output.dense"])[0]
        return self.norm(self.ops.add(narrow, hidden), f"{name}.output.LayerNorm")

    def norm(self, x: Any, name: str) -> Any:
        """Mean 0 and variance 1 over a token's numbers, then the learned scale and shift."""
        normed = self.ops.mvn(x, self._integers(-1), True, self._sizes.epsilon, "inside_sqrt")
        scaled = self.ops.multiply(normed, self._floats(self._weights[f"{name}.weight"]))
        return self.ops.add(scaled, self._floats(self._weights[f"{name}.bias"]))

    def _attention(self, hidden: Any, mask: Any, name: str) -> Any:
        query, key, value = self._products(hidden, [f"{name}.{part}" for part in ("query", "key", "value")])
        mixed = self.ops.scaled_dot_product_attention(
            self._split_heads(query), self._split_heads(key), self._split_heads(value), mask
        )
        back = self.ops.transpose(mixed, self._integers(0, 2, 1, 3))
        return self.ops.reshape(back, self._integers(0, 0, self._sizes.hidden), True)

    def _split_heads(self, x: Any) -> Any:
        size = self._sizes.hidden // self._sizes.heads
        return self.ops.transpose(
            self.ops.reshape(x, self._integers(0, 0, self._sizes.heads, size), True), self._integers(0, 2, 1, 3)
        )

    def _products(self, x: Any, names: Sequence[str]) -> list[Any]:
        """``x`` times each of the matrices, plus its bias; in bytes, ``x`` is rounded once for all of them."""
        if self._ranges is None:
            return [self._biased(x, self._floats(self._weights[f"{name}.weight"]), name) for name in names]
        heaviest = np.max([np.abs(self._weights[f"{name}.weight"]).max(axis=0) for name in names], axis=0)
        scale, top = smoothing(self._ranges[names[0]], heaviest)
        low, high = self._floats(-top * (_STEPS + 1) / _STEPS), self._floats(top)
        scaled = self.ops.multiply(x, self._floats(1 / scale))
        rounded = self.ops.fake_quantize(scaled, low, high, low, high, 2 * (_STEPS + 1))
        return [self._product(rounded, name, scale) for name in names]

    def _product(self, rounded: Any, name: str, scale: Array) -> Any:
        matrix = self._weights[f"{name}.weight"] * scale
        steps = np.abs(matrix).max(axis=1, keepdims=True) / _STEPS
        small = self.ops.constant(np.round(matrix / steps).astype(np.int8))
        whole = self.ops.multiply(self.ops.convert(small, np.float32), self._floats(steps))
        return self._biased(rounded, whole, name)

    def _biased(self, x: Any, matrix: Any, name: str) -> Any:
        return self.ops.add(self.ops.matmul(x, matrix, False, True), self._floats(self._weights[f"{name}.bias"]))

    def _floats(self, values: Any) -> Any:
        return self.ops.constant(np.asarray(values, np.float32))

    def _integers(self, *values: int) -> Any:
        return self.ops.constant(np.array(values, np.int64))


def smoothing(seen: Array, heaviest: Array) -> tuple[Array, float]:
    """By what each input is divided (and its weights multiplied), and the largest value that is left.

    ``seen`` is the largest absolute activation of an input, ``heaviest`` its largest absolute weight.
    """
    reach = np.maximum(seen, 1e-5)
    scale = reach**ALPHA / np.maximum(heaviest, 1e-5) ** (1 - ALPHA)
    return scale.astype(np.float32), float((reach / scale).max())
