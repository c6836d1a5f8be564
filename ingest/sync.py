"""A collection follows a folder: what is new, changed, moved and gone there becomes so in the library.

plan:  list the folder → compare with the sources under it (size and time, then the content's hash) → what is to do
run:   move (nothing is read or embedded again) → ingest → remove what is gone

Moves and new files come before removals, so that a run that stops half way has lost nothing; the next one goes on.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from ingest.assemble import title_of_name
from ingest.errors import IngestError
from ingest.files import File, file_at
from ingest.folder import Listing
from ingest.inside import SIGN, inside, is_container, outermost
from ingest.inside_library import carry_failures, forget_inside
from ingest.pipeline import FileResult, Ingestion, settled, unchanged
from store.rows import Failure, Moved, Source
from store.types import document_id

SETTLE_SECONDS = 2.0  # a file that was written to within this time may be half there
WRITING = "is still being written; the next sync takes it"
_INSIDE = "/\\!#|"  # what may stand between the name of an archive or message and the name of a part of it


@dataclass(frozen=True, slots=True)
class Move:
    """A file whose content stood elsewhere in the folder before.

    ``gone``: it stands there no more. ``known`` is the document that the file's own path held, "" for a new path.
    """

    before: Source
    file: File
    gone: bool
    known: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync has to do. ``held`` is how many of the folder's files the library knows now."""

    ingest: tuple[File, ...]
    waiting: tuple[File, ...]
    moves: tuple[Move, ...]
    gone: tuple[str, ...]
    closed: tuple[File, ...]
    held: int
    unchanged: int

    @property
    def empties(self) -> bool:
        """Whether more than half of what the library has of the folder would be removed."""
        return 2 * len(self.gone) > self.held

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, and nothing to wait for."""
        return not (self.ingest or self.waiting or self.moves or self.gone)


def plan(
    listing: Listing,
    sources: Mapping[str, Source],
    failures: Mapping[str, Failure],
    *,
    most_bytes: int,
    now: float,
) -> Plan:
    """Compare a folder with the library; new files are only read where one of the same size is gone.

    ``sources`` and ``failures`` are those of the whole collection, ``most_bytes`` the largest file that is read,
    ``now`` seconds since 1970.
    """
    mine = [path for path in {**sources, **failures} if path.startswith(listing.root)]
    taken = {file.path for file in listing.files if not file.skip}
    gone = [path for path in mine if path not in taken and not _inside(path, taken) and not listing.may_hold(path)]
    to_do = [file for file in listing.files if not _known(file, sources, failures)]
    waiting = [file for file in to_do if not file.skip and _fresh(file, now)]
    ready = [file for file in to_do if file not in set(waiting)]
    moves = list(_moves(ready, set(gone), sources, most_bytes))
    moves += [inner for move in moves for inner in _inner(move, sources)]
    moved, away = {move.file for move in moves}, {move.before.path for move in moves if move.gone}
    return Plan(
        ingest=tuple(file for file in ready if file not in moved),
        waiting=tuple(waiting),
        moves=tuple(moves),
        gone=tuple(path for path in sorted(gone) if path not in away and outermost(path) not in away),
        closed=listing.closed,
        held=len(mine),
        unchanged=len(listing.files) - len(to_do),
    )


def run(plan: Plan, ingestion: Ingestion, *, remove: bool = True, retry: bool = False) -> Iterator[FileResult]:
    """Carry a plan out, one result a file; ``remove`` takes from the library what is gone from the folder."""
    rest = list(plan.ingest)
    done = ingestion.catalogue.move(ingestion.shelf.collection, [_moved(move) for move in plan.moves])
    for move, moved in zip(plan.moves, done, strict=True):
        if moved:
            ingestion.release(move.known)
            yield _told(move)
        else:  # somebody has changed the library since the plan was made
            rest += [] if SIGN in move.file.path else [move.file]
    for move in plan.moves:
        if move.known and SIGN not in move.file.path:  # another archive stood there: what only it held goes
            sources = ingestion.shelf.read.sources()
            forget_inside(ingestion, move.file.path, sources, kept={one.file.path for one in plan.moves})
    for move, moved in zip(plan.moves, done, strict=True):
        if moved and is_container(move.file.path):
            carry_failures(ingestion, move.before.path, move.file, gone=move.gone)
    yield from ingestion.run(rest, retry=retry)
    still, growing = settle(plan.waiting)
    yield from ingestion.run(still, retry=retry)
    yield from (FileResult(file.path, "waiting", WRITING) for file in growing)
    yield from (FileResult(file.path, "failed", file.skip, "unreadable") for file in plan.closed)
    if remove and plan.gone:
        yield from (_removed(path, ingestion) for path in plan.gone)
        ingestion.shelf.follow(publish=True)
        ingestion.catalogue.forget()


def preview(
    plan: Plan, sources: Mapping[str, Source], failures: Mapping[str, Failure], *, retry: bool = False
) -> Iterator[FileResult]:
    """What ``run`` would tell, without doing it; ``sources`` and ``failures`` are those of the collection, by path."""
    for move in plan.moves:
        yield _told(move)
    for file in plan.ingest:
        known = settled(file, None, failures.get(file.path), retry=retry)
        yield known or FileResult(file.path, "replaced" if file.path in sources else "ingested")
    yield from (FileResult(file.path, "waiting", WRITING) for file in plan.waiting)
    yield from (FileResult(file.path, "failed", file.skip, "unreadable") for file in plan.closed)
    yield from (FileResult(path, "removed", _why_gone(path)) for path in plan.gone)


def settle(
    files: Iterable[File],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[File], list[File]]:
    """Wait until the youngest file is two seconds old: those that stayed as they were, and those that grow."""
    files = list(files)
    if files:
        youngest = max(file.mtime_ns for file in files) / 1e9
        sleep(min(SETTLE_SECONDS, max(0.0, youngest + SETTLE_SECONDS - clock())) + 0.05)
    still = {file: file_at(file.location or Path(file.path)) for file in files}
    done = [file for file, now in still.items() if (now.size, now.mtime_ns) == (file.size, file.mtime_ns)]
    return done, [file for file in files if file not in set(done)]


def _known(file: File, sources: Mapping[str, Source], failures: Mapping[str, Failure]) -> bool:
    """Whether a file need not be looked at: it is in the library as it is, and was not refused since."""
    source = sources.get(file.path)
    return source is not None and file.path not in failures and not file.skip and unchanged(file, source)


def _fresh(file: File, now: float) -> bool:
    """Whether a file was written to a moment ago; a time far in the future says nothing."""
    return abs(now - file.mtime_ns / 1e9) < SETTLE_SECONDS


def _inside(path: str, files: set[str]) -> bool:
    """Whether ``path`` is a part of a file that is there: a member of an archive, an attachment."""
    return any(path[:end] in files for end, sign in enumerate(path) if sign in _INSIDE)


def _moves(ready: Iterable[File], gone: set[str], sources: Mapping[str, Source], most_bytes: int) -> Iterator[Move]:
    """Files that hold what a path held that is gone or has changed: nothing of them has to be read again."""
    ready = [file for file in ready if not file.skip]
    leaving = gone | {file.path for file in ready}
    by_size: dict[int, list[Source]] = defaultdict(list)
    for path in sorted(leaving & sources.keys()):
        by_size[sources[path].size].append(sources[path])
    used: set[str] = set()
    for file in ready:
        if not by_size.get(file.size):
            continue
        try:
            identity = document_id(file.read(most_bytes))
        except IngestError:
            continue  # the ingestion reads it again and says why not
        same = [source for source in by_size[file.size] if source.document_id == identity and source.path != file.path]
        match = next((source for source in same if source.path in gone - used), next(iter(same), None))
        if match and not (file.path in sources and sources[file.path].document_id == identity):
            free = match.path in gone - used
            used.add(match.path)
            known = sources[file.path].document_id if file.path in sources else ""
            yield Move(match, file, free, known)


def _inner(move: Move, sources: Mapping[str, Source]) -> Iterator[Move]:
    """What is inside a file that moved, as moves of its own."""
    for path in inside(move.before.path, sources):
        one = sources[path]
        target = move.file.path + path[len(move.before.path) :]
        known = sources[target].document_id if target in sources else ""
        yield Move(one, File(target, one.size, move.file.mtime_ns), move.gone, known)


def _moved(move: Move) -> Moved:
    before, file = move.before, move.file
    names = (title_of_name(PurePath(before.path).name), title_of_name(file.name)) if move.gone else None
    source = Source(file.path, before.document_id, file.size, file.mtime_ns)
    return Moved(source, before.path if move.gone else "", names)


def _told(move: Move) -> FileResult:
    status = "replaced" if move.known else "moved" if move.gone else "ingested"
    return FileResult(move.file.path, status, f"from {move.before.path}", document=move.before.document_id)


def _why_gone(path: str) -> str:
    return "left out by a pattern" if os.path.lexists(path) else "gone from the folder"


def _removed(path: str, ingestion: Ingestion) -> FileResult:
    source = ingestion.shelf.read.source_at(path)
    ingestion.catalogue.remove_source(ingestion.shelf.collection, path)
    if source:
        ingestion.release(source.document_id)
    return FileResult(path, "removed", _why_gone(path), document=source.document_id if source else "")
