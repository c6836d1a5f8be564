"""Who is signed in on the page. A session is looked up at every step, so it ends the moment it is revoked.

The browser holds 256 random bits, the catalogue their sha256 (see ``store.api_keys`` for why that is enough).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update

from store.engine import writing
from store.schema_people import person, session

Method = Literal["password", "oidc"]
_KEPT = 30 * 24 * 3600.0  # seconds that an ended session stays, so that a browser's old sign-in is known as ended


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. ``id`` is its hash: it may be shown and logged, the secret may not."""

    id: str
    person: str
    method: Method
    created_at: float
    ends_at: float


class Sessions:
    """The sessions of one library; ``hours`` is how long a sign-in lasts."""

    def __init__(self, engine: Engine, hours: float) -> None:
        self.engine, self.hours = engine, hours

    def begin(self, person_id: str) -> str:
        """Sign a person in by password; returns the secret for their browser."""
        secret, now = secrets.token_urlsafe(32), time.time()
        self._keep(_hashed(secret), person_id, "password", now, now + self.hours * 3600)
        return secret

    def find(self, secret: str) -> Session | None:
        """The live session with that secret; None when there is none, it ended, or its person is shut out."""
        return self.live(_hashed(secret))

    def adopt(self, token: str, person_id: str, since: float) -> Session | None:
        """The live session of a sign-in elsewhere (OIDC), made when it is new; ``token`` names it, the same each time.

        ``since`` is when it began there, in seconds since 1970. None when it is too old, or was ended here.
        """
        identity = _hashed(f"oidc:{token}")
        ends = min(since, time.time()) + self.hours * 3600
        if ends <= time.time():
            return None
        if not self.knows(token):
            self._keep(identity, person_id, "oidc", since, ends)
        return self.live(identity)

    def knows(self, token: str) -> bool:
        """Whether a sign-in elsewhere was seen here before, ended or not."""
        with self.engine.connect() as connection:
            query = select(session.c.hash).where(session.c.hash == _hashed(f"oidc:{token}"))
            return connection.scalar(query) is not None

    def end(self, identity: str) -> None:
        """End a session, by its id."""
        self._revoke(session.c.hash == identity)

    def end_all(self, person_id: str, *, but: str = "") -> int:
        """End all sessions of a person, ``but`` one; returns how many."""
        return self._revoke((session.c.person_id == person_id) & (session.c.hash != but))

    def of(self, person_id: str) -> tuple[Session, ...]:
        """The live sessions of a person, newest first."""
        live = session.c.revoked_at.is_(None) & (session.c.ends_at > time.time())
        query = select(session).where(session.c.person_id == person_id, live).order_by(session.c.created_at.desc())
        with self.engine.connect() as connection:
            return tuple(
                Session(row.hash, row.person_id, row.method, row.created_at, row.ends_at)
                for row in connection.execute(query)
            )

    def live(self, identity: str) -> Session | None:
        """The session of that id; None when there is none, it ended, or its person is shut out."""
        joined = session.join(person, person.c.id == session.c.person_id)
        live = (session.c.hash == identity) & session.c.revoked_at.is_(None) & (session.c.ends_at > time.time())
        query = select(session).select_from(joined).where(live, person.c.disabled_at.is_(None))
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return Session(row.hash, row.person_id, row.method, row.created_at, row.ends_at) if row else None

    def _keep(self, identity: str, person_id: str, method: Method, began: float, ends: float) -> None:
        values = {"hash": identity, "person_id": person_id, "method": method, "created_at": began, "ends_at": ends}
        with writing(self.engine) as connection:
            connection.execute(delete(session).where(session.c.ends_at < time.time() - _KEPT))
            if connection.execute(select(session.c.hash).where(session.c.hash == identity)).first() is None:
                connection.execute(insert(session).values(values))

    def _revoke(self, which: ColumnElement[bool]) -> int:
        now = time.time()
        live = session.c.revoked_at.is_(None) & (session.c.ends_at > now)
        with writing(self.engine) as connection:
            return connection.execute(update(session).where(which, live).values(revoked_at=now)).rowcount


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
