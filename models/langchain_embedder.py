"""Any LangChain Embeddings as the embedder.

In the settings it is named by a function or class that makes one: ``embedder = "langchain:package.module:factory"``.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from models.fakes import WordCounter
from models.tokens import encodable
from models.types import ModelError, ModelUnavailable, TokenCounter, Vectors
from models.unit_rows import unit_rows

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

log = logging.getLogger(__name__)

SCHEME = "langchain:"
_BATCH = 64


class LangChainEmbedder:
    """An Embedder over an object with LangChain's ``embed_documents`` and ``embed_query``.

    Args:
        embeddings: the object, or a function that makes it at the first text.
        name: what a collection remembers; give another name to another model.
        dimension: length of its vectors; 0 finds it out by embedding one word at the first question for it.
        max_tokens: the longest text it reads whole, as ``tokens`` counts.
        query_prefix, passage_prefix: put before the texts, for models that want them and whose class does not add them.
        tokens: counts as the model does; words and Han characters are counted without.

    Single tokens have no vectors here, so this is no TokenEmbedder. Whatever the object raises is a ModelUnavailable.
    """

    def __init__(
        self,
        embeddings: Embeddings | Callable[[], Embeddings],
        name: str,
        dimension: int = 0,
        *,
        max_tokens: int = 512,
        query_prefix: str = "",
        passage_prefix: str = "",
        tokens: TokenCounter | None = None,
    ) -> None:
        self.name = name
        self.max_tokens = max_tokens
        self.tokens: TokenCounter = tokens or WordCounter()
        self._given = embeddings
        self._dimension = dimension
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        if not self._dimension:
            made = self._embeddings()
            with _translated(self.name):
                self._dimension = len(made.embed_query("."))
        return self._dimension

    @dimension.setter
    def dimension(self, value: int) -> None:
        self._dimension = value

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 of shape (n, dimension), rows of length 1, in the order given."""
        made, asked = self._embeddings(), [_sendable(self._passage_prefix, text) for text in texts]
        rows = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            with _translated(self.name):
                found = made.embed_documents(batch)
            rows.append(unit_rows(found, len(batch), self.dimension, self.name))
        return np.concatenate(rows)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 of shape (n, dimension), rows of length 1, in the order given."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        made = self._embeddings()
        with _translated(self.name):
            found = [made.embed_query(_sendable(self._query_prefix, text)) for text in texts]
        return unit_rows(found, len(texts), self.dimension, self.name)

    def _embeddings(self) -> Any:
        with self._lock:
            if self._made is None:
                made = self._given
                if not _embeds(made):
                    with _translated(self.name):
                        made = made()  # type: ignore[operator]
                if not _embeds(made):
                    raise ModelError(
                        f"{self.name} is a {type(made).__name__}, not LangChain Embeddings: it needs embed_documents "
                        "and embed_query"
                    )
                self._made = made
            return self._made


def open_langchain(name: str, dimension: int) -> LangChainEmbedder:
    """The embedder of a setting ``langchain:package.module:factory``; the module is imported, the factory not called.

    Modules come from what is installed, never from the current folder. Raises ModelError naming what is wrong.
    """
    module, _, attribute = name.removeprefix(SCHEME).partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), attribute)):
        raise ModelError(f"embedder = {name!r}: write langchain:package.module:factory")
    try:
        with _installed_only():
            found = getattr(importlib.import_module(module), attribute)
    except ImportError as exc:
        raise ModelError(f"embedder = {name!r}: {module} cannot be imported ({exc}); install its package") from exc
    except AttributeError as exc:
        raise ModelError(f"embedder = {name!r}: {module} has no {attribute}") from exc
    if not (callable(found) or _embeds(found)):
        raise ModelError(f"embedder = {name!r} is a {type(found).__name__}: name a function that makes the Embeddings")
    return LangChainEmbedder(found, name, dimension)


def _embeds(thing: object) -> bool:
    methods = (getattr(thing, "embed_documents", None), getattr(thing, "embed_query", None))
    return not isinstance(thing, type) and all(callable(method) for method in methods)


def _sendable(prefix: str, text: str) -> str:
    return prefix + (encodable(text).strip() or ".")  # many endpoints refuse the empty text


@contextmanager
def _installed_only() -> Iterator[None]:
    """Within the block, nothing is imported from the folder that the program happens to be started in."""
    before = list(sys.path)
    here = os.path.realpath(os.getcwd())
    sys.path[:] = [place for place in before if place and os.path.realpath(place) != here]
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except Exception as exc:  # the class is somebody else's and may raise anything
        log.info("%s raised", name, exc_info=True)
        raise ModelUnavailable(f"{name}: {type(exc).__name__}: {str(exc)[:300]}") from exc
