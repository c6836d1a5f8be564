"""Stands between an answer and the chat model: counts tokens, and stops the writing when the reader has left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from models.types import ChatModel, Judge, Message, ModelError


class Stopped(Exception):
    """The reader has left: nobody waits for this answer."""


class Meter:
    """What one answer cost, and whether it is still wanted. ``stop`` may be called from any thread."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.written = ""
        self._chat: ChatModel | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._abort: Callable[[], None] | None = None

    def stop(self) -> None:
        """Let the writing end: at once where the model can be cut off, else at its next token."""
        self._stop.set()
        with self._lock:
            if self._abort is not None:
                self._abort()

    def watch(self, pieces: Iterator[str] | None) -> None:
        """The answer that is to end when nobody waits any more; None when there is none."""
        with self._lock:
            self._abort = getattr(pieces, "abort", None)
            if self._abort is not None and self.stopped:
                self._abort()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits any more."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raise Stopped when nobody waits any more."""
        if self._stop.is_set():
            raise Stopped

    def through(self, chat: ChatModel) -> ChatModel:
        """The same model, metered."""
        self._chat = chat
        return _MeteredJudge(chat, self) if isinstance(chat, Judge) else _Metered(chat, self)

    def tokens(self) -> tuple[int, int]:
        """Tokens that the model read and wrote, as it counts them; zeros when it was not asked or cannot count now."""
        if self._chat is None:
            return 0, 0
        try:
            read = sum(self._chat.count_tokens(message.content) for message in self.asked)
            return read, self._chat.count_tokens(self.written) if self.written else 0
        except ModelError:  # an endpoint that is gone; the answer itself says so
            return 0, 0


class _Metered:
    """A ChatModel that notes what passes."""

    def __init__(self, chat: ChatModel, meter: Meter) -> None:
        self.name, self.context_tokens = chat.name, chat.context_tokens
        self._chat, self._meter = chat, meter

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        self._meter.check()
        self._meter.asked.extend(messages)
        pieces = self._chat.stream(messages, max_tokens=max_tokens)
        self._meter.watch(pieces)
        try:
            for piece in pieces:
                self._meter.check()
                self._meter.written += piece
                yield piece
        except ModelError:
            self._meter.check()  # it broke off because it was told to
            raise
        finally:
            self._meter.watch(None)
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def count_tokens(self, text: str) -> int:
        return self._chat.count_tokens(text)


class _MeteredJudge(_Metered):
    """A ChatModel that can also judge; see ``models.types.Judge``."""

    def yes_probabilities(self, prompts: Sequence[Sequence[Message]]) -> list[float]:
        assert isinstance(self._chat, Judge)  # noqa: S101 - chosen by ``through``
        self._meter.check()
        return self._chat.yes_probabilities(prompts)
