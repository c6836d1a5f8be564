"""What became of a passage that a reader expected: the types that ``retrieval.why_not`` returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retrieval.explain import Matched, Missing
from retrieval.remedies import Remedy
from retrieval.stages import Stage
from retrieval.types import Passage
from retrieval.wanted import Located
from store.types import Chunk


class LeftOut(StrEnum):
    """Why the context left out a passage that ranks high enough."""

    BUDGET = "budget"  # the tokens were spent
    COPY = "copy"  # another passage has the same text
    LANGUAGE = "language"  # a passage in the other language took the place
    OTHER = "other"  # any other rule of the context


@dataclass(frozen=True, slots=True)
class Judged:
    """How a stage ranked the passage.

    ``rank`` counts from 1, 0 where the stage does not have it; ``ranked`` is how many it ranked; ``cut`` how many of
    them go on, ``at_cut`` the score of the last of those (None where all do); ``seconds`` the stage's time.
    """

    name: str
    rank: int
    score: float | None
    ranked: int
    cut: int
    at_cut: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What the context took: ``passages`` of at most ``most``, ``tokens`` of ``budget``; ``place`` of the wanted one.

    ``left_out`` says why it is not there although it ranks high enough, ``by`` the passage that stands in its place.
    """

    place: int
    passages: int
    tokens: int
    most: int
    budget: int
    left_out: LeftOut | None = None
    by: Passage | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk that holds a part of a passage that was cut, and the stage that lost it, None for one in the context."""

    chunk: Chunk
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of the passage.

    ``stage`` lost it; None where it is in the context (``taken.place``). ``chunk`` is the best right chunk, or the best
    of the ``pieces`` of a passage that was cut. ``stages`` has what each stage made of it, the legs over the whole
    collection. ``matched`` and ``missing`` are the question's words that the chunk holds and lacks. ``elsewhere`` are
    paths of other documents that hold the words.
    """

    question: str
    located: Located
    stage: Stage | None
    taken: Taken
    chunk: Chunk | None = None
    stages: tuple[Judged, ...] = ()
    matched: tuple[Matched, ...] = ()
    missing: tuple[Missing, ...] = ()
    pieces: tuple[Piece, ...] = ()
    elsewhere: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
