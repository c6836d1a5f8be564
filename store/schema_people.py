"""The catalogue's tables about people: who they are, what they may do, where they are signed in, what was done.

person ─┬─ membership ─── team
        ├─ access (a person or a group × a collection's name × a role) ─── team
        └─ session (one sign-in on the page)

audit (who did what to which object, when, and how it ended)      throttle (passwords that were wrong lately)

Rights name a collection by its name, not its number: a reindex lets another number answer under the name, and the
rights stay. Whoever deletes a collection deletes the rights to it first (``store.people_rights.forget``).
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from store.schema import KEY, metadata

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),  # never used twice, so that a name given again inherits nothing
    Column("name", Text, nullable=False, unique=True),  # NFKC, case folded: what is typed to sign in
    Column("email", Text, unique=True),  # lower case: the claim by which OIDC names a person
    Column("password", Text),  # argon2id, none for people who sign in elsewhere
    Column("admin", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
)

team = Table(
    "team",  # GROUP is a word of SQL
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), nullable=False, index=True),
    PrimaryKeyConstraint("person_id", "team_id"),
)

access = Table(
    "access",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), index=True),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), index=True),
    Column("role", Text, nullable=False),  # reader, editor or owner
    Column("created_at", Float, nullable=False),
    UniqueConstraint("collection", "person_id"),
    UniqueConstraint("collection", "team_id"),
)

session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),  # sha256 of what the browser holds
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("method", Text, nullable=False),  # password or oidc
    Column("created_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("revoked_at", Float),
)

throttle = Table(
    "throttle",
    metadata,
    Column("key", Text, nullable=False),  # sha256 of a name or an address: what was typed may be a password
    Column("at", Float, nullable=False),
    Index("throttle_by_key", "key", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", KEY, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # done, or why not
    sqlite_autoincrement=True,
)

TABLES = (person, team, membership, access, session, throttle, audit)
