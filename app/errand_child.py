"""The process of an errand: the command line as it is, its bars written to a file in place of a terminal."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from filelock import FileLock
from rich.progress import Progress, TaskID

from app.console import err
from app.errands import END, ERRAND, LOCK, PROGRESS, STOPPED
from app.manners import give_way
from store.files import replace_file

_SECONDS = 0.3  # between two writes


class FiledBars(Progress):
    """Bars that nobody sees: the one that moved last stands in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__(console=err(), disable=True)
        self._file, self._last = file, 0.0

    def add_task(self, description: str, *args: Any, **more: Any) -> TaskID:
        """As rich's."""
        task = super().add_task(description, *args, **more)
        self._tell(task, at_once=True)
        return task

    def update(self, task_id: TaskID, **more: Any) -> None:
        """As rich's."""
        super().update(task_id, **more)
        self._tell(task_id)

    def _tell(self, task_id: TaskID, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if not at_once and now - self._last < _SECONDS:
            return
        self._last = now
        task = self.tasks[self.task_ids.index(task_id)]
        told = {"what": task.description, "done": task.completed, "total": task.total}
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(told, ensure_ascii=False, default=float), encoding="utf-8")
        os.replace(temporary, self._file)


def main(folder: Path, library: Path) -> int:
    """Run the errand of that folder; returns its exit code."""
    from app import cli, console

    give_way()
    arguments = json.loads((folder / ERRAND).read_text(encoding="utf-8"))["command"]
    console.show_bars_by(lambda: FiledBars(folder / PROGRESS))
    code = 1
    with FileLock(folder / LOCK, timeout=10):
        if (folder / STOPPED).exists():
            return code
        try:
            code = cli.run(lambda: cli.app(["--library", str(library), *arguments], prog_name="shujia"))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except Exception:  # noqa: BLE001 - a defect: the whole of it goes into the errand's log
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            replace_file(folder / END, json.dumps({"code": code, "at": time.time()}).encode())
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
