"""A cross-encoder in this process: question and passage read together, one relevance score a pair.

Any model that sentence_transformers.CrossEncoder reads: those with a classification head (BAAI/bge-reranker-v2-m3) and
those that say yes or no (Qwen/Qwen3-Reranker-0.6B, where the folder's own template asks the question).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.embedder import quiet
from models.processor import native_bf16
from models.tokens import encodable
from models.types import ModelUnavailable, WeightsMissing

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

log = logging.getLogger(__name__)

MAX_TOKENS = 1024  # question and passage together; models that read more are much slower on a pair that is cut here
_BATCH = 16


class SentenceCrossEncoder:
    """Scores pairs with a folder of weights, read at the first pair. May be used from several threads."""

    def __init__(self, folder: Path, name: str, *, max_tokens: int = MAX_TOKENS, device: str | None = None) -> None:
        """Raises WeightsMissing where ``folder`` holds no model."""
        if not (folder / "config.json").is_file():
            raise WeightsMissing(f"{folder} is no cross-encoder: config.json is missing")
        self.folder = folder
        self.name = name
        self._max_tokens = max_tokens
        self._device = device
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in the order given, higher is better; the scale is the model's own.

        Raises ModelUnavailable for a model that gives more than one number a pair.
        """
        if not texts:
            return []
        model = self._load()
        pairs = [(encodable(question), encodable(text)) for text in texts]
        scores = np.asarray(model.predict(pairs, batch_size=_BATCH, show_progress_bar=False), np.float64)
        if scores.shape != (len(texts),):
            raise ModelUnavailable(f"{self.name} gives scores of shape {scores.shape[1:]} a pair: it is no reranker")
        return [float(score) for score in scores]

    def _load(self) -> CrossEncoder:
        with self._lock:
            if self._model is None:
                self._model = self._read()
            return self._model

    def _read(self) -> CrossEncoder:
        import torch
        from sentence_transformers import CrossEncoder

        quiet()
        device = self._device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = torch.bfloat16 if device.startswith("cuda") or native_bf16() else torch.float32
        log.info("loading %s on %s as %s", self.name, device, dtype)
        try:
            model: CrossEncoder = CrossEncoder(
                str(self.folder),
                device=device,
                max_length=min(self._max_tokens, _longest(self.folder)),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": dtype},
            )
        except (OSError, ValueError, KeyError) as exc:
            raise ModelUnavailable(f"{self.folder} cannot be read as a cross-encoder: {exc}") from exc
        return model


def _longest(folder: Path) -> int:
    """Tokens that the folder's model reads: RoBERTa counts positions from its padding number on, two more."""
    config: Any = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    positions = int(config.get("max_position_embeddings") or MAX_TOKENS)
    return positions - 2 if "roberta" in str(config.get("model_type")) else positions
