"""What a chat request says: OpenAI's fields, of which some are obeyed, some ignored and some refused.

Ignored is what cannot change a greedy, cited answer for the worse (temperature, top_p, seed, penalties, user, …).
Refused is what a client would rely on and would not get.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.api.filter_request import FilterWish
from models.types import Message

MOST_MESSAGES = 200
MOST_CHARACTERS = 8000  # of the question, as for a search: a longer one is a document, and takes seconds to search for
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
_IGNORED = "accepted and ignored: answers are greedy, so that the same question gives the same answer"


class Part(BaseModel):
    """A part of a message. Only text can be read."""

    model_config = ConfigDict(extra="allow")
    type: Annotated[str, Field(description="`text`; images, sound and files are refused")]
    text: str | None = None


class Turn(BaseModel):
    """One message of the conversation."""

    role: Role
    content: Annotated[str | list[Part] | None, Field(description="the text, or parts of type `text`")] = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text or "" for part in self.content)
        return self.content or ""

    @field_validator("content")
    @classmethod
    def _only_text(cls, content: str | list[Part] | None) -> str | list[Part] | None:
        for part in content if isinstance(content, list) else ():
            if part.type != "text":
                raise ValueError(f"parts of type {part.type[:40]!r} cannot be read: send text")
        return content


class Wishes(BaseModel):
    """What OpenAI's protocol has no field for; with the openai client: `extra_body={"shujia": {…}}`."""

    model_config = ConfigDict(extra="forbid")
    answer: Annotated[
        Literal["model", "extractive"],
        Field(description="`model` writes the answer, `extractive` quotes the documents at once, without a model"),
    ] = "model"
    events: Annotated[
        bool,
        Field(
            description="in a stream, send each checked sentence, citation and notice as an event of its own "
            "(`event: shujia.sentence` …). Every event's data is a chunk, so that clients that know no names work too"
        ),
    ] = False
    filters: Annotated[FilterWish | None, Field(description="rest the answer on a part of the collection")] = None
    checked_only: Annotated[
        bool,
        Field(description="in a stream, send nothing before it is checked: later, but never a word that is taken back"),
    ] = False


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: Annotated[bool | None, Field(description="send one more chunk with the usage before `[DONE]`")] = (
        None
    )


class ChatRequest(BaseModel):
    """A question to a collection, with the conversation before it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": "shujia", "messages": [{"role": "user", "content": "付款期限是多少天？"}]}]
        }
    )
    model: Annotated[
        str,
        Field(
            min_length=1,
            max_length=256,
            description="the collection: a name of `/v1/models`; `shujia` is the default one",
        ),
    ]
    messages: Annotated[
        list[Turn],
        Field(
            min_length=1,
            max_length=MOST_MESSAGES,
            description="the last one must be the user's question, the ones before it are the conversation; "
            "system messages are ignored, for the instructions are the server's",
        ),
    ]
    stream: Annotated[bool | None, Field(description="send the answer as server-sent events while it is written")] = (
        None
    )
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[
        int | None,
        Field(ge=1, description="longest answer, in tokens of the chat model; at most what the server allows"),
    ] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, description="the newer name of `max_tokens`")] = None
    temperature: Annotated[float | None, Field(description=_IGNORED)] = None
    top_p: Annotated[float | None, Field(description=_IGNORED)] = None
    seed: Annotated[int | None, Field(description=_IGNORED)] = None
    n: Annotated[int | None, Field(description="1; more is refused")] = None
    stop: Annotated[str | list[str] | None, Field(description="refused unless empty")] = None
    tools: Annotated[list[Any] | None, Field(description="refused unless empty: the server calls no tools")] = None
    functions: Annotated[list[Any] | None, Field(description="refused unless empty")] = None
    response_format: Annotated[dict[str, Any] | None, Field(description='`{"type": "text"}`; others are refused')] = (
        None
    )
    logprobs: Annotated[bool | None, Field(description="refused if true")] = None
    logit_bias: Annotated[dict[str, Any] | None, Field(description="refused unless empty")] = None
    modalities: Annotated[list[str] | None, Field(description='`["text"]`; others are refused')] = None
    shujia: Wishes = Field(default_factory=Wishes)

    @model_validator(mode="after")
    def _nothing_promised_in_vain(self) -> ChatRequest:
        if self.n not in (None, 1):
            raise ValueError(f"n = {self.n}: one answer is given")
        if (self.response_format or {}).get("type", "text") != "text":
            raise ValueError("response_format: answers are text with citations; the checked parts are in `shujia`")
        if any(kind != "text" for kind in self.modalities or ()):
            raise ValueError("modalities: answers are text")
        for name in ("stop", "tools", "functions", "logprobs", "logit_bias"):
            if getattr(self, name):
                raise ValueError(f"{name} is not supported: leave it out")
        if self.messages[-1].role != "user":
            raise ValueError("the last message must have the role `user`: it is the question")
        if len(self.question) > MOST_CHARACTERS:
            raise ValueError(f"the question has {len(self.question)} characters: at most {MOST_CHARACTERS} are taken")
        return self

    @property
    def question(self) -> str:
        """What is asked."""
        return self.messages[-1].text

    @property
    def history(self) -> tuple[Message, ...]:
        """The turns before the question, oldest first."""
        said = [(turn.role, turn.text) for turn in self.messages[:-1]]
        return tuple(
            Message("user" if role == "user" else "assistant", text)
            for role, text in said
            if role in ("user", "assistant") and text
        )

    @property
    def longest(self) -> int | None:
        """The longest answer that is wanted, in tokens."""
        return self.max_completion_tokens or self.max_tokens
