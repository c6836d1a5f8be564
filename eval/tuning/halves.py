"""Which questions: a sample, and the two halves of which one tunes and the other confirms.

A question's place is decided by a hash of its id and the seed alone. So it stays where it is when questions are added,
and the same question in several datasets (parallel translations) never tunes in one and confirms in the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from eval.types import Question


def sample(questions: Sequence[Question], count: int | None, seed: int) -> tuple[Question, ...]:
    """``count`` of the questions, in their order; all of them without a count."""
    if count is None or count >= len(questions):
        return tuple(questions)
    chosen = set(sorted((question.id for question in questions), key=lambda one: _draw(one, seed))[:count])
    return tuple(question for question in questions if question.id in chosen)


def halves(questions: Sequence[Question], seed: int) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """The questions that tune and those that confirm, each in their order; about as many."""
    tuning = {question.id for question in questions if _draw(question.id, seed)[-1] % 2}
    return (
        tuple(question for question in questions if question.id in tuning),
        tuple(question for question in questions if question.id not in tuning),
    )


def _draw(identity: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{identity}".encode("utf-8", "surrogatepass")).digest()
