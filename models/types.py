"""The ports of the model room: what an embedder and a chat model promise, and the errors they raise.

ModelError
├── WeightsMissing       the files are not on this machine; the message names the command that gets them
├── WeightsMismatch      a file's sha256 is not the pinned one
├── ModelUnavailable     an endpoint cannot be reached or answers with an error
│   └── SchemaIgnored    it was asked to keep to a schema and wrote something else
├── ModelTimeout         an endpoint gave nothing within its time
└── ContextTooLong       the messages do not fit the model's context
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class TokenCounter(Protocol):
    """Counts tokens without loading any weights."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, special tokens not counted; same order."""
        ...

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character span of each token of ``text``, in order, special tokens left out."""
        ...


class Embedder(Protocol):
    """Texts to unit vectors.

    ``name`` is stored with the vectors: two embedders of one name give the same vectors. ``dimension`` is the length
    of a vector, ``max_tokens`` the longest text it reads whole (longer texts are cut).
    """

    name: str
    dimension: int
    max_tokens: int

    @property
    def tokens(self) -> TokenCounter:
        """The model's own tokenizer."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 of shape (n, dimension), rows of length 1, in the order given."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 of shape (n, dimension), rows of length 1, in the order given."""
        ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that also gives the vectors of a text's single tokens.

    Not every Embedder can: an endpoint gives one vector a text. Ask with ``isinstance(embedder, TokenEmbedder)``.
    """

    def embed_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[Vectors]:
        """The last layer's vectors of each text's own tokens, in the order given.

        float32 of shape (tokens, dimension) a text, rows of length 1, as many as the model reads. The prefix (of a
        question if ``query``) is read before the text but has no rows, nor have special tokens; a text without tokens
        has shape (0, dimension).
        """
        ...


@runtime_checkable
class Preparable(Protocol):
    """An embedder that can load what its first passage needs before there is one, in a second at most.

    Ask with ``isinstance(embedder, Preparable)``.
    """

    def prepare(self) -> None:
        """Load it now; from any thread, as often as one likes. Raises what the first passage would."""
        ...


class ChatModel(Protocol):
    """A model that writes. ``context_tokens`` bounds prompt and answer together."""

    name: str
    context_tokens: int

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer in pieces, greedily decoded; the pieces joined are the whole answer.

        Closing the iterator stops the generation. Raises a ModelError, also in the middle of the answer.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``: exact where the model's tokenizer is at hand, else an upper estimate."""
        ...


@runtime_checkable
class Judge(Protocol):
    """A chat model that also says how sure it is of a yes.

    Not every ChatModel can: it takes the probabilities of single tokens. Ask with ``isinstance(chat, Judge)``.
    """

    def yes_probabilities(self, prompts: Sequence[Sequence[Message]]) -> list[float]:
        """How likely each prompt is answered with yes rather than no, from 0 to 1, in the order given.

        Prompts that open alike are read faster one after the other than among others. A prompt whose answer is likely
        to begin with neither word has .5. Raises a ModelError.
        """
        ...


@runtime_checkable
class Chooser(Protocol):
    """A chat model that can be bound to answer with one of several words.

    Not every ChatModel can: it takes a runtime that constrains what is written. Ask with ``isinstance(chat, Chooser)``.
    """

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> str:
        """The option that the model answers with, one of ``options`` exactly.

        Raises a ModelError; SchemaIgnored where the runtime answered, but with something else.
        """
        ...


class ModelError(Exception):
    """Something about a model; the message is for people and names the next step."""


class WeightsMissing(ModelError):
    """The model's files are not on this machine."""


class WeightsMismatch(ModelError):
    """A file is not the one that was pinned."""


class ModelUnavailable(ModelError):
    """An endpoint cannot be reached, or answers with an error."""


class ModelTimeout(ModelError):
    """An endpoint gave nothing within its time."""


class SchemaIgnored(ModelUnavailable):
    """An endpoint was asked to keep to a schema and wrote something else."""


class ContextTooLong(ModelError):
    """The messages do not fit the model's context."""
