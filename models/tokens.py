"""Counting tokens with a model's own tokenizer.json; no weights, no torch."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.types import WeightsMissing

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from models.few_pieces import FewPieces

_BATCH = 256
_LARGE = 100_000  # characters; a process that reads as many has a second for the next ones, which read few


class FileTokenCounter:
    """A TokenCounter over a tokenizer.json; the file (17 MB for e5) is read at the first call, in about 0.4 s.

    A process that reads a page or a question does without, where few_pieces.py knows the file: it cuts the same.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._few: FewPieces | None = None
        self._asked = self._kept = False  # whether few_pieces.py knows the file, and was given it to know
        self._characters = 0

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, special tokens not counted; same order."""
        counts: list[int] = []
        for start in range(0, len(texts), _BATCH):
            batch = [encodable(text) for text in texts[start : start + _BATCH]]
            tokenizer, _ = self._reading(batch)
            counts += [len(encoding) for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        return counts

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character span of each token of ``text``, in order, special tokens left out."""
        tokenizer, _ = self._reading([encodable(text)])
        return tokenizer.encode(encodable(text), add_special_tokens=False).offsets

    def ids(self, text: str) -> list[int]:
        """The token ids of ``text``, special tokens included, as the model reads them."""
        return self.ids_of([text])[0]

    def ids_of(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, special tokens included, as the model reads them; same order."""
        ids: list[list[int]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [encodable(text) for text in texts[start : start + _BATCH]]
            tokenizer, own = self._reading(batch)
            found = [encoding.ids for encoding in tokenizer.encode_batch_fast(batch)]
            ids += found if own is None else [[own[id_] for id_ in each] for each in found]
        return ids

    def places_of(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
        """For each text its tokens as the model reads them: 1 for each special one, else 0; and their characters."""
        for start in range(0, len(texts), _BATCH):
            batch = [encodable(text) for text in texts[start : start + _BATCH]]
            tokenizer, _ = self._reading(batch)
            yield from ((each.special_tokens_mask, each.offsets) for each in tokenizer.encode_batch(batch))

    def _reading(self, texts: Sequence[str]) -> tuple[Tokenizer, list[int] | None]:
        """A tokenizer for these texts, and what its ids stand for where they are not the file's own."""
        with self._lock:
            self._characters += sum(map(len, texts))
            if self._tokenizer is None and not self._asked:
                from models.few_pieces import few_pieces

                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                self._few, self._asked = few_pieces(self.path), True
            if self._few is not None:
                if (small := self._few.reading(texts)) is not None:
                    return small
                self._few = None
        whole = self._load()
        if self._characters > _LARGE and not self._kept:
            from models.few_pieces import keep_pieces

            self._kept = True
            keep_pieces(self.path)
        return whole, None

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
