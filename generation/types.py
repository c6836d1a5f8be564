"""The types that leave generation: the answer, its citations, and the events of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.types import Context

EXTRACTIVE = "extractive"
"""The name of the answer that needs no model, where others have that of their model."""


BY_MEANING = "is in another language: supported by meaning, not by words"
"""How the reason of a sentence ends that was compared by meaning alone: a weaker proof."""


class Verdict(StrEnum):
    """What the check of a sentence against what it cites found."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNCHECKED = "unchecked"  # it states no fact ("The documents do not say."), or is a quote nothing was compared with


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker ``[number]`` resolved: the exact words of the document that carry the sentence.

    ``start`` and ``end`` are characters of the document's text and ``quote`` is exactly what stands there.
    """

    number: int
    chunk_id: str
    document_id: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the answer, without its markers.

    ``citations`` are the passage numbers that survived the check; ``removed`` the markers that were taken away, as
    written; ``reasons`` say in words what the check missed ("the number 42 is not in [2]"). ``support`` is how likely
    the cited passages support it, 0 to 1, None where nothing was compared.
    """

    text: str
    verdict: Verdict
    citations: tuple[int, ...] = ()
    removed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    support: float | None = None

    @property
    def by_meaning(self) -> bool:
        """Whether it is supported by a passage in another language that no words were compared with."""
        return self.verdict is Verdict.SUPPORTED and any(reason.endswith(BY_MEANING) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. ``text`` is the sentences with the surviving markers; ``seconds`` is time by stage.

    ``refused`` says that it was turned away as harmful (then ``abstained`` too). ``answerable`` is how likely the
    context answers the question, 0 to 1, None where that was not judged.
    """

    text: str
    language: str
    abstained: bool
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    model: str
    context: Context
    notices: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    refused: bool = False
    answerable: float | None = None

    @property
    def by_meaning(self) -> frozenset[int]:
        """Numbers of passages in another language that support a sentence by their meaning, not word by word."""
        return frozenset(number for one in self.sentences if one.by_meaning for number in one.citations)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of text as the model wrote it, unchecked."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a stream, exactly one."""

    answer: Answer


Event = TextDelta | Finished
