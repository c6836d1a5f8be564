"""The regression gate: a report's numbers against limits and against a baseline that was written before."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import EvalInputError
from store.files import replace_file

VERSION = 1
LOWER_IS_BETTER = frozenset({"aurc"})
"""Measures of which less is better; reports turn every other one so that more is."""
_ROUNDING = 1e-9  # a value that equals its limit but for the last bits of a float passes


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of a report by name ("hybrid:ndcg@10", or "f1" where a report has no modes).

    ``data`` names what was measured on: a baseline of other data says nothing about it.
    """

    values: Mapping[str, float]
    data: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure and the value that it has to reach; ``mode`` is "" where every mode of the report is meant."""

    mode: str
    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class Violation:
    """A value on the wrong side of its limit; ``value`` is None where the report does not have it.

    ``against`` is "limit" or "baseline"; ``short`` is by how much the limit is missed, always above 0.
    """

    name: str
    value: float | None
    limit: float
    against: str
    short: float

    def __str__(self) -> str:
        """One line: measure, value, limit, and by how much it is missed."""
        if self.value is None:
            return f"{self.name}: not in this report, the {self.against} says {self.limit:.4f}"
        side = "above" if _lower_is_better(self.name) else "below"
        return f"{self.name} = {self.value:.4f}: {side} the {self.against} {self.limit:.4f} by {self.short:.4f}"


def read_report(path: Path) -> Measured:
    """The values of a report.json, named itself or by its folder. Raises EvalInputError."""
    file = path / "report.json" if path.is_dir() else path
    report = _read_object(file, "a report.json that `shujia eval` wrote")
    modes, measures = report.get("modes"), report.get("measures")
    if isinstance(modes, dict):
        pairs = {f"{mode}:{name}": value for mode, named in modes.items() for name, value in dict(named).items()}
    elif isinstance(measures, dict):
        pairs = measures | _risk(report)
    else:
        raise EvalInputError(f"{file} holds neither 'modes' nor 'measures': name a report.json of `shujia eval`")
    values = {name: number for name, value in pairs.items() if (number := _number(file, name, value)) is not None}
    if not values:
        raise EvalInputError(f"{file} holds no measure: name a report.json of `shujia eval`")
    return Measured(values, _data(report))


def parse_limit(text: str) -> Limit:
    """A limit as it is written: "ndcg@10=0.70" for every mode, "hybrid:recall@5=0.8" for one. Raises EvalInputError."""
    name, equals, value = text.rpartition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not equals or not name.strip() or not math.isfinite(number):
        raise EvalInputError(f"limit {text!r}: write MEASURE=VALUE or MODE:MEASURE=VALUE, such as hybrid:recall@5=0.8")
    mode, _, measure = name.strip().rpartition(":")
    return Limit(mode, measure, number)


def missed_limits(report: Measured, limits: Iterable[Limit]) -> tuple[Violation, ...]:
    """The limits that the report misses, in their order. Raises EvalInputError for a measure it does not have."""
    found = (
        _missed(name, report.values[name], limit.value, "limit")
        for limit in limits
        for name in _meant(limit, report.values)
    )
    return tuple(violation for violation in found if violation)


def regressions(report: Measured, baseline: Measured, *, tolerance: float) -> tuple[Violation, ...]:
    """What is worse than the baseline by more than ``tolerance``, or missing; measures that are new are no regression.

    Raises EvalInputError when the baseline was written on other data.
    """
    if report.data != baseline.data:
        raise EvalInputError(
            f"the baseline was written on other data ({baseline.data}) than this report ({report.data}): their numbers "
            f"cannot be compared; write a new one with --write-baseline"
        )
    found: list[Violation | None] = []
    for name, before in sorted(baseline.values.items()):
        if name not in report.values:
            found.append(Violation(name, None, before, "baseline", abs(before)))
            continue
        slack = tolerance if _lower_is_better(name) else -tolerance
        found.append(_missed(name, report.values[name], before + slack, "baseline"))
    return tuple(violation for violation in found if violation)


def write_baseline(path: Path, report: Measured) -> None:
    """Keep the values and the name of their data as a small JSON file, whole or not at all."""
    payload = {"version": VERSION, "data": report.data, "values": {n: round(v, 6) for n, v in report.values.items()}}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(payload, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode())


def read_baseline(path: Path) -> Measured:
    """A baseline that write_baseline wrote. Raises EvalInputError."""
    found = _read_object(path, "a baseline that --write-baseline wrote")
    values = found.get("values")
    if found.get("version") != VERSION or not isinstance(values, dict) or not isinstance(found.get("data"), str):
        raise EvalInputError(f"{path} is no baseline of this Shujia: write one with --write-baseline")
    numbers = {str(name): _number(path, str(name), value) for name, value in values.items()}
    return Measured({name: value for name, value in numbers.items() if value is not None}, found["data"])


def _meant(limit: Limit, values: Mapping[str, float]) -> Sequence[str]:
    """The names of the report that a limit is about."""
    if limit.mode:
        wanted = [name for name in values if name == f"{limit.mode}:{limit.measure}"]
    else:
        wanted = [name for name in values if name.rpartition(":")[2] == limit.measure]
    if not wanted:
        asked = f"{limit.mode}:{limit.measure}" if limit.mode else limit.measure
        raise EvalInputError(f"the report has no measure {asked!r}; it has {', '.join(sorted(values))}")
    return wanted


def _missed(name: str, value: float, limit: float, against: str) -> Violation | None:
    short = value - limit if _lower_is_better(name) else limit - value
    return Violation(name, value, limit, against, short) if short > _ROUNDING else None


def _lower_is_better(name: str) -> bool:
    return name.rpartition(":")[2] in LOWER_IS_BETTER


def _number(file: Path, name: str, value: Any) -> float | None:
    """A value as a number: {"value": …} or the number itself; None for what is measured nowhere (null)."""
    if isinstance(value, dict):
        value = value.get("value")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EvalInputError(f"{file}: {name} is {value!r}, which is no number")
    return float(value)


def _risk(report: Mapping[str, Any]) -> dict[str, Any]:
    """The area under the risk-coverage curve of a report on answers, which stands apart from its measures."""
    curve = report.get("risk_coverage")
    whole = curve.get("all") if isinstance(curve, dict) else None
    return {"aurc": whole["aurc"]} if isinstance(whole, dict) and "aurc" in whole else {}


def _data(report: Mapping[str, Any]) -> str:
    """What was measured on: the report's own hash of its data and how many were asked, else its names and counts."""
    data, asked = report.get("data_hash") or report.get("data"), report.get("n")
    named = {"data": data} if data else {key: report.get(key) for key in ("dataset", "split", "documents", "queries")}
    if isinstance(asked, dict):
        named["asked"] = asked.get("asked")
    return " ".join(f"{key}={value}" for key, value in named.items() if value is not None)


def _read_object(path: Path, wanted: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise EvalInputError(f"{path} cannot be read ({error.strerror}): name {wanted}") from error
    except ValueError as error:
        raise EvalInputError(f"{path} is no JSON ({error}): name {wanted}") from error
    if not isinstance(found, dict):
        raise EvalInputError(f"{path} is no JSON object: name {wanted}")
    return found
