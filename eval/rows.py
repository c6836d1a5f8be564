"""Rows ↔ per_query.jsonl: one JSON object a line, keys sorted, UTF-8, so that the same run gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from eval.errors import EvalInputError
from eval.types import Ranked, Row
from store.files import replace_file

DIGITS = 6
"""Digits kept behind the point: more than any report shows, fewer than two machines differ by."""

_KEYS = frozenset(one.name for one in fields(Row))
_REQUIRED = frozenset({"question", "mode", "text", "direction", "measures"})


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """All of ``rows`` in their order; the file appears whole or not at all. Raises ValueError for a NaN."""
    replace_file(path, b"".join(row_line(row) for row in rows))


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows in the file's order; blank lines are passed over. Raises EvalInputError naming file and line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvalInputError(f"{path} cannot be read ({error.strerror}): name a per_query.jsonl of a run") from error
    lines = data.split(b"\n")  # never splitlines(): texts may hold U+2028
    return tuple(_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def row_line(row: Row) -> bytes:
    """One line with its line break, for a run that appends. Raises ValueError for a NaN, naming the question."""
    plain = {
        **{key: getattr(row, key) for key in ("question", "mode", "text", "direction", "failed", "lost")},
        "measures": {name: round(float(value), DIGITS) for name, value in row.measures.items()},
        "ranking": [[one.document, round(float(one.score), DIGITS)] for one in row.ranking],
        "seconds": {name: round(float(value), DIGITS) for name, value in row.seconds.items()},
        "found": dict(row.found),
        "detail": dict(row.detail),
    }
    try:
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"question {row.question!r}, mode {row.mode!r}: a value is not a number") from error
    # A lone surrogate, which UTF-8 cannot hold, becomes the escape that JSON has for it.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _row(path: Path, number: int, line: bytes) -> Row:
    try:
        read = json.loads(line, parse_constant=_no_constant)
    except (json.JSONDecodeError, UnicodeDecodeError, _NotANumberError) as error:
        raise EvalInputError.at(path, number, f"not a JSON object ({error}); run the evaluation again") from error
    if not isinstance(read, dict):
        raise EvalInputError.at(path, number, f"a JSON object belongs here, not a {type(read).__name__}")
    missing, unknown = sorted(_REQUIRED - set(read)), sorted(set(read) - _KEYS)
    if missing or unknown:
        raise EvalInputError.at(path, number, f"keys missing {missing}, unknown {unknown}; a row has {sorted(_KEYS)}")
    try:
        return _typed(read)
    except (TypeError, ValueError) as error:
        raise EvalInputError.at(path, number, f"{error}; compare it with a row of a fresh run") from error


def _typed(read: Mapping[str, Any]) -> Row:
    for key in ("question", "mode", "text", "direction", "failed", "lost"):
        if not isinstance(read.get(key, ""), str):
            raise TypeError(f"{key} is {read[key]!r}, a string belongs here")
    for key in ("measures", "seconds", "found", "detail"):
        if not isinstance(read.get(key, {}), dict):
            raise TypeError(f"{key} is {read[key]!r}, an object belongs here")
    return Row(
        question=read["question"],
        mode=read["mode"],
        text=read["text"],
        direction=read["direction"],
        measures=_numbers("measures", read["measures"]),
        ranking=_ranking(read.get("ranking", [])),
        seconds=_numbers("seconds", read.get("seconds", {})),
        failed=read.get("failed", ""),
        lost=read.get("lost", ""),
        found={name: int(rank) for name, rank in _numbers("found", read.get("found", {})).items()},
        detail={name: str(text) for name, text in read.get("detail", {}).items()},
    )


def _numbers(key: str, read: Mapping[str, Any]) -> dict[str, float]:
    for name, value in read.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{key}.{name} is {value!r}, a number belongs here")
    return {name: float(value) for name, value in read.items()}


def _ranking(read: Any) -> tuple[Ranked, ...]:
    if not isinstance(read, list):
        raise TypeError(f"ranking is {read!r}, a list belongs here")
    for pair in read:
        match pair:
            case [str(), int() | float()]:
                continue
            case _:
                raise TypeError(f"ranking holds {pair!r}, a pair of document and score belongs here")
    return tuple(Ranked(document, float(score)) for document, score in read)


class _NotANumberError(ValueError):
    """NaN or Infinity, which JSON does not have."""


def _no_constant(name: str) -> NoReturn:
    raise _NotANumberError(f"{name} is no number of JSON")
