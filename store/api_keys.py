"""The keys of the HTTP API: shown once, kept as a hash, revocable at once.

A key is 256 random bits, so its plain sha256 is enough: a slow, salted hash (argon2) protects passwords, which people
choose from a space that can be searched; this one cannot, and every request would pay for it (NIST SP 800-63B,
5.1.1.2, asks for it of memorized secrets, and 5.1.2.2 accepts a plain hash of look-up secrets with 112 bits or more).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Engine, RowMapping, insert, select, update

from store import schema as s
from store.engine import writing
from store.errors import UnknownKey

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "shj_"  # so that a leaked key is recognised by people and by secret scanners
_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``collections`` are the names it is good for; None is all of them.

    ``scope`` is read (ask and look), write (also upload and delete) or admin (also metrics and whole collections).
    ``person`` is the id of whom it belongs to, "" for nobody: it can then do no more than that person may do.
    """

    id: str
    name: str
    scope: Scope
    collections: tuple[str, ...] | None
    created_at: float
    revoked_at: float | None = None
    person: str = ""


class ApiKeys:
    """The keys of one library."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(
        self, name: str, scope: Scope, collections: Sequence[str] = (), *, person: str = ""
    ) -> tuple[ApiKey, str]:  # fmt: skip
        """Make a key for these collections (all without any); returns it and its secret, which nothing keeps.

        ``person`` is the id of whom it belongs to.

        Raises ValueError for a scope that is none.
        """
        if scope not in SCOPES:
            raise ValueError(f"scope {scope!r}: choose one of {', '.join(SCOPES)}")
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        bound = tuple(dict.fromkeys(collections)) or None
        made = ApiKey(secrets.token_hex(4), name, scope, bound, time.time(), person=person)
        values = {
            "id": made.id,
            "name": name,
            "hash": _hashed(secret),
            "scope": scope,
            "collections": json.dumps(made.collections, ensure_ascii=False) if made.collections else None,
            "created_at": made.created_at,
            "person_id": person or None,
        }
        with writing(self.engine) as connection:
            connection.execute(insert(s.api_key).values(values))
        return made, secret

    def find(self, secret: str) -> ApiKey | None:
        """The key with this secret; None when there is none, or it was revoked."""
        # The look-up is by hash, so the time it takes says nothing about how near a guess came.
        query = select(s.api_key).where(s.api_key.c.hash == _hashed(secret), s.api_key.c.revoked_at.is_(None))
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _key(row) if row else None

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, revoked ones too, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(s.api_key).order_by(s.api_key.c.created_at, s.api_key.c.id)).mappings()
            return tuple(_key(row) for row in rows)

    def any(self) -> bool:
        """Whether a key was ever made; a library whose last key was revoked does not become open again."""
        with self.engine.connect() as connection:
            return connection.scalar(select(s.api_key.c.id).limit(1)) is not None

    def revoke(self, reference: str) -> tuple[ApiKey, ...]:
        """Revoke the key with that id, or every live key of that name. Raises UnknownKey when there is none."""
        live = [key for key in self.all() if key.revoked_at is None]
        found = [key for key in live if key.id == reference] or [key for key in live if key.name == reference]
        if not found:
            raise UnknownKey(f"no live key has the id or name {reference!r}; see: shujia keys list")
        with writing(self.engine) as connection:
            mine = s.api_key.c.id.in_([key.id for key in found])
            connection.execute(update(s.api_key).where(mine).values(revoked_at=time.time()))
        return tuple(found)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: RowMapping) -> ApiKey:
    values: dict[str, Any] = {name: row[name] for name in ("id", "name", "scope", "created_at", "revoked_at")}
    bound = tuple(json.loads(row["collections"])) if row["collections"] else None
    return ApiKey(collections=bound, person=row["person_id"] or "", **values)
