"""A chat model behind an OpenAI-compatible endpoint: vLLM, llama.cpp's server, Ollama, or a provider."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.openai_errors import translated
from models.tokens import encodable
from models.types import ContextTooLong, Message, ModelUnavailable
from models.yes_no import TOP_TOKENS, yes_probability

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

_JUDGED_AT_ONCE = 8  # requests; vLLM reads them as one batch and their common opening once
NO_KEY = "none"  # the client insists on some key; local servers ignore it


class OpenAIChat:
    """A ChatModel over LangChain's ChatOpenAI.

    ``timeout`` is seconds without a byte. ``count_tokens`` is an upper estimate, since the endpoint's tokenizer is not
    here. The key is in no repr and no message.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        context_tokens: int = 8192,
        timeout: float = 60.0,
        max_retries: int = 1,
        name: str | None = None,
    ) -> None:
        self.name = name or model
        self.context_tokens = context_tokens
        self.base_url = base_url
        self._model = model
        self._key = api_key or NO_KEY
        self._timeout = timeout
        self._max_retries = max_retries
        self._lock = threading.Lock()
        self._client: ChatOpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIChat({self.base_url!r}, {self._model!r})"

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer in pieces, greedily decoded; closing the iterator closes the connection.

        Raises ContextTooLong, ModelTimeout or ModelUnavailable, also in the middle of the answer: a stream that ends
        without saying why it ended was cut off, and a cut answer must not pass for a whole one.
        """
        needed = sum(self.count_tokens(message.content) for message in messages) // _ESTIMATE_EXCESS + max_tokens
        if needed > self.context_tokens:
            raise ContextTooLong(
                f"about {needed} tokens asked for, {self.name} has {self.context_tokens}: give fewer passages, "
                "or raise its context_tokens in the settings"
            )
        finished = False
        with translated(self.name, self.base_url):
            pieces = self._load().stream(_turns(messages), max_tokens=max_tokens)
            for piece in pieces:
                if piece.text:
                    yield str(piece.text)
                finished = finished or bool(piece.response_metadata.get("finish_reason"))
        if not finished:
            raise ModelUnavailable(f"{self.name} at {self.base_url} broke off in the middle of the answer: ask again")

    def yes_probabilities(self, prompts: Sequence[Sequence[Message]]) -> list[float]:
        """How likely each prompt is answered with yes (see Judge), eight requests at a time.

        Raises as ``stream`` does, and ModelUnavailable where the endpoint gives no log-probabilities.
        """
        if not prompts:
            return []
        with translated(self.name, self.base_url):
            asked = self._load().bind(max_tokens=1, logprobs=True, top_logprobs=TOP_TOKENS)
            turns = [_turns(messages) for messages in prompts]
            answers = asked.batch(turns, config={"max_concurrency": _JUDGED_AT_ONCE})  # type: ignore[arg-type]
            return [self._yes(answer.response_metadata.get("logprobs")) for answer in answers]

    def _yes(self, logprobs: Any) -> float:
        if not logprobs or not logprobs.get("content"):
            raise ModelUnavailable(
                f"{self.name} at {self.base_url} gives no log-probabilities, so it cannot judge: set reranker = none"
            )
        return yes_probability(
            (str(each["token"]), float(each["logprob"])) for each in logprobs["content"][0]["top_logprobs"]
        )

    def count_tokens(self, text: str) -> int:
        """An upper estimate for the byte-pair tokenizers of today.

        Half a token a Latin letter, one a digit or mark, half a token a byte of anything else (1.5 a Han character).
        """
        letters = sum(char.isascii() and char.isalpha() for char in text)
        marks = sum(char.isascii() and not char.isalpha() and not char.isspace() for char in text)
        wide = len(encodable(text).encode()) - sum(char.isascii() for char in text)
        return (letters + 1) // 2 + marks + (wide + 1) // 2

    def _load(self) -> ChatOpenAI:
        with self._lock:
            if self._client is None:
                # LangChain sends traces to its makers if the user's shell happens to ask for it; a library of private
                # documents must not, whatever the shell says.
                for variable in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2"):
                    os.environ[variable] = "false"
                from langchain_openai import ChatOpenAI
                from pydantic import SecretStr

                self._client = ChatOpenAI(
                    model=self._model,
                    base_url=self.base_url,
                    api_key=SecretStr(self._key),
                    temperature=0.0,
                    timeout=self._timeout,
                    max_retries=self._max_retries,
                    stream_usage=False,
                )
            return self._client


_ESTIMATE_EXCESS = 2  # the estimate is about twice the truth; a refusal here must be certain, the endpoint knows better


def _turns(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](content=encodable(message.content)) for message in messages]
