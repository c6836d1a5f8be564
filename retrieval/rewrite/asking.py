"""One reply of the chat model within a time: cached, bounded, and given up when the time is over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.types import ChatModel, Message, ModelError
from retrieval.rewrite.prompt import Prompt
from retrieval.rewrite.replies import Replies, reply_key

_TURN_TOKENS = 8  # what a chat template adds to a message, on the safe side
_LONGEST = 8  # characters a token may have in a reply that is still believed; a model that talks on is cut off
log = logging.getLogger(__name__)


class NoReply(Exception):
    """The model gave nothing that can be used; the message says why, in one line."""


@dataclass(slots=True)
class Asker:
    """Asks ``chat``, ``parallel`` prompts at a time: an embedded model writes one answer after the other anyway."""

    chat: ChatModel
    replies: Replies
    parallel: int = 1
    _turns: threading.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._turns = threading.Semaphore(self.parallel)

    def ask(
        self, prompt: Prompt, question: str, *, deadline: float, max_tokens: int, lines: Sequence[str] = ()
    ) -> str:  # fmt: skip
        """The reply, stripped. ``deadline`` is a time of ``time.monotonic``. Raises NoReply, whatever went wrong."""
        key = reply_key(self.chat.name, prompt.key, question, lines, max_tokens)
        known = self.replies.get(key)
        if known is not None:
            return known
        # Waiting here and not inside the model: who waits there cannot be called back.
        if not self._turns.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise NoReply("no time was left")
        call = _Call(self.chat, prompt.messages(question, lines), max_tokens)
        threading.Thread(target=self._run, args=(call,), name="rewrite", daemon=True).start()
        reply = call.result(max(0.0, deadline - time.monotonic()))
        self.replies.put(key, reply)
        return reply

    def _run(self, call: _Call) -> None:
        try:
            call.run()
        finally:
            self._turns.release()


class _Call:
    """One prompt on its way through a model, in a thread that can be left behind."""

    def __init__(self, chat: ChatModel, messages: Sequence[Message], max_tokens: int) -> None:
        self._chat, self._messages, self._max_tokens = chat, messages, max_tokens
        self._left = threading.Event()
        self._over = threading.Event()
        self._text = ""
        self._error = ""

    def run(self) -> None:
        """Ask; what the model raises becomes the reason of the NoReply."""
        try:
            self._text = self._written()
        except ModelError as exc:
            self._error = " ".join(str(exc).split())[:200] or type(exc).__name__
        except Exception as exc:
            # Any chat model can be plugged in, and a question must not fail on what its client raises.
            log.warning("the chat model failed while a question was rewritten", exc_info=True)
            self._error = type(exc).__name__
        self._over.set()

    def result(self, seconds: float) -> str:
        """The text, waited for at most so long. Raises NoReply."""
        if not self._over.wait(seconds):
            self._left.set()  # the thread stops at the next piece and closes the stream, which stops the model
            raise NoReply("it took too long")
        if self._error:
            raise NoReply(self._error)
        if not any(character.isalnum() for character in self._text):
            raise NoReply("it wrote nothing")
        return self._text

    def _written(self) -> str:
        needed = sum(self._chat.count_tokens(message.content) + _TURN_TOKENS for message in self._messages)
        if needed + self._max_tokens > self._chat.context_tokens:
            raise ModelError(f"the prompt of {needed} tokens is too long for {self._chat.name}")
        pieces = self._chat.stream(self._messages, max_tokens=self._max_tokens)
        text = ""
        try:
            for piece in pieces:
                text += piece
                if self._left.is_set() or len(text) > self._max_tokens * _LONGEST:
                    break
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        return text.strip()
