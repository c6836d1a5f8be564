"""Who did what, when, to what, and how it ended. Never what a document, a question or a secret says.

Bounded: the newest KEPT entries stay. What strangers can cause (a wrong password) is bounded before it is written here
(``store.people_passwords.Throttle``), so that nobody can push the log's past out of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select

from store.engine import writing
from store.schema_people import audit

KEPT = 100_000  # entries, about 100 bytes each
_LONGEST = 256  # characters of a name


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    ``who`` is a person's name, ``NAME, key ID``, ``key ID``, ``command line``, or ``""`` for a stranger.
    """

    sequence: int
    at: float
    who: str
    verb: str
    object: str
    outcome: str


class Audit:
    """The audit log of one library."""

    def __init__(self, engine: Engine, kept: int = KEPT) -> None:
        self.engine, self._kept = engine, kept

    def note(self, who: str, verb: str, object_: str = "", outcome: str = "done") -> None:
        """Write one entry. The object is a name: of a collection, a person, a group, a key's id."""
        values = {"at": time.time(), "who": _cut(who), "verb": _cut(verb), "object": _cut(object_)}
        with writing(self.engine) as connection:
            made = connection.execute(insert(audit).values(values | {"outcome": _cut(outcome)}))
            number = made.inserted_primary_key[0] if made.inserted_primary_key else 0
            connection.execute(delete(audit).where(audit.c.sequence <= number - self._kept))

    def entries(self, since: float = 0.0, *, who: str = "", most: int = 1000) -> tuple[Entry, ...]:
        """The newest entries from a time on (seconds since 1970), newest first; of a person and their keys if named."""
        query = select(audit).where(audit.c.at >= since).order_by(audit.c.sequence.desc()).limit(most)
        if who:
            query = query.where((audit.c.who == who) | audit.c.who.startswith(f"{who}, key ", autoescape=True))
        with self.engine.connect() as connection:
            return tuple(Entry(**row) for row in connection.execute(query).mappings())


def _cut(text: str) -> str:
    """One line of what can be seen: a name may hold anything, a log line may not be forged with it."""
    return "".join(c if c.isprintable() else "�" for c in text)[:_LONGEST]
