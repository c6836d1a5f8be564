"""Counting tokens with a model's own tokenizer.json; no weights, no torch."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.types import WeightsMissing

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_BATCH = 256


class FileTokenCounter:
    """A TokenCounter over a tokenizer.json; the file (17 MB for e5) is read at the first call, in about 0.4 s."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._tokenizer: Tokenizer | None = None

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, special tokens not counted; same order."""
        tokenizer = self._load()
        counts: list[int] = []
        for start in range(0, len(texts), _BATCH):
            batch = [encodable(text) for text in texts[start : start + _BATCH]]
            counts += [len(encoding) for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        return counts

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character span of each token of ``text``, in order, special tokens left out."""
        return self._load().encode(encodable(text), add_special_tokens=False).offsets

    def ids(self, text: str) -> list[int]:
        """The token ids of ``text``, special tokens included, as the model reads them."""
        return self._load().encode(encodable(text)).ids

    def encodings(self, texts: Sequence[str]) -> Iterator[Encoding]:
        """Ids and character spans of each text as the model reads it, special tokens included; same order."""
        tokenizer = self._load()
        for start in range(0, len(texts), _BATCH):
            yield from tokenizer.encode_batch([encodable(text) for text in texts[start : start + _BATCH]])

    def _load(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                # Set before the Rust pool starts: after a fork it would print a warning and fall back anyway.
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from tokenizers import Tokenizer

                if not self.path.is_file():
                    raise WeightsMissing(f"there is no tokenizer at {self.path}: pull the model again")
                tokenizer = Tokenizer.from_file(str(self.path))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._tokenizer = tokenizer
            return self._tokenizer


def encodable(text: str) -> str:
    """Lone surrogates, which a damaged file can hold and tokenizers refuse, each become one replacement character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text
