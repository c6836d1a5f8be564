"""Texts to unit vectors with a sentence-transformers model in this process.

Measured on two cores without bf16 instructions, 360-token passages (docs/models.md): float32 6 to 8 passages a second;
dynamic int8 1.3 times that but at a cosine of .973 to float32, so it is not offered. bf16 is used where the processor
multiplies it natively: 3.5 times faster on one with AMX, at the same recall.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.query_encoder import QueryEncoder
from models.tokens import FileTokenCounter, encodable
from models.types import Vectors, WeightsMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

BATCH_TOKENS = 2048  # 512 to 16384 tried: 1024 and 2048 are fastest, larger ones fall out of the processor's cache
_FEW = 4  # questions; more of them are worth loading torch for
_SPECIAL_TOKENS = 2  # <s> and </s>
_FAST_BF16 = {"amx_bf16", "avx512_bf16"}  # as /proc/cpuinfo writes them


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
    """An Embedder over a sentence-transformers folder. The weights are read at the first embedding (about 8 s)."""

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
        self._questions = (
            QueryEncoder(folder, self.tokens) if device is None and QueryEncoder.supports(folder) else None
        )
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 of shape (n, dimension), rows of length 1, in the order given."""
        return self._embed(texts, self._settings.passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 of shape (n, dimension), rows of length 1, in the order given.

        A few questions do not wait for torch: numpy gives the same vectors (see query_encoder.py).
        """
        if self._questions is not None and len(texts) <= _FEW:
            prefixed = [self._settings.query_prefix + encodable(text) for text in texts]
            return self._questions.encode(prefixed, max_tokens=self._settings.max_sequence)
        return self._embed(texts, self._settings.query_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        model = self._load()
        prefixed = [prefix + encodable(text) for text in texts]
        lengths = [min(count, self._settings.max_sequence) for count in self.tokens.count(prefixed)]
        for batch in batches(lengths, self._batch_tokens):
            rows = model.encode(
                [prefixed[index] for index in batch],
                batch_size=len(batch),
                show_progress_bar=False,
                convert_to_numpy=True,
                prompt="",  # the prefix is in the text already
            )
            vectors[batch] = rows
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load_model(self.folder, self._device, self._threads)
            return self._model


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices of the texts in batches, longest first, each within ``budget`` tokens after padding (one text at least).

    Sorting over the whole input keeps texts of one length together, so little of a batch is padding.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and (len(batch) + 1) * longest > budget:
            yield batch
            batch = []
        longest = longest if batch else max(1, lengths[index])
        batch.append(index)
    if batch:
        yield batch


def _load_model(folder: Path, device: str | None, threads: int | None) -> SentenceTransformer:
    """Read the weights, from the disk only and without running code from the folder."""
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    if threads is not None:
        torch.set_num_threads(threads)
    quiet: Any = transformers.utils.logging  # untyped
    quiet.set_verbosity_error()  # its report that the unused pooler has no weights is no news to a reader
    quiet.disable_progress_bar()
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if chosen.startswith("cuda") or _processor_flags() & _FAST_BF16 else torch.float32
    logger.info("loading %s on %s as %s", folder.name, chosen, dtype)
    return SentenceTransformer(
        str(folder), device=chosen, local_files_only=True, trust_remote_code=False, model_kwargs={"dtype": dtype}
    )


def _processor_flags() -> set[str]:
    """Instruction sets of the first processor; empty where /proc/cpuinfo does not exist, then float32 is used."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return set()
    return next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), set())


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
