"""Several servers of one chat model, used as one: the least busy answers, one that fails is left alone for a while.

A question moves on to the next server only while nothing of its answer has been given away: two halves of two answers
are no answer. For many servers, or a choice by what their caches hold, put vllm-router before them and give its URL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from models.openai_chat import OpenAIChat
from models.replica_choice import Choice
from models.types import Message, ModelTimeout, ModelUnavailable
from models.writing import Writing

T = TypeVar("T")
Prompts = Sequence[Sequence[Message]]


class Replicas:
    """A ChatModel, Judge and Chooser over servers that serve the same model under the same name.

    May be used from several threads.
    """

    def __init__(self, chats: Sequence[OpenAIChat]) -> None:
        self._choice = Choice(chats)
        self.name = chats[0].name
        self.context_tokens = min(chat.context_tokens for chat in chats)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Writing:
        """The answer in pieces (see ChatModel); from another server when one fails before its first piece."""
        running = _Running()
        return Writing(self._write(messages, max_tokens, running), running.abort)

    def _write(self, messages: Sequence[Message], max_tokens: int, running: _Running) -> Generator[str]:
        given = False
        for replica, last in self._choice.in_turn():
            with self._choice.busy(replica, 1):
                pieces = replica.server.stream(messages, max_tokens=max_tokens)
                running.now(pieces)
                try:
                    for piece in pieces:
                        given = True
                        yield piece
                except (ModelUnavailable, ModelTimeout) as exc:
                    if not running.aborted:
                        self._choice.failed(replica, exc)
                    if given or last or running.aborted:
                        raise
                else:
                    self._choice.worked(replica)
                    return
                finally:
                    pieces.close()

    def yes_probabilities(self, prompts: Prompts) -> list[float]:
        """As ``Judge``; the prompts are dealt to the servers that work, neighbours together, for they open alike."""
        if not prompts:
            return []
        parts = list(_parts(prompts, len(self._choice.working())))
        with ThreadPoolExecutor(len(parts), "judge") as threads:
            found = threads.map(self._judged, parts)
            return [probability for part in found for probability in part]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> str:
        """As ``Chooser``."""
        return self._asked(lambda chat: chat.choose(messages, options), 1)

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a server that works counts them."""
        return self._choice.working()[0].count_tokens(text)

    def healthy(self, seconds: float = 2.0) -> bool:
        """Whether any of the servers is up."""
        return any(chat.healthy(seconds) for chat in self._choice.servers)

    def _judged(self, prompts: Prompts) -> list[float]:
        return self._asked(lambda chat: chat.yes_probabilities(prompts), len(prompts))

    def _asked(self, ask: Callable[[OpenAIChat], T], load: int) -> T:
        for replica, last in self._choice.in_turn():
            with self._choice.busy(replica, load):
                try:
                    found = ask(replica.server)
                except (ModelUnavailable, ModelTimeout) as exc:
                    self._choice.failed(replica, exc)
                    if last:
                        raise
                else:
                    self._choice.worked(replica)
                    return found
        raise ModelUnavailable(f"no server of {self.name} is left to be asked: try again")


class _Running:
    """The stream that is being read now, which any thread may cut."""

    def __init__(self) -> None:
        self.aborted = False
        self._lock = threading.Lock()
        self._pieces: Writing | None = None

    def now(self, pieces: Writing) -> None:
        with self._lock:
            self._pieces = pieces
            if self.aborted:
                pieces.abort()

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            if self._pieces is not None:
                self._pieces.abort()


def _parts(prompts: Prompts, count: int) -> Iterator[Prompts]:
    """At most ``count`` runs of neighbours, of almost equal length."""
    size = -(-len(prompts) // count)
    for start in range(0, len(prompts), size):
        yield prompts[start : start + size]
