"""Groups of people: what a group may do, each of its members may do."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select

from store.engine import writing
from store.people import People, a_name
from store.people_errors import NameTaken, UnknownGroup
from store.schema_people import access, membership, person, team


@dataclass(frozen=True, slots=True)
class Group:
    """A group and the names of its members."""

    id: str
    name: str
    members: tuple[str, ...]


class Groups:
    """The groups of one library."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, name: str) -> Group:
        """Make a group. Raises NameTaken, PeopleError for a name that is none."""
        name = a_name(name)
        with writing(self.engine) as connection:
            if connection.scalar(select(team.c.id).where(team.c.name == name)):
                raise NameTaken(
                    f"there is a group {name!r} already: choose another name; those there are: shujia groups list"
                )
            values = {"id": secrets.token_hex(6), "name": name, "created_at": time.time()}
            connection.execute(insert(team).values(values))
        return self.get(name)

    def all(self) -> tuple[Group, ...]:
        """Every group with its members, by name."""
        joined = team.outerjoin(membership, membership.c.team_id == team.c.id)
        joined = joined.outerjoin(person, person.c.id == membership.c.person_id)
        query = select(team.c.id, team.c.name, person.c.name).select_from(joined).order_by(team.c.name, person.c.name)
        found: dict[tuple[str, str], list[str]] = {}
        with self.engine.connect() as connection:
            for identity, name, member in connection.execute(query):
                found.setdefault((identity, name), []).extend([member] if member else [])
        return tuple(Group(identity, name, tuple(members)) for (identity, name), members in found.items())

    def get(self, name: str) -> Group:
        """The group of that name. Raises UnknownGroup."""
        wanted = a_name(name)
        for group in self.all():
            if group.name == wanted:
                return group
        raise UnknownGroup(f"no group {name!r}; see: shujia groups list")

    def remove(self, name: str) -> Group:
        """Remove a group with its rights; its members stay. Raises UnknownGroup."""
        found = self.get(name)
        with writing(self.engine) as connection:
            for table in (access, membership):
                connection.execute(delete(table).where(table.c.team_id == found.id))
            connection.execute(delete(team).where(team.c.id == found.id))
        return found

    def join(self, name: str, reference: str) -> Group:
        """Let a person join a group; once is enough. Raises UnknownGroup, UnknownPerson."""
        found, joining = self.get(name), People(self.engine).get(reference)
        mine = (membership.c.person_id == joining.id) & (membership.c.team_id == found.id)
        with writing(self.engine) as connection:
            if connection.execute(select(membership).where(mine)).first() is None:
                connection.execute(insert(membership).values(person_id=joining.id, team_id=found.id))
        return self.get(name)

    def leave(self, name: str, reference: str) -> Group:
        """Take a person out of a group. Raises UnknownGroup, UnknownPerson."""
        found, leaving = self.get(name), People(self.engine).get(reference)
        mine = (membership.c.person_id == leaving.id) & (membership.c.team_id == found.id)
        with writing(self.engine) as connection:
            connection.execute(delete(membership).where(mine))
        return self.get(name)
