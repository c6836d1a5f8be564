"""Which role a person or a group has in a collection. What follows from a role stands in ``app.rights``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, Engine, ScalarSelect, delete, exists, insert, or_, select, update

from store import schema as s
from store.engine import writing
from store.errors import UnknownCollection
from store.people import People
from store.people_errors import PeopleError
from store.people_groups import Groups
from store.schema_people import access, membership, person, team

Role = Literal["reader", "editor", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may
Kind = Literal["person", "group"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that was given: to whom, in which collection."""

    collection: str
    kind: Kind
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Held:
    """All that a person may do: the highest role in each collection; ``admin`` has every right there is."""

    id: str
    name: str
    admin: bool
    roles: Mapping[str, Role]


class Rights:
    """The rights in one library."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def grant(self, kind: Kind, name: str, collection: str, role: Role) -> Grant:
        """Give a role, in place of the one that was held before.

        Raises UnknownPerson, UnknownGroup, UnknownCollection, PeopleError for a role that is none.
        """
        if role not in ROLES:
            raise PeopleError(f"role {role!r}: choose one of {', '.join(ROLES)}")
        holder, identity, shown = self._holder(kind, name)
        mine = (access.c.collection == collection) & (access.c[holder] == identity)
        values = {"collection": collection, holder: identity, "role": role, "created_at": time.time()}
        with writing(self.engine) as connection:
            if not connection.scalar(select(exists().where(s.collection.c.name == collection))):
                raise UnknownCollection(f"no collection named {collection!r}; see: shujia status")
            connection.execute(delete(access).where(mine))
            connection.execute(insert(access).values(values))
        return Grant(collection, kind, shown, role)

    def revoke(self, kind: Kind, name: str, collection: str) -> bool:
        """Take a role away, at once; False when there was none. Raises UnknownPerson, UnknownGroup."""
        holder, identity, _ = self._holder(kind, name)
        mine = (access.c.collection == collection) & (access.c[holder] == identity)
        with writing(self.engine) as connection:
            return connection.execute(delete(access).where(mine)).rowcount > 0

    def all(self, collection: str | None = None) -> tuple[Grant, ...]:
        """Every role that was given, by collection; those of one collection alone where it is named."""
        joined = access.outerjoin(person, person.c.id == access.c.person_id)
        joined = joined.outerjoin(team, team.c.id == access.c.team_id)
        query = select(access.c.collection, person.c.name, team.c.name, access.c.role).select_from(joined)
        if collection is not None:
            query = query.where(access.c.collection == collection)
        with self.engine.connect() as connection:
            ordered = query.order_by(access.c.collection, person.c.name.nulls_first(), team.c.name)
            rows = connection.execute(ordered).all()
        return tuple(
            Grant(where, "person" if one is not None else "group", one if one is not None else many, role)
            for where, one, many, role in rows
        )

    def held(self, person_id: str) -> Held | None:
        """What the person with that id may do now; None when there is no such person, or it is shut out."""
        mine = select(membership.c.team_id).where(membership.c.person_id == person_id)
        granted = or_(access.c.person_id == person.c.id, access.c.team_id.in_(mine))
        columns = (person.c.id, person.c.name, person.c.admin, access.c.collection, access.c.role)
        query = select(*columns).select_from(person.outerjoin(access, granted))
        query = query.where(person.c.id == person_id, person.c.disabled_at.is_(None))
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return None
        roles: dict[str, Role] = {}
        for *_, collection, role in rows:
            if collection is not None:
                roles[collection] = max(role, roles.get(collection, role), key=ROLES.index)
        return Held(rows[0].id, rows[0].name, bool(rows[0].admin), roles)

    def _holder(self, kind: Kind, name: str) -> tuple[str, str, str]:
        """The column that names the holder, its id, its name."""
        if kind == "person":
            one = People(self.engine).get(name)
            return "person_id", one.id, one.name
        group = Groups(self.engine).get(name)
        return "team_id", group.id, group.name


def forget(connection: Connection, collection: str | ScalarSelect[str]) -> None:
    """Delete all rights to a collection, inside the caller's transaction: another one of that name inherits none."""
    connection.execute(delete(access).where(access.c.collection == collection))


def renamed(connection: Connection, before: str, after: str) -> None:
    """Let the rights follow a collection to its new name, inside the caller's transaction."""
    connection.execute(delete(access).where(access.c.collection == after))
    connection.execute(update(access).where(access.c.collection == before).values(collection=after))
