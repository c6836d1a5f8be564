"""The three files of a run: report.json, per_query.jsonl, report.html. They appear whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eval.errors import EvalInputError
from eval.report.page import render
from eval.report.sections import Page
from eval.rows import write_rows
from eval.types import Row
from store.files import replace_file

REPORT = "report.json"
ROWS = "per_query.jsonl"
PAGE = "report.html"


def write_run(
    folder: Path,
    report: Mapping[str, Any],
    rows: Iterable[Row],
    page: Page,
    *,
    language: str,
    follow: bool = False,
) -> None:
    """Write all three into ``folder``, made when missing.

    ``language`` is the one that the page shows first, unless it is to ``follow`` its reader's browser.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / ROWS, rows)
    replace_file(folder / PAGE, render(page, language=language, follow=follow).encode("utf-8", "backslashreplace"))
    # Last: a folder with a report is a finished run.
    text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
    replace_file(folder / REPORT, text.encode("utf-8", "backslashreplace") + b"\n")


def prepare(folder: Path) -> None:
    """Make the folder of a report before anything is measured. Raises EvalInputError where there can be none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as exc:
        raise EvalInputError(f"--out {folder}: a file stands in the way, name another folder") from exc


def read_report(path: Path) -> dict[str, Any]:
    """A report.json, or that of a run's folder. Raises EvalInputError."""
    file = path / REPORT if path.is_dir() else path
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise EvalInputError(f"{file} cannot be read ({exc.strerror}): name the folder that --out named") from exc
    except ValueError as exc:
        raise EvalInputError(f"{file} is no report of an evaluation: {exc}") from exc
    if not isinstance(report, dict) or report.get("version") != 1:
        raise EvalInputError(f"{file} is no report of this version of an evaluation")
    return report


def finished(folder: Path, key: str) -> bool:
    """Whether ``folder`` holds the finished run with this identity."""
    try:
        return (folder / ROWS).is_file() and read_report(folder).get("key") == key
    except EvalInputError:
        return False
