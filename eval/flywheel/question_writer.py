"""One question about one passage: asked for, checked, found again, and answered from the passage as a round trip."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.flywheel.passage_sampling import Sampled
from eval.flywheel.question_checks import stands_in, unfit
from eval.flywheel.question_prompt import Draft, build, parse
from eval.flywheel.reply_log import ReplyLog
from generation.prompt import build as build_answer
from models.types import ChatModel, ContextTooLong, Message
from retrieval.search import Retriever
from retrieval.types import Context, Passage, Trace

FOUND_IN = 20
"""Passages among which a question has to find its own again."""
REPLY_TOKENS = 120


@dataclass(slots=True)
class Writer:
    """Asks a model, or takes what it wrote before. ``seconds`` is the time that it took."""

    retriever: Retriever
    chat: ChatModel
    log: ReplyLog
    seconds: float = 0.0

    def draft(self, passage: Sampled, earlier: Iterable[str]) -> Draft | str:
        """A question that passed every check, or why there is none. Raises ModelError."""
        messages = build(passage.title, passage.chunk, passage.sentence, passage.language)
        try:
            reply = self._reply(passage.chunk.id, messages)
        except ContextTooLong:
            return "passage too long for the model"
        draft = parse(reply, passage.language)
        if draft is None:
            return "not in the form asked for"
        draft = Draft(" ".join(draft.question.split()), draft.answer)
        reason = unfit(draft, passage, earlier)
        if reason:
            return reason
        found = self.retriever.search(draft.question, k=FOUND_IN).passages
        if passage.chunk.id not in {each.chunk.id for each in found}:
            return f"does not find its passage among {FOUND_IN}"
        return draft

    def finds_answer(self, passage: Sampled, draft: Draft) -> bool:
        """Whether the model, given question and passage alone, gives the same answer. Raises ModelError.

        Round-trip consistency: Alberti et al. 2019, arXiv:1906.05416.
        """
        alone = Passage(1, passage.chunk, passage.title, "", 0.0)
        messages = build_answer(draft.question, Context(draft.question, (alone,), Trace()), passage.language)
        try:
            reply = self._reply(f"{passage.chunk.id}:answer", messages)
        except ContextTooLong:
            return False
        return stands_in(reply, draft.answer)

    def _reply(self, name: str, messages: Sequence[Message]) -> str:
        if name not in self.log.replies:
            began = time.perf_counter()
            reply = "".join(self.chat.stream(messages, max_tokens=REPLY_TOKENS))
            self.seconds += time.perf_counter() - began
            self.log.add(name, reply)
        return self.log.replies[name]
