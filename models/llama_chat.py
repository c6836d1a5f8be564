"""A chat model in this process: a GGUF file under llama.cpp."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.control_tokens import defused
from models.llama_server import ANSWER_SECONDS, LlamaServer
from models.prefix_cache import PrefixCache
from models.types import ContextTooLong, Message, ModelTimeout, ModelUnavailable
from models.writing import Cut, Writing
from models.yes_no import TOP_TOKENS, yes_probability


@dataclass(frozen=True, slots=True)
class Timings:
    """What the last answer cost: prompt tokens ``read`` and ``reused`` from the cache, tokens ``written``, seconds."""

    read: int
    reused: int
    read_seconds: float
    written: int
    written_seconds: float


class LlamaChat:
    """A ChatModel over a GGUF file, loaded at the first call (3 to 12 s, about 2 GB for the 1.5B model).

    May be used from several threads; answers are written one after the other. ``cache_folder`` keeps prefixes between
    starts (see ``warm``); None keeps them in memory only. ``last_timings`` describes the last finished answer.
    """

    def __init__(
        self,
        gguf_path: Path,
        name: str,
        *,
        context_tokens: int = 4096,
        cache_folder: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.last_timings: Timings | None = None
        self._gguf = gguf_path
        self._cache_folder = cache_folder
        self._threads = threads
        self._loading = threading.Lock()
        self._writing = threading.Lock()  # a Lock, not an RLock: a stream may be closed by another thread
        self._server: LlamaServer | None = None
        self._prefixes: PrefixCache | None = None

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Writing:
        """The answer in pieces, greedily decoded; closing the iterator stops the work within one batch of tokens.

        Raises ContextTooLong before anything is written if prompt and ``max_tokens`` do not fit; ModelUnavailable,
        WeightsMissing, or ModelTimeout if another answer holds the model for 15 minutes.
        """
        cut = Cut()
        return Writing(self._write(messages, max_tokens, cut), cut)

    def _write(self, messages: Sequence[Message], max_tokens: int, cut: Cut) -> Generator[str]:
        server = self._load()
        tokens = self._prompt(server, messages, open_turn=True)
        if len(tokens) + max_tokens > self.context_tokens:
            raise ContextTooLong(
                f"the prompt has {len(tokens)} tokens, with {max_tokens} for the answer more than the "
                f"{self.context_tokens} of {self.name}: give fewer or shorter passages"
            )
        self._hold()
        try:
            yield from self._complete(server, tokens, max_tokens, cut)
        finally:
            self._writing.release()

    def warm(self, messages: Sequence[Message]) -> bool:
        """Read a prefix that many questions share, and keep it for the next start.

        True if it was restored from ``cache_folder``, False if it had to be read. Raises as ``stream`` does.
        """
        server = self._load()
        tokens = self._prompt(server, messages, open_turn=False)
        if len(tokens) >= self.context_tokens:
            raise ContextTooLong(f"the prefix has {len(tokens)} tokens, {self.name} takes {self.context_tokens}")
        self._hold()
        try:
            if self._prefixes is not None and self._prefixes.restore(server, tokens):
                return True
            for _ in self._complete(server, tokens, 0):
                pass
            if self._prefixes is not None:
                self._prefixes.save(server, tokens)
        finally:
            self._writing.release()
        return False

    def yes_probabilities(self, prompts: Sequence[Sequence[Message]]) -> list[float]:
        """How likely each prompt is answered with yes (see Judge), read one after the other.

        What a prompt shares with the one before it is not read again. An answer may be written between two prompts.
        Raises as ``stream`` does.
        """
        server = self._load()
        return [self._yes(server, self._prompt(server, messages, open_turn=True)) for messages in prompts]

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` by the model's own tokenizer, exact."""
        return len(self._tokenize(self._load(), defused(text)))

    def close(self) -> None:
        """Free the weights; the next call loads them again."""
        with self._loading:
            if self._server is not None:
                self._server.close()
                self._server = None

    def _load(self) -> LlamaServer:
        with self._loading:
            if self._server is None:
                folder = self._cache_folder
                if folder is not None:
                    folder.mkdir(parents=True, exist_ok=True)
                self._server = LlamaServer(
                    self._gguf, context_tokens=self.context_tokens, state_folder=folder, threads=self._threads
                )
                if folder is not None:
                    self._prefixes = PrefixCache(folder, self._gguf, self.context_tokens)
            return self._server

    def _hold(self) -> None:
        if not self._writing.acquire(timeout=ANSWER_SECONDS):
            raise ModelTimeout(f"{self.name} has been busy with another answer for {ANSWER_SECONDS:.0f} s: try again")

    def _prompt(self, server: LlamaServer, messages: Sequence[Message], *, open_turn: bool) -> list[int]:
        """The tokens of the messages in the model's own template; ``open_turn`` begins the assistant's turn."""
        turns = [{"role": message.role, "content": defused(message.content)} for message in messages]
        rendered = server.post("/apply-template", {"messages": turns, "add_generation_prompt": open_turn})
        return self._tokenize(server, str(rendered["prompt"]))

    def _tokenize(self, server: LlamaServer, text: str) -> list[int]:
        found = server.post("/tokenize", {"content": text, "add_special": False, "parse_special": True})
        return [int(token) for token in found["tokens"]]

    def _yes(self, server: LlamaServer, tokens: Sequence[int]) -> float:
        if len(tokens) >= self.context_tokens:
            raise ContextTooLong(f"the prompt has {len(tokens)} tokens, {self.name} takes {self.context_tokens}")
        self._hold()
        try:
            answer = server.post("/completion", _request(tokens, 1) | {"n_probs": TOP_TOKENS})
        finally:
            self._writing.release()
        try:
            first = answer["completion_probabilities"][0]["top_logprobs"]
            return yes_probability((str(each["token"]), float(each["logprob"])) for each in first)
        except (KeyError, IndexError, TypeError) as exc:
            raise ModelUnavailable(f"{self.name} gave no probabilities: {str(answer)[:200]}") from exc

    def _complete(
        self, server: LlamaServer, tokens: Sequence[int], max_tokens: int, cut: Cut | None = None
    ) -> Generator[str]:
        finished = False
        events = server.stream("/completion", _request(tokens, max_tokens), cut)
        try:
            for event in events:
                if "error" in event:
                    raise ModelUnavailable(f"{self.name}: {event['error']}")
                if event.get("content"):
                    yield str(event["content"])
                if event.get("stop"):
                    finished = True
                    self.last_timings = _timings(event.get("timings", {}))
        finally:
            events.close()
        if not finished:
            raise ModelUnavailable(f"{self.name} broke off in the middle of the answer: ask again")


def _request(tokens: Sequence[int], max_tokens: int) -> dict[str, object]:
    return {
        "prompt": list(tokens),
        "n_predict": max_tokens,
        "temperature": 0.0,
        "cache_prompt": True,
        "id_slot": 0,
    }


def _timings(found: dict[str, Any]) -> Timings:
    return Timings(
        read=int(found.get("prompt_n", 0)),
        reused=int(found.get("cache_n", 0)),
        read_seconds=float(found.get("prompt_ms", 0.0)) / 1000,
        written=int(found.get("predicted_n", 0)),
        written_seconds=float(found.get("predicted_ms", 0.0)) / 1000,
    )
