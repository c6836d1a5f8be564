"""Files of questions with known answers → cases: rag.*.jsonl, harm.*.jsonl, and own questions.

One JSON object a line (answer_forms.py says which). Fields that are not known are ignored; a line that cannot be used
is named with its file and number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.answers.forms import cases_of
from eval.answers.types import AnswerCase
from eval.errors import EvalInputError


def read_cases(files: Sequence[Path]) -> tuple[AnswerCase, ...]:
    """Every case of every file, in order.

    An item with falsified passages, or with negative ones and the task "noise+rejection", makes one case a test:
    ``#noise``, ``#rejection``, ``#counterfactual``.

    Raises:
        EvalInputError: a file without a line, a line that is no case, or an id that occurs twice.
    """
    cases: list[AnswerCase] = []
    places: dict[str, str] = {}
    for file in files:
        for number, item in _lines(file):
            place = f"{file}:{number}"
            made = cases_of(item, place, _collection(file))
            name = made[0].id.partition("#")[0]
            if name in places:
                raise EvalInputError(
                    f"{place}: the id {name!r} stands already at {places[name]}: give it one of its own"
                )
            places[name] = place
            cases.extend(made)
    return tuple(cases)


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        written = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise EvalInputError(f"{file}: not UTF-8 (byte {exc.start}): save it as UTF-8") from exc
    except OSError as exc:
        if not file.is_dir():
            raise EvalInputError(f"{file} cannot be read ({exc.strerror}): name a .jsonl file of questions") from exc
        raise EvalInputError(f"{file}: a folder; name the .jsonl files in it (for BEIR form: eval retrieval)") from exc
    found = False
    for number, line in enumerate(written.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as exc:
            raise EvalInputError(f"{file}:{number}: no JSON ({exc.msg}, character {exc.pos + 1})") from exc
        if not isinstance(item, dict):
            raise EvalInputError(f"{file}:{number}: a line must be one JSON object, this is {type(item).__name__}")
        found = True
        yield number, item
    if not found:
        raise EvalInputError(f"{file}: no questions in it; one JSON object a line is expected")


def _collection(file: Path) -> str:
    """The set a file belongs to: its folder's name for rag.dev.jsonl and harm.dev.jsonl, else its own."""
    stem = file.name.partition(".")[0]
    return file.resolve().parent.name if stem in ("rag", "harm") else stem
