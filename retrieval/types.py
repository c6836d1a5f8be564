"""The types that leave retrieval. Higher scores are better at every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from store.types import Chunk

Mode = Literal["hybrid", "dense", "keyword"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the legs are asked it.

    ``text`` is the standalone question, in its own language. ``wordings`` ask the same in other words or in the
    library's other language; ``imagined`` are passages that might answer it (HyDE), for the dense leg alone.
    ``before`` are words of the conversation that led to it, which weigh less than its own.
    """

    text: str
    wordings: tuple[str, ...] = ()
    imagined: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk as one stage ranked it; ``key`` is the catalogue's integer key of the chunk."""

    key: int
    score: float


Ranking = tuple[Hit, ...]
"""Hits sorted by (-score, key), each chunk once."""


@dataclass(frozen=True, slots=True)
class StageScore:
    """Where a stage put a passage: ``rank`` counts from 1."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk on its way to the reader.

    ``number`` is its place in the result, from 1, and the ``[n]`` that an answer cites. ``stages`` maps a stage's name
    (dense, keyword, fused) to where that stage put it; a stage that did not return it is absent.
    """

    number: int
    chunk: Chunk
    title: str
    path: str
    score: float
    stages: Mapping[str, StageScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageTrace:
    """What one stage did: its own ranking and the seconds it took."""

    name: str
    seconds: float
    ranking: Ranking = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The stages of one search, in the order they ran. ``sequence`` is the catalogue's change number it saw."""

    stages: tuple[StageTrace, ...] = ()
    sequence: int = 0

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage name."""
        return {stage.name: stage.seconds for stage in self.stages}


@dataclass(frozen=True, slots=True)
class Context:
    """The passages an answer may use, numbered 1..n, best first; may be empty. ``query`` is what was searched."""

    question: str
    passages: tuple[Passage, ...]
    trace: Trace
    tokens: int = 0
    query: Query | None = None
