"""A chat model → a function that answers: what an evaluation asks, and how a model's failure shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from generation.answer import answer
from generation.answerability import ENOUGH
from generation.harm import Policy, harmful
from generation.meaning import Witness
from generation.prompt import Prompt, build
from generation.types import Answer, Finished
from models.types import ChatModel, Message, ModelError
from retrieval.types import Context

Ask = Callable[[str, Context], Answer]
"""A question and its context → the checked answer. Raises ModelError when the model gave none."""


def asker(
    model: ChatModel | None,
    *,
    max_tokens: int = 256,
    abstain: float = ENOUGH,
    harm: Policy | None = harmful,
    witness: Witness | None = None,
    prompt: Prompt = build,
) -> Ask:
    """The product's own way to an answer; None quotes the best sentences without a model.

    ``abstain``, ``harm``, ``witness`` and ``prompt`` as in ``generation.answer``.

    Where the model fails, the product quotes the documents and says so. In a measurement that would credit the model
    with an answer it never gave, so here the ModelError is raised.
    """

    def ask(question: str, context: Context) -> Answer:
        watched = None if model is None else _Watched(model)
        *_, last = answer(
            question,
            context,
            watched,
            max_tokens=max_tokens,
            abstain=abstain,
            harm=harm,
            witness=witness,
            prompt=prompt,
        )
        if watched is not None and watched.error is not None:
            raise watched.error
        if not isinstance(last, Finished):
            raise TypeError(f"the stream of {question!r} ended without an answer")
        return last.answer

    return ask


class _Watched:
    """A chat model that remembers the error of its last stream; a later stream that succeeds clears it."""

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.context_tokens = model.context_tokens
        self.error: ModelError | None = None
        self._model = model

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The model's own stream."""
        self.error = None
        try:
            yield from self._model.stream(messages, max_tokens=max_tokens)
        except ModelError as exc:
            self.error = exc
            raise

    def count_tokens(self, text: str) -> int:
        """The model's own count."""
        return self._model.count_tokens(text)
