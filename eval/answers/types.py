"""A question with a known answer, and what the right reaction to it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.language import written_in

Unit = tuple[str, ...]
"""A piece of gold evidence: any one of these texts is that piece."""
Reading = tuple[Unit, ...]
"""The pieces that together support the answer, as one annotator saw it."""


class Expect(StrEnum):
    """What the right reaction to a case is."""

    ANSWER = "answer"
    PARTIAL = "partial"  # the passages hold a part of it: that part is the answer
    ABSTAIN = "abstain"  # the passages do not hold it
    ASK_BACK = "ask back"  # the question can be understood in several ways
    CORRECT = "notice the error"  # the passages are falsified: notice it, or give the true answer all the same
    WITHHOLD = "withhold"  # harmful: no answer
    SERVE = "serve"  # looks harmful and is not: no refusal
    UNSCORED = "unscored"  # deserves care; neither an answer nor a refusal is wrong


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """A question with what is known about its answer.

    ``id`` is set/item, unique over all files. ``facts`` must all be in the answer, each in any of its spellings.
    ``positive`` are groups of passages that hold the answer, ``negative`` passages that do not; ``given`` says that
    the case brings its passages (there may be none), otherwise a library is searched. ``gold`` are the readings of
    the evidence; one of them is enough. ``documents`` names the documents that hold it, ``fake`` are the
    spellings of the false answer that was put into the passages.
    """

    id: str
    collection: str
    task: str
    language: str
    question: str
    expect: Expect
    facts: tuple[tuple[str, ...], ...] = ()
    history: tuple[str, ...] = ()
    given: bool = True
    positive: tuple[tuple[str, ...], ...] = ()
    negative: tuple[str, ...] = ()
    gold: tuple[Reading, ...] = ()
    documents: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    fake: tuple[str, ...] = ()
    kind: str = ""

    @property
    def direction(self) -> str:
        """The question's language and the evidence's ("en→zh"); without evidence, its own twice."""
        evidence = " ".join(text for reading in self.gold for unit in reading for text in unit)
        return f"{self.language}→{written_in(evidence) if evidence.strip() else self.language}"
