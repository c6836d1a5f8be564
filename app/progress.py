"""The progress of a run on standard error: files, pages, chunks, failures, rate and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.card_text import remarks
from app.console import Voice, bars_of
from app.terminal_text import one_line
from ingest.inside import outermost

if TYPE_CHECKING:
    from ingest.embedding import Progress
    from ingest.pipeline import FileResult

QUIET = frozenset({"unchanged", "queued"})


class Show:
    """Told of each result, and of how far the embedding is."""

    def __init__(self, say: Voice, total: int, *, quiet: bool) -> None:
        self.say, self.quiet = say, quiet
        self.bars = bars_of(quiet=quiet)
        self.task = self.bars.add_task(say("reading"), total=total)
        self.total = total
        self.pages = self.chunks = self.failed = self.done = 0
        self.began = time.monotonic()

    def __call__(self, result: FileResult) -> None:
        """One more file is done; one that was found inside another was not in the total."""
        self.done += 1
        if self.done > self.total or (result.seconds > 0 and outermost(result.path) != result.path):
            self.extend(1)
        self.pages += result.pages
        self.chunks += result.chunks
        self.failed += result.status == "failed"
        self.bars.update(self.task, advance=1, description=self._counted())
        if not self.quiet and result.status not in QUIET:
            told = [f"  ⚠ {remark}" for remark in remarks(result.card, result.near, self.say.language)]
            self.bars.console.print("\n".join([line(result, self.say), *told]), markup=False)

    def extend(self, count: int) -> None:
        """So many more files than was known."""
        self.total += count
        self.bars.update(self.task, total=self.total)

    def embedding(self, progress: Progress) -> None:
        """The current batch of texts."""
        told = self.say("embedding", done=progress.texts, total=progress.texts_total)
        self.bars.update(self.task, description=f"{self._counted()} · {told}")

    def _counted(self) -> str:
        rate = self.done / max(time.monotonic() - self.began, 1e-3)
        return self.say("run_progress", pages=self.pages, chunks=self.chunks, failed=self.failed, rate=rate)


@contextmanager
def live(say: Voice, total: int, *, quiet: bool) -> Iterator[Show]:
    """A progress bar while the block runs; nothing is shown when ``quiet``."""
    show = Show(say, total, quiet=quiet)
    with show.bars:
        yield show


def line(result: FileResult, say: Voice) -> str:
    """What became of a file, on one line."""
    detail = say("chunks_of", chunks=result.chunks) if result.chunks else ""
    status = say("removed_file" if result.status == "removed" else result.status)
    return "  ".join(part for part in (status, one_line(result.path), detail, say.told(result.reason)) if part)
