"""Eight uploaders in two processes with overlapping files: the library is the one that a single run makes."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.torture.child import open_parts
from bench.torture.forks import Running, forked
from bench.torture.kills import make_files
from bench.torture.outcome import Outcome
from bench.torture.state import library_state
from ingest.files import File, file_at
from ingest.pipeline import Ingestion

PROCESSES, THREADS = 2, 4


def uploaders(work: Path, chance: random.Random, *, rounds: int = 5, documents: int = 60) -> Iterator[Outcome]:
    """Each round: every file is held by two or three of the uploaders, each has its own order."""
    files = work / "文件"
    make_files(files, documents)
    paths = sorted(files.iterdir())
    forked(partial(_upload, work / "serial", [paths])).wanted()
    wanted = forked(partial(library_state, work / "serial")).wanted()
    for number in range(rounds):
        shares: list[list[Path]] = [[] for _ in range(PROCESSES * THREADS)]
        for path in paths:
            for share in chance.sample(shares, chance.randint(2, 3)):
                share.insert(chance.randrange(len(share) + 1), path)
        folder = work / f"round-{number}"
        forked(partial(_upload, folder, [])).wanted()  # the collection is there
        running = [
            Running(partial(_upload, folder, shares[process * THREADS : (process + 1) * THREADS]))
            for process in range(PROCESSES)
        ]
        errors = [ended.error for one in running if (ended := one.end()).error]
        found = forked(partial(library_state, folder))
        differs = "" if found.error else _differs(found.result, wanted)
        told = f"{sum(map(len, shares))} uploads of {len(paths)} files"
        yield Outcome(f"round {number}", "\n".join(errors) or found.error or differs, told)


def _differs(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Which parts of the state are not those of the serial run. Of equal files, the first that came is the title."""
    found, wanted = (
        state | {"documents": sorted([one[0], *one[2:]] for one in state["documents"])} for state in (found, wanted)
    )
    parts = [name for name in wanted if found[name] != wanted[name]]
    return f"another state than the serial run: {', '.join(parts)}" if parts else ""


def _upload(folder: Path, shares: list[list[Path]]) -> None:
    """A thread for each share, all on one shelf, as the page and the API have it."""
    catalogue, shelf, first = open_parts(folder)
    errors: list[BaseException] = []

    def upload(share: list[Path]) -> None:
        run = Ingestion(catalogue, shelf, first.originals, first.embedder, first.parser, chunker=first.chunker)
        try:
            for path in share:
                list(run.run([_uploaded(path)], retry=True))
        except Exception as exc:  # noqa: BLE001  # told by the thread that waits
            errors.append(exc)

    threads = [threading.Thread(target=upload, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelf.follow(publish=True)
    catalogue.close()
    if errors:
        raise errors[0]


def _uploaded(path: Path) -> File:
    """A file as an upload carries it: its bytes, under a name."""
    return File(file_at(path).path, path.stat().st_size, 0, path.read_bytes())
