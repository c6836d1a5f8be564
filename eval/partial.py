"""The rows of a run on its way, so that an interrupted run goes on where it stopped.

The first line names the configuration by its hash; every further line is a finished row. A run of another
configuration begins afresh. A line that was being written when the power went is left out.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from eval.errors import EvalInputError
from eval.rows import read_rows, row_line
from eval.types import Row

FILE = "partial.jsonl"


class Partial:
    """The finished rows of one run. ``rows`` are those found, ``started_over`` that a file of another run was there."""

    def __init__(self, folder: Path, config: str) -> None:
        """Open or begin the file in ``folder``, which is made when it is missing.

        Raises EvalInputError when the folder is a file, OSError when it cannot be written.
        """
        if folder.exists() and not folder.is_dir():
            raise EvalInputError(f"{folder} is a file: name a folder for the report with --out")
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        head = json.dumps({"config": config}).encode() + b"\n"
        written = self._path.read_bytes() if self._path.is_file() else b""
        same = written.startswith(head)
        self.started_over = bool(written) and not same
        whole = written[: written.rfind(b"\n") + 1] if same else head
        self.rows = self._read(whole[len(head) :])
        self._file = self._path.open("wb")
        self._write(whole)

    def add(self, row: Row) -> None:
        """Write one row through to the disk."""
        self._write(row_line(row))

    def close(self) -> None:
        """Let go of the file; the rows stay."""
        self._file.close()

    def finish(self) -> None:
        """The report is written: the file is not needed any more."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _read(self, lines: bytes) -> tuple[Row, ...]:
        """The rows, through a file of their own for the reader of rows."""
        if not lines:
            return ()
        kept = self._path.with_suffix(".kept")
        kept.write_bytes(lines)
        try:
            return read_rows(kept)
        finally:
            kept.unlink()

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
