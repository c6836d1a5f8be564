"""A chat model behind an OpenAI-compatible endpoint: vLLM, llama.cpp's server, Ollama, or a provider."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from models.control_tokens import defused
from models.cut_connections import CutConnections
from models.endpoint_tokens import EndpointTokens
from models.openai_errors import translated
from models.openai_health import alive
from models.tokens import encodable
from models.types import ContextTooLong, Message, ModelUnavailable, SchemaIgnored
from models.writing import Cut, Writing
from models.yes_no import TOP_TOKENS, yes_probability

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

_JUDGED_AT_ONCE = 8  # requests; vLLM reads them as one batch and their common opening once
NO_KEY = "none"  # the client insists on some key; local servers ignore it


class OpenAIChat:
    """A ChatModel, Judge and Chooser over LangChain's ChatOpenAI.

    ``timeout`` is seconds without a byte. ``count_tokens`` is exact where the endpoint is vLLM, else an upper estimate,
    since its tokenizer is not here. The key is in no repr and no message.
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
        self._streaming: ChatOpenAI | None = None
        self._connections = CutConnections()
        self._tokens = EndpointTokens(base_url, model, self._key)

    def __repr__(self) -> str:
        return f"OpenAIChat({self.base_url!r}, {self._model!r})"

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Writing:
        """The answer in pieces, greedily decoded; closing the iterator, or its ``abort``, closes the connection.

        Raises ContextTooLong, ModelTimeout or ModelUnavailable, also in the middle of the answer: a stream that ends
        without saying why it ended was cut off, and a cut answer must not pass for a whole one.
        """
        cut = Cut()
        return Writing(self._write(messages, max_tokens, cut), cut)

    def _write(self, messages: Sequence[Message], max_tokens: int, cut: Cut) -> Generator[str]:
        self._check_length(messages, max_tokens)
        finished = False
        with translated(self.name, self.base_url), self._connections.stream(cut) as headers:
            client = self._load(streaming=True)
            pieces = client.stream(_turns(messages), max_tokens=max_tokens, extra_headers=headers)
            for piece in pieces:
                if piece.text:
                    yield str(piece.text)
                finished = finished or bool(piece.response_metadata.get("finish_reason"))
        if not finished:
            raise ModelUnavailable(f"{self.name} at {self.base_url} broke off in the middle of the answer: ask again")

    def _check_length(self, messages: Sequence[Message], max_tokens: int) -> None:
        """Refuse what certainly does not fit; what the endpoint alone can know it refuses itself."""
        contents = [message.content for message in messages]
        exact = [self._tokens.count(defused(content)) for content in contents]
        counted = [count for count in exact if count is not None]
        if len(counted) == len(contents):
            needed, sure = sum(counted) + max_tokens, ""
        else:
            needed, sure = sum(map(_estimated, contents)) // _ESTIMATE_EXCESS + max_tokens, " (estimated)"
        limit = min(self.context_tokens, self._tokens.limit or self.context_tokens)
        if needed > limit:
            raise ContextTooLong(
                f"{needed} tokens{sure} asked for, {self.name} has {limit}: give fewer passages, "
                "or raise model_context in the settings and the endpoint's own limit"
            )

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

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> str:
        """The option that the model answers with, and nothing else (see Chooser), by a JSON schema of the request.

        Raises as ``stream`` does, and SchemaIgnored where the endpoint does not keep to a schema.
        """
        import openai

        with translated(self.name, self.base_url):
            asked = self._load().bind(max_tokens=_CHOICE_TOKENS, response_format=_schema(options))
            try:
                written = str(asked.invoke(_turns(messages)).text)
            except openai.LengthFinishReasonError as exc:  # the client reads what is promised to keep to a schema
                written = exc.completion.choices[0].message.content or ""
        try:
            chosen = json.loads(written)["choice"]
        except (ValueError, TypeError, KeyError):
            chosen = None
        if chosen not in options:
            raise SchemaIgnored(
                f"{self.name} at {self.base_url} wrote {written[:100]!r} where {' or '.join(options)} was asked for: "
                "it keeps to no JSON schema"
            )
        return str(chosen)

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``: exact where the endpoint counts them (vLLM), else an upper estimate."""
        exact = self._tokens.count(defused(text))
        return _estimated(text) if exact is None else exact

    def healthy(self, seconds: float = 2.0) -> bool:
        """Whether the server answers, within so long, without a server's error of its own."""
        return alive(self.base_url, self._key, seconds)

    def close(self) -> None:
        """Let go of the connections; the next question opens new ones."""
        with self._lock:
            for client in (self._client, self._streaming):
                if client is not None:
                    client.root_client.close()
            self._client = self._streaming = None
        self._tokens.close()

    def _load(self, *, streaming: bool = False) -> ChatOpenAI:
        """The client, made at its first use; streams have one of their own, whose connections can be cut."""
        with self._lock:
            known = self._streaming if streaming else self._client
            if known is None:
                # LangChain sends traces to its makers if the user's shell happens to ask for it; a library of private
                # documents must not, whatever the shell says.
                for variable in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2"):
                    os.environ[variable] = "false"
                from langchain_openai import ChatOpenAI
                from pydantic import SecretStr

                known = ChatOpenAI(
                    model=self._model,
                    base_url=self.base_url,
                    api_key=SecretStr(self._key),
                    temperature=0.0,
                    timeout=self._timeout,
                    max_retries=self._max_retries,
                    stream_usage=False,
                    http_client=self._connections.client(self._timeout) if streaming else None,
                )
                if streaming:
                    self._streaming = known
                else:
                    self._client = known
            return known


_CHOICE_TOKENS = 64
_ESTIMATE_EXCESS = 2  # the estimate is about twice the truth; a refusal here must be certain, the endpoint knows better


def _estimated(text: str) -> int:
    """An upper estimate for the byte-pair tokenizers of today.

    Half a token a Latin letter, one a digit or mark, half a token a byte of anything else (1.5 a Han character).
    """
    letters = sum(char.isascii() and char.isalpha() for char in text)
    marks = sum(char.isascii() and not char.isalpha() and not char.isspace() for char in text)
    wide = len(encodable(text).encode()) - sum(char.isascii() for char in text)
    return (letters + 1) // 2 + marks + (wide + 1) // 2


def _schema(options: Sequence[str]) -> dict[str, Any]:
    choice = {"type": "string", "enum": list(options)}
    shape = {"type": "object", "properties": {"choice": choice}, "required": ["choice"], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "choice", "schema": shape, "strict": True}}


def _turns(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](content=defused(message.content)) for message in messages]
