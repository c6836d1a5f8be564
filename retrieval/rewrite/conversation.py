"""What of a conversation belongs to its next question, without any model.

The words said last are weighed beneath the question's own in both legs (``Query.before``). On MTRAG's dev questions
with their history that lifts nDCG@10 of the hybrid search from .765 to .868 (docs/decisions.md). A question that
changes the subject must not be pulled back, so the layer looks first (``leans``, ``Signs.akin``).
"""

from __future__ import annotations

from collections.abc import Sequence

from models.types import Message

ANSWER = 300  # characters of the last answer: its beginning names what it is about
TURNS = 4  # messages that the chat model is shown for a follow-up
LINE = 300  # characters of each


def before(history: Sequence[Message]) -> str:
    """The last answer's beginning and the last question, on one line; empty without a history."""
    answers = [turn.content for turn in history if turn.role == "assistant" and turn.content.strip()]
    asked = [turn.content for turn in history if turn.role == "user" and turn.content.strip()]
    last_answer = answers[-1:] if history and history[-1].role == "assistant" else []
    return " ".join(" ".join(part.split())[:ANSWER] for part in (*last_answer, *asked[-1:]))


def shown(history: Sequence[Message]) -> tuple[Message, ...]:
    """The messages that the chat model is shown, oldest first."""
    return tuple(turn for turn in history if turn.role != "system" and turn.content.strip())[-TURNS:]


def conversation(turns: Sequence[str]) -> tuple[Message, ...]:
    """Turns as texts alone, the last one an answer, as messages: user and assistant by turns."""
    return tuple(
        Message("assistant" if (len(turns) - place) % 2 else "user", turn) for place, turn in enumerate(turns)
    )  # fmt: skip
