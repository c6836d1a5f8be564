"""How much of a prompt is read only once: Shujia's order of a prompt against a naive one, on the same questions.

    python -m bench.prefix --library DIR [--url http://127.0.0.1:8000/v1] [--questions N]

Without --url llama.cpp in this process, which says how many tokens it reused; with it a vLLM, whose own counters are
read (vllm:prefix_cache_queries_total and …_hits_total of /metrics). Each order has a cache of its own (vLLM's
cache_salt; a fresh llama.cpp), so none profits from the other. Nothing is written: one token an answer.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from app.contexts import context_of
from app.settings import load
from app.wiring import PASSAGES, Library
from generation.prompt import build, prefix
from models.llama_chat import LlamaChat
from models.types import Message
from store.language import language_of

QUESTIONS = (
    "最近一次恢复演练总共用了多长时间？",
    "恢复演练由谁负责？",
    "Which reranking depth does production use?",
    "Why is reranking not deeper than that?",
    "禾问部署在几台服务器上？",
    "备份保存多久？",
    "How long are chat logs kept?",
    "Who may read the chat logs?",
)
Layout = Callable[[str, Sequence[Message]], tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class Read:
    """Tokens of all prompts, and those of them that were not computed again."""

    tokens: int
    reused: int

    @property
    def share(self) -> float:
        """The part that was reused."""
        return self.reused / self.tokens if self.tokens else 0.0


def ours(question: str, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Rules, examples, passages, question."""
    return tuple(messages)


def naive(question: str, messages: Sequence[Message]) -> tuple[Message, ...]:
    """The question first, then the passages, then rules and examples: everything in one turn."""
    *opening, last = messages
    rules = "\n".join(message.content for message in opening)
    return (Message("user", f"{question}\n{last.content}\n{rules}"),)


def main() -> None:
    """Print what each order reuses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, help="a library that holds examples/library")
    parser.add_argument("--url", default="", help="a vLLM; without it llama.cpp in this process")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    options = parser.parse_args()
    with Library(load(library=options.library)) as library:
        prompts = [(question, prompt(library, question)) for question in QUESTIONS[: options.questions]]
        for layout in (ours, naive):
            rows = [layout(question, messages) for question, messages in prompts]
            found = by_vllm(rows, options.url, layout.__name__) if options.url else by_llama(library, rows)
            print(
                f"{layout.__name__:<6} tokens {found.tokens:>6}  reused {found.reused:>6}  share {found.share:.3f}",
                flush=True,
            )


def prompt(library: Library, question: str) -> tuple[Message, ...]:
    """What the model is asked for a question, as `shujia ask` asks it."""
    language = language_of(question)
    found = library.retriever().search(question, k=PASSAGES)
    made = build(question, context_of(library, found), language)
    if made[: len(prefix(language))] != prefix(language):
        raise AssertionError("a prompt does not begin with the fixed opening")
    return made


def by_llama(library: Library, rows: Sequence[Sequence[Message]]) -> Read:
    """Tokens that llama.cpp read and reused, from an empty cache."""
    chat = library.chat()
    if not isinstance(chat, LlamaChat):
        raise TypeError("the configured model is not embedded: unset model_url, or give --url")
    chat.close()
    tokens = reused = 0
    for messages in rows:
        for _ in chat.stream(messages, max_tokens=1):
            pass
        if chat.last_timings is None:
            raise AssertionError("llama.cpp gave no timings")
        tokens += chat.last_timings.read + chat.last_timings.reused
        reused += chat.last_timings.reused
    return Read(tokens, reused)


def by_vllm(rows: Sequence[Sequence[Message]], url: str, salt: str) -> Read:
    """Tokens that vLLM looked up in its cache and found, by its own counters."""
    with httpx.Client(timeout=600) as client:
        model = client.get(f"{url}/models").raise_for_status().json()["data"][0]["id"]
        before = counters(url)
        for messages in rows:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            body = {"model": model, "messages": turns, "max_tokens": 1, "temperature": 0, "cache_salt": salt}
            client.post(f"{url}/chat/completions", json=body).raise_for_status()
    after = counters(url)
    return Read(after.tokens - before.tokens, after.reused - before.reused)


def counters(url: str) -> Read:
    """What the prefix cache of a vLLM has seen so far, all engines together; zeros where there are no counters."""
    answer = httpx.get(f"{url.removesuffix('/v1')}/metrics", timeout=10)
    text = answer.text if answer.is_success else ""
    return Read(total(text, "vllm:prefix_cache_queries_total"), total(text, "vllm:prefix_cache_hits_total"))


def total(text: str, name: str) -> int:
    """The sum of a counter in Prometheus's format."""
    return int(sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))


if __name__ == "__main__":
    main()
