"""A conversation as the catalogue keeps it: chats, turns, answers without the texts they rest on, and their rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import RowMapping

TurnState = Literal["waiting", "answered", "stopped", "failed"]
LONGEST_TITLE = 200  # characters


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation about one collection. ``title`` is the reader's, "" where the first question is its name.

    ``model`` is the reader's choice for this chat, "" for the settings' own. ``first`` is the first question.
    """

    id: str
    collection_id: int
    collection: str
    title: str
    model: str
    owner: str
    created_at: float
    updated_at: float
    turns: int = 0
    first: str = ""

    @property
    def name(self) -> str:
        """What a list calls it; "" for a chat in which nothing was asked yet."""
        return self.title or " ".join(self.first.split())


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage of an answer's context, its text left to the document: characters ``start`` to ``end`` of it.

    ``stages`` maps the name of a stage to (rank, score) there.
    """

    number: int
    chunk: str
    document: str
    ordinal: int
    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    tokens: int
    title: str
    path: str
    score: float
    stages: Mapping[str, tuple[int, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer and what the check found about it (generation.types.Sentence)."""

    text: str
    verdict: str
    citations: tuple[int, ...] = ()
    removed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    support: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation of an answer: the words ``quote`` at ``start`` to ``end`` of a document, and the verdict on them."""

    number: int
    chunk: str
    document: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A checked answer. ``seconds`` is its time by stage, the search's own left out."""

    text: str
    language: str
    abstained: bool
    refused: bool
    answerable: float | None
    model: str
    sentences: tuple[Claim, ...]
    citations: tuple[Mark, ...]
    passages: tuple[Seen, ...]
    notices: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def documents(self) -> set[str]:
        """The ids of every document that it quotes or saw."""
        return {each.document for each in self.passages} | {each.document for each in self.citations}


@dataclass(frozen=True, slots=True)
class Ran:
    """A stage of a search: its seconds and how many hits it had."""

    name: str
    seconds: float
    hits: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a stage ranked at ``rank`` (from 1): characters of a document, and the score."""

    stage: str
    rank: int
    document: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it; ``answer`` is None until it is answered.

    ``asked`` is the question standing by itself, ``wordings`` what else was searched, ``hits`` the first hits of every
    stage, ``carried`` the ids of documents of earlier turns from which the question was completed.
    """

    id: str
    chat: str
    position: int
    state: TurnState
    question: str
    asked: str = ""
    wordings: tuple[str, ...] = ()
    model: str = ""
    answer: Reply | None = None
    stages: tuple[Ran, ...] = ()
    hits: tuple[Ranked, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    feedback: str = ""
    created_at: float = 0.0
    carried: frozenset[str] = frozenset()

    @property
    def documents(self) -> set[str]:
        """The documents with the first of which it goes."""
        return (self.answer.documents if self.answer else set()) | self.carried


def turn_row(turn: Turn) -> dict[str, Any]:
    """A turn as the values of its row."""
    return {
        "id": turn.id,
        "chat_id": turn.chat,
        "position": turn.position,
        "state": turn.state,
        "question": turn.question,
        "asked": turn.asked,
        "wordings": _json(turn.wordings),
        "model": turn.model,
        "answer": _json(asdict(turn.answer)) if turn.answer else None,
        "stages": _json([asdict(each) for each in turn.stages]),
        "configuration": _json(dict(turn.configuration)),
        "sequence": turn.sequence,
        "feedback": turn.feedback,
        "created_at": turn.created_at,
    }


def to_turn(row: RowMapping, hits: tuple[Ranked, ...], documents: frozenset[str]) -> Turn:
    """A turn from its row, the hits of its search and the documents it goes with."""
    answer = json.loads(row["answer"] or "null")
    return Turn(
        id=row["id"],
        chat=row["chat_id"],
        position=row["position"],
        state=row["state"],
        question=row["question"],
        asked=row["asked"],
        wordings=tuple(json.loads(row["wordings"])),
        model=row["model"],
        answer=None if answer is None else _reply(answer),
        stages=tuple(Ran(**each) for each in json.loads(row["stages"])),
        hits=hits,
        configuration=json.loads(row["configuration"]),
        sequence=row["sequence"],
        feedback=row["feedback"],
        created_at=row["created_at"],
        carried=documents,
    )


def _reply(told: dict[str, Any]) -> Reply:
    told["sentences"] = tuple(Claim(**_tuples(each)) for each in told["sentences"])
    told["citations"] = tuple(Mark(**each) for each in told["citations"])
    told["passages"] = tuple(_seen(each) for each in told["passages"])
    return Reply(**_tuples(told))


def _seen(told: dict[str, Any]) -> Seen:
    told["stages"] = {name: (int(at[0]), float(at[1])) for name, at in told["stages"].items()}
    return Seen(**_tuples(told))


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
