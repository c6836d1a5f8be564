"""Answers in OpenAI's shape, with what is ours in the field ``shujia``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.answer_marks import signed_lines
from app.api.asking import Asked
from app.payloads import answer_payload
from app.words import say as word
from generation.types import Answer
from generation.wording import say

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": still here\n\n"  # a comment: clients skip it, proxies see that the connection lives
_OURS = ("answer", "language", "abstained", "refused", "answerable", "citations", "sentences", "trace")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its id, the model's name as the client wrote it, and when it began."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, asked: Asked, answer: Answer, usage: tuple[int, int]) -> dict[str, Any]:
        """The answer as one object; its text is the checked one."""
        message = {"role": "assistant", "content": told_plainly(answer), "refusal": refusal(answer)}
        choice = {"index": 0, "message": message, "finish_reason": reason(answer), "logprobs": None}
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
            "usage": usage_object(usage),
            "shujia": ours(asked, answer),
        }

    def chunk(
        self, delta: dict[str, Any], finish_reason: str | None = None, *, event: str | None = None, **more: Any
    ) -> bytes:
        """One server-sent event; its data is a chunk, also where it has a name."""
        choices = [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}]
        return self._sent({"choices": choices, **more}, event)

    def usage_chunk(self, usage: tuple[int, int]) -> bytes:
        """The chunk without choices that tells the usage, as OpenAI sends it."""
        return self._sent({"choices": [], "usage": usage_object(usage)}, None)

    def named_events(self, asked: Asked, answer: Answer) -> Iterator[bytes]:
        """Each sentence, citation and notice as an event with a name."""
        payload = ours(asked, answer)
        for name, key in (("sentence", "sentences"), ("citation", "citations")):
            for index, item in enumerate(payload[key]):
                yield self.chunk({}, event=f"shujia.{name}", shujia={"type": name, "index": index, name: item})
        for notice in payload["notices"]:
            yield self.chunk({}, event="shujia.notice", shujia={"type": "notice", "notice": notice})

    def _sent(self, parts: dict[str, Any], event: str | None) -> bytes:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}
        return sent({**head, **parts}, event)


def sent(data: dict[str, Any], event: str | None = None) -> bytes:
    """One server-sent event. JSON on one line, so that no text of a document can begin an event of its own."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False, default=str)}\n\n".encode("utf-8", "replace")


def ours(asked: Asked, answer: Answer) -> dict[str, Any]:
    """What OpenAI's shape has no place for: citations, verdicts, notices, the time of each stage."""
    payload = answer_payload(answer)
    kept = {name: payload[name] for name in _OURS}
    notices = [*asked.notices, *answer.notices]
    return {"version": 1, "collection": asked.collection, **kept, "notices": notices, "answered_by": answer.model}


def usage_object(usage: tuple[int, int]) -> dict[str, int]:
    """Tokens as OpenAI names them."""
    read, written = usage
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def reason(answer: Answer) -> str:
    """Why the answer ended."""
    return "length" if say("truncated", _language(answer)) in answer.notices else "stop"


def refusal(answer: Answer) -> str | None:
    """The words of a refusal, where OpenAI's clients look for one; None for every other answer."""
    return answer.text if answer.refused else None


def correction(written: str, answer: Answer) -> str:
    """What a reader of the plain stream must still be told; empty where what was written has passed the check."""
    lines = []
    if "".join(answer.text.split()) not in "".join(written.split()):
        lines += [word(_language(answer), "checked_answer"), answer.text]
    lines += signed_lines(answer, _language(answer))
    return "\n\n" + "\n".join(lines) if lines else ""


def told_plainly(answer: Answer) -> str:
    """The checked text, and which of its sentences nothing or meaning alone supports, for clients that read no more."""
    return answer.text + correction(answer.text, answer)


def _language(answer: Answer) -> Any:
    return "zh" if answer.language == "zh" else "en"
