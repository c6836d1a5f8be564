"""What is wrong with the input of an evaluation: collections, judgments, cases and rows of earlier runs."""

from __future__ import annotations

from pathlib import Path


class EvalInputError(ValueError):
    """Input that cannot be measured; the message names file, line and what would be right. Exit code 2."""

    @classmethod
    def at(cls, path: Path, line: int, problem: str) -> EvalInputError:
        """The error of one line: ``line`` counts from 1, ``problem`` says what is wrong and what would be right."""
        return cls(f"{path}:{line}: {problem}")
