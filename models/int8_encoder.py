"""multilingual-e5-small in 8-bit arithmetic, for processors that multiply bytes four times as fast as float32.

Twice the passages a second of torch's float32 and more (docs/models.md). torch is not imported, so the first vector
comes four times as soon. The vectors agree with float32 to a cosine of .9993 on average and .9988 at
worst (1,200 texts, Chinese and English; bf16: .99998), and nDCG@10 of exact questions over them is within .004 of
that of float32 (docs/decisions.md), so the embedder keeps its name. Farthest are texts
that say nothing: 800 times A .979.

The ranges of the activations are needed beforehand (int8_graph.py). They were measured once on the weights of e5-small
(bench/activation_ranges.py) and lie beside this file, so only a folder with these weights is supported.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.batches import batches
from models.int8_graph import INPUTS, Sizes, build, import_openvino
from models.processor import cores, gpu, native_int8
from models.query_encoder import QueryEncoder
from models.tokens import FileTokenCounter
from models.types import Vectors

Array = NDArray[np.float32]

RANGES = Path(__file__).with_name("e5_small_ranges.npz")
BATCH_TOKENS = 2048
_ROUND = 16  # lengths are padded to a multiple of it: OpenVINO prepares every shape once, a few milliseconds each
_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"


def int8_encoder(folder: Path, tokens: FileTokenCounter, *, threads: int | None) -> Int8Encoder | None:
    """The encoder if bytes are the fastest thing this machine multiplies and the folder holds the weights it knows.

    None on a machine with a GPU or a processor with bf16, or without AVX512-VNNI, or for any other model.
    """
    if not native_int8() or gpu() or not QueryEncoder.supports(folder):
        return None
    return Int8Encoder(folder, tokens, threads=threads) if fingerprint(folder) == _measured()["fingerprint"] else None


class Int8Encoder:
    """Vectors of token ids. The weights are read at the first text, in about a second; the word table stays on disk."""

    def __init__(self, folder: Path, tokens: FileTokenCounter, *, threads: int | None = None) -> None:
        self.folder = folder
        self._tokens = tokens
        self._threads = threads
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, max_tokens: int) -> Vectors:
        """float32 of shape (n, dimension), rows of length 1; texts longer than ``max_tokens`` are cut."""
        vectors = np.empty((len(texts), self._config["hidden_size"]), np.float32)
        for index, states in self.states(texts, max_tokens=max_tokens):
            vectors[index] = states.mean(axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def states(self, texts: Sequence[str], *, max_tokens: int) -> Iterator[tuple[int, Array]]:
        """The last layer of each text, special tokens included: its index and (tokens, dimension), longest first."""
        every = [
            ids if len(ids) <= max_tokens else [*ids[: max_tokens - 1], ids[-1]]
            for ids in (each.ids for each in self._tokens.encodings(texts))
        ]
        ahead: deque[tuple[list[int], Any]] = deque()
        with self._lock:
            try:
                for batch in batches([len(ids) for ids in every], BATCH_TOKENS):
                    if len(ahead) == len(self._requests):
                        yield from self._read(ahead.popleft(), every)
                    request = self._requests[0]
                    self._requests.rotate(-1)
                    request.start_async(self._inputs([every[index] for index in batch]))
                    ahead.append((batch, request))
                while ahead:
                    yield from self._read(ahead.popleft(), every)
            finally:  # of a reader who leaves half way: nobody may start a request that still runs
                for _, request in ahead:
                    request.wait()

    @staticmethod
    def _read(running: tuple[list[int], Any], every: Sequence[Sequence[int]]) -> list[tuple[int, Array]]:
        """What a batch gave, once it is done; copied, for the request's next batch is written to the same place."""
        batch, request = running
        request.wait()
        last = request.get_output_tensor(0).data
        return [(index, last[row, : len(every[index])].copy()) for row, index in enumerate(batch)]

    def _inputs(self, batch: Sequence[Sequence[int]]) -> list[Array]:
        longest = -(-max(len(ids) for ids in batch) // _ROUND) * _ROUND
        summed = np.zeros((len(batch), longest, self._config["hidden_size"]), np.float32)
        mask = np.full((len(batch), 1, 1, longest), -1e9, np.float32)
        for row, ids in enumerate(batch):
            summed[row, : len(ids)] = self._words[ids]
            summed[row, : len(ids)] += self._places[: len(ids)]
            mask[row, 0, 0, : len(ids)] = 0
        return [summed, mask]

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return config

    @cached_property
    def _words(self) -> Array:
        """The word table as it lies in the file: a page of it is read when one of its words occurs."""
        offset, shape = _place(self.folder, _WORDS)
        return np.memmap(self.folder / "model.safetensors", "<f4", "r", offset, shape)

    @cached_property
    def _places(self) -> Array:
        with _open(self.folder) as file:
            places: Array = file.get_tensor(_POSITIONS) + file.get_tensor(_TYPES)[0]
            return places

    @cached_property
    def _requests(self) -> deque[Any]:
        """One for each core: a batch is one thread's, so a core that is busy elsewhere keeps no other waiting."""
        sizes = Sizes(
            *(
                self._config[name]
                for name in ("num_hidden_layers", "num_attention_heads", "hidden_size", "layer_norm_eps")
            )
        )
        with _open(self.folder) as file:
            weights = {name: file.get_tensor(name) for name in file.keys() if name not in (_WORDS, _POSITIONS)}  # noqa: SIM118
        ranges = {
            f"encoder.layer.{layer}.{name}": row for name in INPUTS for layer, row in enumerate(_measured()[name])
        }
        streams = self._threads or cores()
        settings = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams, "INFERENCE_PRECISION_HINT": "f32"}
        settings["ENABLE_CPU_PINNING"] = False
        compiled = import_openvino().Core().compile_model(build(weights, ranges, sizes), "CPU", settings)
        return deque(compiled.create_infer_request() for _ in range(streams))


def fingerprint(folder: Path) -> str:
    """sha256 of the biases and norms: the weights that ranges depend on most, and quick to read."""
    digest = hashlib.sha256()
    with _open(folder) as file:
        for name in sorted(file.keys()):
            if len(file.get_slice(name).get_shape()) == 1:
                digest.update(file.get_tensor(name).tobytes())
    return digest.hexdigest()


def _measured() -> dict[str, Any]:
    with np.load(RANGES) as table:
        found: dict[str, Any] = {name: table[name] for name in table.files}
    return found | {"fingerprint": str(found["fingerprint"])}


def _open(folder: Path) -> Any:
    from safetensors import safe_open

    return safe_open(str(folder / "model.safetensors"), framework="numpy")


def _place(folder: Path, name: str) -> tuple[int, tuple[int, ...]]:
    """Where a float32 tensor begins in model.safetensors, and its shape: 8 bytes of length, a JSON header, the data."""
    with (folder / "model.safetensors").open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
    return 8 + length + entry["data_offsets"][0], tuple(entry["shape"])
