"""The queue of files that wait for a worker: leases, heartbeats, a limited number of attempts.

waiting ──claim──► working ──finish──► done
   ▲                  │ ├──fail────► failed          gave up: the reason says why
   └─── put back ─────┘ └─ lease ran out ─► waiting, or failed after the last attempt

A claim counts as an attempt, so that a file that kills its worker runs out of attempts. Nothing here knows what a file
is: a document is committed by the ingestion, and a job that is done twice changes nothing.
"""

from __future__ import annotations

import json
import os
import platform
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, or_, select, update

from store import schema as s
from store.engine import writing

ATTEMPTS = 3
LEASE_SECONDS = 60.0
BEAT_SECONDS = 10.0  # a lease outlives several lost heartbeats
BACKOFF_SECONDS = 5.0  # before the second attempt; doubled before the third
KEPT_SECONDS = 24 * 3600.0  # what was done is told for a day
DIED = "the worker stopped or died while it worked on this file"


@dataclass(frozen=True, slots=True)
class Job:
    """A file on its way. ``location`` is where it stands, None for an upload, whose bytes are kept as ``content``.

    ``state`` is waiting, working, failed or done; ``since`` says from when; ``result`` is what became of it.
    """

    collection: str
    path: str
    size: int
    mtime_ns: int
    location: str | None = None
    content: str | None = None
    id: int = 0
    state: str = "waiting"
    attempts: int = 0
    code: str = ""
    reason: str = ""
    worker: str | None = None
    since: float = 0.0
    result: Mapping[str, Any] = field(default_factory=dict)


