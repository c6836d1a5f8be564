"""An embedder behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.fakes import WordCounter
from models.openai_chat import NO_KEY
from models.openai_errors import translated
from models.tokens import encodable
from models.types import TokenCounter, Vectors
from models.unit_rows import unit_rows

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

_BATCH = 64


class OpenAIEmbedder:
    """An Embedder over LangChain's OpenAIEmbeddings.

    ``dimension`` must be the endpoint's own; another one in its answer is an error, not a surprise in the index.
    An endpoint gives no vectors of tokens, so this is no TokenEmbedder (models/types.py): callers ask with isinstance.
    ``tokens`` counts by eye (a word or a Han character is one) unless a counter of the endpoint's tokenizer is given.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        dimension: int,
        api_key: str | None = None,
        *,
        max_tokens: int = 512,
        query_prefix: str = "",
        passage_prefix: str = "",
        tokens: TokenCounter | None = None,
        timeout: float = 60.0,
        max_retries: int = 1,
        name: str | None = None,
    ) -> None:
        self.name = name or model
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.tokens: TokenCounter = tokens or WordCounter()
        self.base_url = base_url
        self._model = model
        self._key = api_key or NO_KEY
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._timeout = timeout
        self._max_retries = max_retries
        self._lock = threading.Lock()
        self._client: OpenAIEmbeddings | None = None

    def __repr__(self) -> str:
        return f"OpenAIEmbedder({self.base_url!r}, {self._model!r}, {self.dimension})"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 of shape (n, dimension), rows of length 1, in the order given."""
        return self._embed(texts, self._passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 of shape (n, dimension), rows of length 1, in the order given."""
        return self._embed(texts, self._query_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        # An endpoint refuses the empty text; a lone full stop stands for it.
        asked = [prefix + (encodable(text).strip() or ".") for text in texts]
        with translated(self.name, self.base_url):
            found = self._load().embed_documents(asked)
        return unit_rows(found, len(texts), self.dimension, f"{self.name} at {self.base_url}")

    def _load(self) -> OpenAIEmbeddings:
        with self._lock:
            if self._client is None:
                from langchain_openai import OpenAIEmbeddings
                from pydantic import SecretStr

                self._client = OpenAIEmbeddings(
                    model=self._model,
                    base_url=self.base_url,
                    api_key=SecretStr(self._key),
                    check_embedding_ctx_length=False,  # else it sends token numbers of OpenAI's own tokenizer
                    chunk_size=_BATCH,
                    timeout=self._timeout,
                    max_retries=self._max_retries,
                )
            return self._client
