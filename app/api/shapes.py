"""What responses look like, for the OpenAPI description. Bodies are made by ``app.payloads``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """An object that may gain fields."""

    model_config = ConfigDict(extra="allow")


class Problem(_Open):
    """What went wrong."""

    message: str
    type: str
    param: str | None = None
    code: str


class ErrorReply(_Open):
    """Every error has this shape."""

    error: Problem


class Model(_Open):
    """A collection as a model."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(_Open):
    """The collections that may be asked."""

    object: Literal["list"]
    data: list[Model]


class CitedSource(_Open):
    """A marker `[number]` resolved: `quote` is exactly the document's text from `start` to `end`."""

    number: int
    document: str
    chunk: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    verdict: Literal["supported", "unsupported", "unchecked"]


class CheckedSentence(_Open):
    """A sentence of the answer and what its check found."""

    text: str
    verdict: Literal["supported", "unsupported", "unchecked"]
    citations: list[int]
    removed: list[str]
    reasons: list[str]


class Checked(_Open):
    """What is ours in a reply: the checked answer and where each sentence comes from."""

    collection: str
    answer: str
    language: str
    abstained: bool
    refused: Annotated[bool, Field(description="turned away as harmful; then `abstained` too")]
    answerable: Annotated[float | None, Field(description="how likely the passages answer the question, 0 to 1")]
    citations: list[CitedSource]
    sentences: list[CheckedSentence]
    notices: list[str]
    answered_by: Annotated[str, Field(description="the chat model, or `extractive` where the documents are quoted")]
    trace: Annotated[dict[str, float], Field(description="seconds by stage")]


class Completion(_Open):
    """An answer in OpenAI's shape; in a stream, chunks of it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    shujia: Checked


class Hit(_Open):
    """A passage that was found; `text` is the document's from `start` to `end`."""

    rank: int
    score: float
    document: str
    chunk: str
    title: str
    path: str
    page: int | None
    headings: list[str]
    start: int
    end: int
    text: str
    stages: dict[str, Any]


class SearchReply(_Open):
    """Passages, best first, and the time of each stage."""

    version: int
    question: str
    hits: list[Hit]
    trace: dict[str, Any]


class DocumentReply(_Open):
    """A document without its text."""

    id: str
    title: str
    kind: str
    language: str
    size: int
    pages: int
    chunks: int
    paths: list[str]
    warnings: list[str]
    created_at: float


class DocumentsReply(_Open):
    """Documents of a collection."""

    version: int
    collection: str
    total: int
    documents: list[DocumentReply]


class TextReply(_Open):
    """Part of a document's text; `characters` is the length of all of it."""

    version: int
    document: str
    start: int
    end: int
    characters: int
    text: str


class PassagesReply(_Open):
    """How a document was cut, in reading order."""

    version: int
    document: str
    total: int
    passages: list[dict[str, Any]]


class JobReply(_Open):
    """A file on its way into the library."""

    id: str
    collection: str
    path: str
    status: Literal["waiting", "working", "done", "failed"]
    progress: dict[str, int]
    attempts: int
    code: str
    reason: str
    result: dict[str, Any]


class JobsReply(_Open):
    """Jobs, newest first."""

    version: int
    jobs: list[JobReply]


class RatedReply(_Open):
    """What the library now keeps about an answer."""

    version: int
    id: str
    rating: Literal["up", "down"] | None


class ReadyReply(_Open):
    """Whether questions can be answered."""

    ready: bool
    checks: dict[str, str]


_SAID = {
    400: "a field is missing, wrong or not supported",
    401: "no key, or none that is valid",
    403: "the key's scope is too small",
    404: "there is no such thing that this key may see",
    409: "the collection does not fit the server's settings",
    413: "too large",
    429: "too many requests: `Retry-After` says when to come back",
    503: "a model or the library cannot be used now",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorReply, "description": said} for status, said in _SAID.items()
}
