"""The types that leave eval: what is measured, one row a question and mode, and the numbers of a report.

A dataset is judged documents (BEIR form) or judged spans (cases). Every run writes rows; every number of a report is
computed from rows, so that two runs can be compared question by question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Judgments = Mapping[str, Mapping[str, int]]
"""question id → document id → grade; a grade above 0 is relevant."""


@dataclass(frozen=True, slots=True)
class Record:
    """A document of a test collection; ``title`` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a test collection. ``history`` is the turns before it, oldest first, user and assistant in turn."""

    id: str
    text: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """The words that answer: characters ``start`` up to ``end`` of the document's extracted text, and what they say.

    ``document`` is the sha256 of the file. The quote makes the label survive an edit of the file; ``path`` (the file's
    name, may be empty) says where to look first then.
    """

    document: str
    start: int
    end: int
    quote: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions with judged documents. ``corpus`` is the file of the documents, read record by record.

    ``hash`` is the sha256 of everything that decides a result: corpus, questions and judgments. ``warnings`` are
    sentences about what is odd but no error, such as a judged document that the corpus does not hold. ``documents`` is
    how many the corpus holds, 0 where nobody has counted.
    """

    name: str
    split: str
    corpus: Path
    corpus_hash: str
    hash: str
    questions: tuple[Question, ...]
    judgments: Judgments
    warnings: tuple[str, ...] = ()
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document as a mode ranked it: the best of its passages counts. ``score`` is that of the mode's last stage."""

    document: str
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one mode made of one question.

    ``direction`` is the question's language and the relevant documents' ("zh→en"). ``measures`` maps a measure's name
    to its value, higher is better; a failed question has 0 in all of them and says why in ``failed``. ``ranking``
    is the documents, best first. ``seconds`` is time by stage. ``lost`` is the stage that lost the answer ("" when
    nothing is lost, see attribution.py), ``found`` where each stage put the first relevant passage (stage → rank).
    """

    question: str
    mode: str
    text: str
    direction: str
    measures: Mapping[str, float]
    ranking: tuple[Ranked, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""
    lost: str = ""
    found: Mapping[str, int] = field(default_factory=dict)
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
