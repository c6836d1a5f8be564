"""Runs `shujia eval compare`: two runs' rows → paired statistics → a report and the sentences of the verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from eval.comparing.compare import Comparison, compare_rows, comparison_page
from eval.errors import EvalInputError
from eval.measures.ranking import MEASURES
from eval.output import REPORT, ROWS, read_report, write_run
from eval.provenance import program
from eval.report.sections import Facts, Words, same
from eval.rows import read_rows
from eval.summary import HEADLINE
from eval.types import Row


def run_compare(
    a: Path,
    b: Path,
    mode: str | None,
    measure: str | None,
    out: Path | None,
    *,
    allow_partial: bool,
    seed: int,
    language: str,
    follow: bool = False,
) -> tuple[dict[str, Any], list[str]]:
    """Compare B with A; returns the report and its verdict in ``language``. Raises EvalInputError.

    With ``follow`` the page opens in its reader's language.
    """
    rows_a, rows_b = read_rows(_rows_file(a)), read_rows(_rows_file(b))
    first, second = _modes_asked(mode or "", rows_a, rows_b)
    mode_a, mode_b = _mode(rows_a, first, a), _mode(rows_b, second, b)
    mine_a = [row for row in rows_a if row.mode == mode_a]
    mine_b = [row for row in rows_b if row.mode == mode_b]
    compared = compare_rows(
        mine_a,
        mine_b,
        measure=measure or _headline(mine_a, mine_b),
        seed=seed,
        names=_names(a, b, mode_a, mode_b, several=_several(rows_a) or _several(rows_b)),
        allow_partial=allow_partial,
    )
    report = _report(compared, a, b, seed)
    page = comparison_page(compared)
    page = replace(page, sections=(*page.sections, _facts(report)))
    if out is not None:
        write_run(out, report, [], page, language=language, follow=follow)
    return report, [getattr(verdict.text, language) for verdict in page.verdicts]


def _rows_file(path: Path) -> Path:
    return path / ROWS if path.is_dir() else path.parent / ROWS if path.name == REPORT else path


def _modes_asked(written: str, a: tuple[Row, ...], b: tuple[Row, ...]) -> tuple[str, str]:
    """``MODE`` of both or ``A-MODE:B-MODE``; a chunker's name holds a colon itself, so every colon is tried."""
    parts = written.split(":")
    pairs = [(":".join(parts[:cut]), ":".join(parts[cut:])) for cut in range(1, len(parts))]
    known_a, known_b = ({row.mode for row in rows} for rows in (a, b))
    fitting = [(first, second) for first, second in pairs if first in known_a and second in known_b]
    if written in known_a & known_b or not pairs:
        return written, written
    return fitting[0] if fitting else pairs[0]


def _mode(rows: tuple[Row, ...], asked: str, path: Path) -> str:
    """The mode to compare: the one asked for, the only one, or hybrid."""
    modes = list(dict.fromkeys(row.mode for row in rows))
    if not modes:
        raise EvalInputError(f"{path} holds no row: name a per_query.jsonl of a run")
    if asked and asked not in modes:
        raise EvalInputError(f"{path} has no mode {asked!r}; it has {', '.join(modes)}")
    if asked or len(modes) == 1:
        return asked or modes[0]
    if "hybrid" in modes:
        return "hybrid"
    raise EvalInputError(f"{path} has several modes ({', '.join(modes)}): choose one with --mode")


def _headline(a: list[Row], b: list[Row]) -> str:
    """nDCG@10 where both runs have it, else the first measure that both have."""
    both = [name for name in a[0].measures if name in b[0].measures]
    known = [name for name in (HEADLINE, *MEASURES) if name in both]
    if not both:
        raise EvalInputError(f"the runs share no measure: {', '.join(a[0].measures)} and {', '.join(b[0].measures)}")
    return (known or both)[0]


def _several(rows: tuple[Row, ...]) -> bool:
    return len({row.mode for row in rows}) > 1


def _names(a: Path, b: Path, mode_a: str, mode_b: str, *, several: bool) -> tuple[str, str]:
    """What tells the two runs apart: their folders, their modes, or both.

    Where a run has ``several`` modes, the verdict names the one it is about, whoever chose it.
    """
    name_a, name_b = (_rows_file(path).resolve().parent.name for path in (a, b))
    if name_a == name_b:
        if mode_a != mode_b:
            return mode_a, mode_b
        name_a, name_b = str(a), str(b)
    return (f"{name_a} {mode_a}", f"{name_b} {mode_b}") if several or mode_a != mode_b else (name_a, name_b)


def _run(path: Path) -> dict[str, Any]:
    """What the run's own report.json says of its data, models and configuration; the rows' hash alone without one."""
    rows = _rows_file(path)
    known = {"rows sha256": hashlib.sha256(rows.read_bytes()).hexdigest()}
    if not (rows.parent / REPORT).is_file():
        return known
    report = read_report(rows.parent)
    data = report.get("data_hash") or report.get("data", "")
    return {**known, "data": data, **{key: report.get(key, {}) for key in ("models", "config", "program", "seed")}}


def _facts(report: Mapping[str, Any]) -> Facts:
    runs = report["runs"].items()
    rows = [(same(f"{run.upper()} {key}"), str(value)) for run, about in runs for key, value in about.items()]
    rows += [
        (Words("随机种子", "seed"), str(report["seed"])),
        (Words("程序", "program"), " ".join(report["program"].values())),
    ]
    return Facts(Words("如何重现", "How to repeat this"), tuple(rows))


def _report(compared: Comparison, a: Path, b: Path, seed: int) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "comparison",
        **asdict(compared),
        "runs": {"a": _run(a), "b": _run(b)},
        "program": program(),
        "seed": seed,
    }