class Jobs:
    """The queue. Safe to use from several processes; each change is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, jobs: Iterable[Job]) -> int:
        """Let files wait for a worker; returns how many. A path that waits already waits once, as it is now."""
        now, count = time.time(), 0
        with writing(self.engine) as connection:
            for job in jobs:
                mine = (s.job.c.collection == job.collection) & (s.job.c.path == job.path)
                connection.execute(delete(s.job).where(mine))
                times = {"created_at": now, "since": now, "not_before": now}
                connection.execute(insert(s.job).values(_row(job) | times))
                count += 1
        return count

    def claim(self, worker: str, most: int) -> tuple[Job, ...]:
        """Up to ``most`` files of one collection, oldest first, leased to ``worker``.

        A file that was tried before comes alone, so that one that kills its worker takes no other with it.
        """
        now = time.time()
        with writing(self.engine) as connection:
            _expire(connection, now)
            ready = (s.job.c.state == "waiting") & (s.job.c.not_before <= now)
            query = select(s.job).where(ready).order_by(s.job.c.id).limit(most).with_for_update(skip_locked=True)
            rows = connection.execute(query).mappings().all()
            taken = [row for row in rows if row["collection"] == rows[0]["collection"] and not row["attempts"]]
            if rows and rows[0]["attempts"]:
                taken = [rows[0]]
            ids = [row["id"] for row in taken]
            values = {"state": "working", "worker": worker, "lease_until": now + LEASE_SECONDS, "since": now}
            values |= {"attempts": s.job.c.attempts + 1}
            connection.execute(update(s.job).where(s.job.c.id.in_(ids)).values(values))
            claimed = select(s.job).where(s.job.c.id.in_(ids)).order_by(s.job.c.id)
            return tuple(_job(row) for row in connection.execute(claimed).mappings())

    def beat(self, worker: str) -> None:
        """Say that a worker lives, and keep its leases."""
        now = time.time()
        with writing(self.engine) as connection:
            mine = (s.job.c.worker == worker) & (s.job.c.state == "working")
            connection.execute(update(s.job).where(mine).values(lease_until=now + LEASE_SECONDS))
            connection.execute(update(s.worker).where(s.worker.c.id == worker).values(seen_at=now))

    def holds(self, worker: str) -> bool:
        """Whether a worker has files in hand."""
        mine = (s.job.c.worker == worker) & (s.job.c.state == "working")
        with self.engine.connect() as connection:
            return bool(connection.scalar(select(func.count()).select_from(s.job).where(mine)))

    def finish(self, job: Job, result: Mapping[str, Any]) -> None:
        """The file is in the library."""
        told = json.dumps(dict(result), ensure_ascii=False, default=str)
        self._move(job, state="done", reason=str(result.get("reason", "")), code="", result=told)

    def fail(self, job: Job, code: str, reason: str, *, again: bool) -> None:
        """The file could not be read; it is tried ``again`` later, unless that was the last attempt."""
        if again and job.attempts < ATTEMPTS:
            wait = time.time() + BACKOFF_SECONDS * 2 ** (job.attempts - 1)
            self._move(job, state="waiting", code=code, reason=reason, not_before=wait)
        else:
            self._move(job, state="failed", code=code, reason=reason)

    def put_back(self, jobs: Sequence[Job], reason: str, *, seconds: float = 0.0) -> None:
        """Nothing was wrong with these files: they wait again, this attempt is not counted."""
        for job in jobs:
            wait, attempts = time.time() + seconds, max(0, job.attempts - 1)
            self._move(job, state="waiting", reason=reason, not_before=wait, attempts=attempts)

    def items(self, *states: str) -> tuple[Job, ...]:
        """Jobs in these states, all without, oldest first."""
        query = select(s.job).order_by(s.job.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query.where(s.job.c.state.in_(states)) if states else query).mappings()
            return tuple(_job(row) for row in rows)

    def next_at(self) -> float | None:
        """When the next file may be taken (seconds since 1970); None when nothing waits or is worked on."""
        j = s.job.c
        with self.engine.connect() as connection:
            waiting = connection.scalar(select(func.min(j.not_before)).where(j.state == "waiting"))
            working = connection.scalar(select(func.min(j.lease_until)).where(j.state == "working"))
        times = [moment for moment in (waiting, working) if moment is not None]
        return min(times) if times else None

    def remove(self, job: Job) -> None:
        """Forget a job."""
        with writing(self.engine) as connection:
            connection.execute(delete(s.job).where(s.job.c.id == job.id))

    # Workers

    def register(self) -> str:
        """A new worker: this process. Returns its id."""
        identity, now = uuid.uuid4().hex[:12], time.time()
        with writing(self.engine) as connection:
            values = {"id": identity, "host": platform.node(), "process": os.getpid()}
            connection.execute(insert(s.worker).values(**values, started_at=now, seen_at=now))
        return identity

    def leave(self, worker: str) -> None:
        """A worker ends."""
        with writing(self.engine) as connection:
            connection.execute(delete(s.worker).where(s.worker.c.id == worker))

    def workers(self) -> tuple[str, ...]:
        """The workers that were heard of within a lease's time."""
        alive = s.worker.c.seen_at > time.time() - LEASE_SECONDS
        with self.engine.connect() as connection:
            return tuple(connection.scalars(select(s.worker.c.id).where(alive).order_by(s.worker.c.started_at)))

    def _move(self, job: Job, **values: Any) -> None:
        """Change a job that is still this worker's: another may have taken it after a lease that ran out."""
        held = (s.job.c.id == job.id) & (s.job.c.worker == job.worker) & (s.job.c.state == "working")
        with writing(self.engine) as connection:
            connection.execute(
                update(s.job).where(held).values(**values, worker=None, lease_until=None, since=time.time())
            )


def _expire(connection: Connection, now: float) -> None:
    """Take back what dead workers held, and forget what was done long ago."""
    lapsed = (s.job.c.state == "working") & or_(s.job.c.lease_until < now, s.job.c.lease_until.is_(None))
    common = {"worker": None, "lease_until": None, "since": now}
    last = lapsed & (s.job.c.attempts >= ATTEMPTS)
    gave_up = f"{DIED}, {ATTEMPTS} times: it is given up"
    connection.execute(update(s.job).where(last).values(state="failed", code="crashed", reason=gave_up, **common))
    connection.execute(update(s.job).where(lapsed).values(state="waiting", reason=DIED, not_before=now, **common))
    connection.execute(delete(s.job).where(s.job.c.state == "done", s.job.c.since < now - KEPT_SECONDS))
    connection.execute(delete(s.worker).where(s.worker.c.seen_at < now - KEPT_SECONDS))


def _row(job: Job) -> dict[str, Any]:
    values: dict[str, Any] = {"collection": job.collection, "path": job.path}
    values |= {"location": job.location, "content": job.content}
    values |= {"size": job.size, "mtime_ns": job.mtime_ns, "state": "waiting", "attempts": 0}
    return values | {"code": "", "reason": job.reason, "result": "{}"}


def _job(row: RowMapping) -> Job:
    values = {name: row[name] for name in Job.__dataclass_fields__ if name != "result"}
    return Job(**values, result=json.loads(row["result"]))
