"""Deterministic stand-ins for the real models: no weights, no network, the same result on every machine.

They run the unit tests and the demo of the wiring. Their answers carry no knowledge; never measure quality with them.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from models.types import ContextTooLong, Message, Vectors

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")


class WordCounter:
    """A TokenCounter by eye: one token per Han character and per run of other letters and digits."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, same order."""
        return [sum(1 for _ in _TOKEN.finditer(text)) for text in texts]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character span of each token, in order."""
        return [match.span() for match in _TOKEN.finditer(text)]


class HashEmbedder:
    """An Embedder and TokenEmbedder by feature hashing: texts that share words or Han pairs point the same way.

    Each feature adds +1 or -1 to one of the 64 places that its sha256 names (Weinberger et al. 2009, arXiv:0902.2206,
    section 2); the sum is scaled to length 1. A text without letters or digits points along the first axis.
    """

    name = "hash-64"
    dimension = 64
    max_tokens = 512

    def __init__(self) -> None:
        self.tokens = WordCounter()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (n, 64), rows of length 1, in the order given."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for feature in _features(text):
                digest = hashlib.sha256(feature.encode("utf-8", "surrogatepass")).digest()
                row[digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
            if not row.any():
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same as ``embed_passages``: a question and a passage with the same words have the same vector."""
        return self.embed_passages(texts)

    def embed_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[Vectors]:
        """A vector of shape (64,) for each word (case does not count) and Han character; equal tokens have equal ones.

        ``query`` changes nothing. Different tokens are nearly at right angles: each number is +1/8 or -1/8 by sha256.
        """
        return [
            np.array([_signs(each) for each in _TOKEN.findall(text.lower())], np.float32).reshape(-1, 64)
            for text in texts
        ]


class BlindEmbedder(HashEmbedder):
    """Sees every text as the same but for a little, and one text as the opposite of all."""

    def __init__(self, opposite: str) -> None:
        super().__init__()
        self.opposite = opposite

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (n, 64), rows of length about 1, in the order given."""
        vectors = super().embed_passages(texts)
        vectors[:, 1:] *= 0.01
        vectors[:, 0] = [-1.0 if text == self.opposite else 1.0 for text in texts]
        return vectors


def _signs(token: str) -> Vectors:
    bits = np.unpackbits(np.frombuffer(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()[:8], np.uint8))
    return ((bits.astype(np.float32) * 2 - 1) / 8).astype(np.float32)


def _features(text: str) -> Iterator[str]:
    """Words in lower case, Han characters, and pairs of Han characters that stand beside each other."""
    matches = list(_TOKEN.finditer(text.lower()))
    yield from (match.group() for match in matches)
    for left, right in itertools.pairwise(matches):
        if left.end() == right.start():
            yield left.group() + right.group()


class ScriptedChat:
    """A ChatModel that gives the answers it was handed, in order, and remembers what it was asked.

    An answer that is an exception is raised instead. ``history`` holds the messages of every call, ``closed`` counts
    the streams that were closed before their end.
    """

    def __init__(
        self, answers: Sequence[str | Exception] = (), *, name: str = "scripted", context_tokens: int = 4096
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.history: list[tuple[Message, ...]] = []
        self.closed = 0
        self._answers = list(answers)
        self._counter = WordCounter()
        self._lock = threading.Lock()

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The next answer, a token with what follows it at a time, ``max_tokens`` tokens at most.

        Raises ContextTooLong if the messages and ``max_tokens`` do not fit, IndexError if no answer is left.
        """
        needed = sum(self._counter.count([message.content for message in messages])) + max_tokens
        if needed > self.context_tokens:
            raise ContextTooLong(f"{needed} tokens asked for, {self.name} has {self.context_tokens}")
        with self._lock:
            self.history.append(tuple(messages))
            if not self._answers:
                raise IndexError(f"{self.name} was asked {len(self.history)} times and has no answer left")
            answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        try:
            yield from itertools.islice(_pieces(answer, self._counter), max_tokens)
        except GeneratorExit:
            self.closed += 1
            raise

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as WordCounter counts them."""
        return self._counter.count([text])[0]


def _pieces(text: str, counter: WordCounter) -> Iterator[str]:
    """The text cut before every token but the first; joined, the pieces are the text."""
    cuts = [0, *[start for start, _ in counter.offsets(text)][1:], len(text)]
    return (text[start:end] for start, end in itertools.pairwise(cuts) if end > start)
