"""Texts to unit vectors with a sentence-transformers model in this process.

Measured on two cores without bf16 instructions, 360-token passages (docs/models.md): float32 6 to 8 passages a second.
Where the processor multiplies bytes faster (AVX512-VNNI), the default model goes through int8_encoder.py: twice that.
bf16 is used where the processor multiplies it natively: 3.5 times faster on one with AMX, at the same recall.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from models.batches import batches
from models.graph_encoder import GraphEncoder
from models.int8_encoder import int8_encoder
from models.processor import gpu, native_bf16
from models.query_encoder import QueryEncoder, query_encoder
from models.tokens import FileTokenCounter, encodable
from models.types import Vectors, WeightsMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

BATCH_TOKENS = 2048  # 512 to 16384 tried: 1024 and 2048 are fastest, larger ones fall out of the processor's cache
_FEW = 4  # questions; more of them are worth loading torch for, unless OpenVINO computes them
_SPECIAL_TOKENS = 2  # <s> and </s>


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """What a sentence-transformers folder says about itself, read without loading it."""

    dimension: int
    max_sequence: int
    query_prefix: str
    passage_prefix: str


def read_settings(folder: Path) -> EmbedderSettings:
    """Read dimension, length and prefixes from the folder's json files; raises WeightsMissing if there are none.

    Prefixes are the prompts that the folder names, else those of the e5 family ("query: ", "passage: ", Wang et al.
    2024, arXiv:2402.05672, section 2) if its name says e5, else nothing.
    """
    config = _read_json(folder / "config.json")
    if not isinstance(config, dict) or "hidden_size" not in config:
        raise WeightsMissing(f"{folder} is not a sentence-transformers folder: config.json with hidden_size is missing")
    dimension = int(config["hidden_size"])
    for module in _read_json(folder / "modules.json") or []:
        if str(module.get("type", "")).endswith("Dense"):
            dimension = int((_read_json(folder / module["path"] / "config.json") or {})["out_features"])
    sentence = _read_json(folder / "sentence_bert_config.json") or {}
    length = sentence.get("max_seq_length") or config.get("max_position_embeddings") or 512
    prompts = (_read_json(folder / "config_sentence_transformers.json") or {}).get("prompts") or {}
    e5 = (
        "e5" in folder.name.lower() or "e5" in folder.parent.parent.name.lower()
    )  # hub caches: models--X--e5/snapshots/
    query = prompts.get("query") or ("query: " if e5 else "")
    passage = prompts.get("document") or prompts.get("passage") or ("passage: " if e5 else "")
    return EmbedderSettings(dimension, int(length), query, passage)


class SentenceTransformerEmbedder:
    """An Embedder and TokenEmbedder over a sentence-transformers folder.

    The weights are read at the first embedding: in about 8 s by torch, 2 s in 8-bit arithmetic. That is taken for
    e5-small on a processor with AVX512-VNNI and without bf16, unless ``device`` is named or there is a GPU.
    Its vectors agree with float32 to a cosine of .9993 (least .9988), those of bf16 to .99998; the name
    is one, because the rankings differ by no more than noise (docs/decisions.md).
    ``threads`` bounds the threads of a computation; None leaves it to the library (one a core).
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        batch_tokens: int = BATCH_TOKENS,
        device: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.folder = folder
        self.name = name
        self._settings = read_settings(folder)
        self.dimension = self._settings.dimension
        # A character is at least one token of the prefix, so this bound holds without reading the tokenizer.
        self.max_tokens = self._settings.max_sequence - _SPECIAL_TOKENS - len(self._settings.passage_prefix)
        self.tokens = FileTokenCounter(folder / "tokenizer.json")
        self._batch_tokens = batch_tokens
        self._device = device
        self._threads = threads
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None

    def prepare(self) -> None:
        """Load the 8-bit encoder, where it is the one for passages; torch would hold up a run that ends early."""
        if self._int8 is not None:
            self._int8.prepare()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 of shape (n, dimension), rows of length 1, in the order given."""
        prefixed = [self._settings.passage_prefix + encodable(text) for text in texts]
        if texts and self._int8 is not None:
            return self._int8.encode(prefixed, max_tokens=self._settings.max_sequence)
        return self._embed(prefixed)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 of shape (n, dimension), rows of length 1, in the order given.

        Questions do not wait for torch: others give the same vectors (see query_encoder.py). Never in 8 bits: a
        question is short, and exact questions find better in 8-bit passages than 8-bit ones (docs/decisions.md).
        """
        prefixed = [self._settings.query_prefix + encodable(text) for text in texts]
        quick = self._questions
        if quick is not None and (len(texts) <= _FEW or (isinstance(quick, GraphEncoder) and not gpu())):
            return quick.encode(prefixed, max_tokens=self._settings.max_sequence)
        return self._embed(prefixed)

    def embed_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[Vectors]:
        """The last layer's vectors of each text's own tokens, rows of length 1 (see TokenEmbedder), in the order given.

        A token that covers the prefix's last blank only is the prefix's.
        """
        prefix = self._settings.query_prefix if query else self._settings.passage_prefix
        prefixed = [prefix + encodable(text) for text in texts]
        last = self._settings.max_sequence - 1  # of a text that is cut; it is special there
        own = [
            [
                place
                for place, (special, (_, end)) in enumerate(zip(marks, offsets, strict=True))
                if not special and end > len(prefix) and place < last
            ]
            for marks, offsets in self.tokens.places_of(prefixed)
        ]
        found: list[Vectors] = [np.empty((0, self.dimension), np.float32)] * len(texts)
        for index, states in self._states(prefixed):
            rows = states[own[index]]
            found[index] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found

    @cached_property
    def _int8(self) -> GraphEncoder | None:
        return int8_encoder(self.folder, self.tokens, threads=self._threads) if self._device is None else None

    @cached_property
    def _questions(self) -> GraphEncoder | QueryEncoder | None:
        return query_encoder(self.folder, self.tokens, threads=self._threads) if self._device is None else None

    def _embed(self, prefixed: Sequence[str]) -> Vectors:
        vectors = np.empty((len(prefixed), self.dimension), dtype=np.float32)
        for batch, rows in self._encoded(prefixed, "sentence_embedding"):
            vectors[batch] = rows
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _states(self, prefixed: Sequence[str]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The last layer of each text, special tokens included, and the text's index."""
        if self._int8 is not None:
            yield from self._int8.states(prefixed, max_tokens=self._settings.max_sequence)
            return
        for batch, rows in self._encoded(prefixed, "token_embeddings"):
            yield from zip(batch, (each.float().cpu().numpy() for each in rows), strict=True)

    def _encoded(
        self, prefixed: Sequence[str], value: Literal["sentence_embedding", "token_embeddings"]
    ) -> Iterator[tuple[list[int], Any]]:
        """What torch makes of the texts, a batch of indices at a time."""
        if not prefixed:
            return
        model = self._load()
        lengths = [min(count, self._settings.max_sequence) for count in self.tokens.count(prefixed)]
        for batch in batches(lengths, self._batch_tokens):
            yield (
                batch,
                model.encode(
                    [prefixed[index] for index in batch],
                    batch_size=len(batch),
                    show_progress_bar=False,
                    output_value=value,
                    convert_to_numpy=value == "sentence_embedding",
                    prompt="",  # the prefix is in the text already
                ),
            )

    def _load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load_model(self.folder, self._device, self._threads)
            return self._model


def _load_model(folder: Path, device: str | None, threads: int | None) -> SentenceTransformer:
    """Read the weights, from the disk only and without running code from the folder."""
    import torch
    from sentence_transformers import SentenceTransformer

    if threads is not None:
        torch.set_num_threads(threads)
    quiet()
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if chosen.startswith("cuda") or native_bf16() else torch.float32
    logger.info("loading %s on %s as %s", folder.name, chosen, dtype)
    return SentenceTransformer(
        str(folder), device=chosen, local_files_only=True, trust_remote_code=False, model_kwargs={"dtype": dtype}
    )


def quiet() -> None:
    """No reports and no bars of transformers: that the unused pooler has no weights is no news to a reader."""
    import transformers

    logs: Any = transformers.utils.logging  # untyped
    logs.set_verbosity_error()
    logs.disable_progress_bar()


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
