"""Vectors of texts from a BERT as an OpenVINO graph: torch is not imported, so the first one comes in a second, not 8.

The weights are read at the first text; the word table stays on disk, a page of it is read when one of its words occurs.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.batches import batches
from models.bert_graph import Sizes
from models.prepared_graph import prepared
from models.processor import cores
from models.tokens import FileTokenCounter
from models.types import Vectors

Array = NDArray[np.float32]
Graph = Callable[[Mapping[str, Array], Sizes], Any]
"""Weights by their names and the sizes of the network → an OpenVINO model, as ``bert_graph.build`` makes it."""

BATCH_TOKENS = 1024  # as fast as 2,048 and more, and what is computed at once takes half the memory
_ROUND = 8  # lengths are padded to a multiple of it: OpenVINO prepares every shape once, a few milliseconds each
_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"


class GraphEncoder:
    """Vectors of texts, and the states of their tokens. Calls of several threads share the cores batch by batch.

    ``sources`` are the files that decide the graph beside the weights. Where they are named, and the weights were
    checked, the compiled graph is kept for the next process (prepared_graph.py).
    """

    def __init__(
        self,
        folder: Path,
        tokens: FileTokenCounter,
        graph: Graph,
        *,
        threads: int | None = None,
        sources: Sequence[Path] = (),
    ) -> None:
        self.folder = folder
        self._sources = sources
        self._tokens = tokens
        self._graph = graph
        self._threads = threads
        self._lock = threading.Lock()
        self._requests: SimpleQueue[Any] | None = None

    def prepare(self) -> None:
        """Compile the graph now, or read it where it was compiled before."""
        _ = self._idle

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
            ids if len(ids) <= max_tokens else [*ids[: max_tokens - 1], ids[-1]] for ids in self._tokens.ids_of(texts)
        ]
        ahead: deque[tuple[list[int], Any]] = deque()
        try:
            for batch in batches([len(ids) for ids in every], BATCH_TOKENS):
                inputs = self._inputs([every[index] for index in batch])
                while (request := self._request(wait=not ahead)) is None:
                    yield from self._read(ahead.popleft(), every)
                request.start_async(inputs)
                ahead.append((batch, request))
            while ahead:
                yield from self._read(ahead.popleft(), every)
        finally:  # of a reader who leaves half way: nobody may start a request that still runs
            for _, request in ahead:
                request.wait()
                self._idle.put(request)

    def _request(self, *, wait: bool) -> Any | None:
        """A request that nobody uses. Who holds some does not wait: two callers never wait for each other."""
        try:
            return self._idle.get(block=wait)
        except Empty:
            return None

    def _read(self, running: tuple[list[int], Any], every: Sequence[Sequence[int]]) -> list[tuple[int, Array]]:
        """What a batch gave, once it is done; copied, for the request's next batch is written to the same place."""
        batch, request = running
        try:
            request.wait()
            last = request.get_output_tensor(0).data
            return [(index, last[row, : len(every[index])].copy()) for row, index in enumerate(batch)]
        finally:
            self._idle.put(request)

    def _inputs(self, batch: Sequence[Sequence[int]]) -> list[Array]:
        words = _word_table(self.folder)
        longest = -(-max(len(ids) for ids in batch) // _ROUND) * _ROUND
        summed = np.zeros((len(batch), longest, self._config["hidden_size"]), np.float32)
        mask = np.full((len(batch), 1, 1, longest), -1e9, np.float32)
        for row, ids in enumerate(batch):
            summed[row, : len(ids)] = words[ids]
            summed[row, : len(ids)] += self._places[: len(ids)]
            mask[row, 0, 0, : len(ids)] = 0
        return [summed, mask]

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return config

    @cached_property
    def _places(self) -> Array:
        with open_weights(self.folder) as file:
            places: Array = file.get_tensor(_POSITIONS) + file.get_tensor(_TYPES)[0]
            return places

    @property
    def _idle(self) -> SimpleQueue[Any]:
        """The requests nobody uses: one for each core, since a batch is one thread's, and one that is ready for it."""
        with self._lock:
            if self._requests is None:
                self._requests = self._compiled()
            return self._requests

    def _compiled(self) -> SimpleQueue[Any]:
        streams = self._threads or cores()
        settings = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams, "INFERENCE_PRECISION_HINT": "f32"}
        settings["ENABLE_CPU_PINNING"] = False
        compiled = prepared(self._built, self.folder, self._sources, settings)
        idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(streams + 1):
            idle.put(compiled.create_infer_request())
        return idle

    def _built(self) -> Any:
        names = ("num_hidden_layers", "num_attention_heads", "hidden_size", "layer_norm_eps")
        with open_weights(self.folder) as file:
            weights = {name: file.get_tensor(name) for name in file.keys() if name not in (_WORDS, _POSITIONS)}  # noqa: SIM118
        return self._graph(weights, Sizes(*(self._config[name] for name in names)))


def open_weights(folder: Path) -> Any:
    """The folder's model.safetensors, to read tensors of; a context manager."""
    from safetensors import safe_open

    return safe_open(str(folder / "model.safetensors"), framework="numpy")


@lru_cache(maxsize=2)
def _word_table(folder: Path) -> Array:
    """(words, dimension), left on the disk; one for all encoders of the folder, so that its pages count once."""
    offset, shape = _place(folder, _WORDS)
    return np.memmap(folder / "model.safetensors", "<f4", "r", offset, shape)


def _place(folder: Path, name: str) -> tuple[int, tuple[int, ...]]:
    """Where a float32 tensor begins in model.safetensors, and its shape: 8 bytes of length, a JSON header, the data."""
    with (folder / "model.safetensors").open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
    return 8 + length + entry["data_offsets"][0], tuple(entry["shape"])
