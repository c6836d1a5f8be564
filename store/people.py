"""Who may use a library: people with a name to sign in with, an e-mail for OIDC, a password or none."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, update

from store import schema as s
from store.conversations_forget import forget_owner_chats
from store.engine import writing
from store.people_errors import NameTaken, PeopleError, UnknownPerson
from store.people_passwords import hashed, verified
from store.schema_people import access, membership, person, session

_LONGEST = 128  # characters of a name


@dataclass(frozen=True, slots=True)
class Person:
    """One person. ``admin`` may do everything; ``password`` says whether there is one, never which."""

    id: str
    name: str
    email: str | None
    admin: bool
    password: bool
    created_at: float
    disabled_at: float | None = None


def owner(person_id: str) -> str:
    """What a person's chats carry as their owner: the id, so that a name that is given again inherits nothing."""
    return f"person:{person_id}"


class People:
    """The people of one library."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, name: str, *, email: str = "", password: str | None = None, admin: bool = False) -> Person:
        """Add a person. Raises NameTaken, WeakPassword, PeopleError for a name that is none."""
        name, address = a_name(name), an_email(email)
        values: dict[str, Any] = {
            "id": secrets.token_hex(6),
            "name": name,
            "email": address,
            "password": hashed(password, name) if password is not None else None,
            "admin": int(admin),
            "created_at": time.time(),
        }
        with writing(self.engine) as connection:
            for column, value in ((person.c.name, name), (person.c.email, address)):
                if value and connection.scalar(select(person.c.id).where(column == value)):
                    raise NameTaken(
                        f"there is a person with {column.name} {value!r} already: choose another; those "
                        "there are: shujia people list"
                    )
            connection.execute(insert(person).values(values))
        return self.get(values["id"])

    def all(self) -> tuple[Person, ...]:
        """Every person, by name."""
        with self.engine.connect() as connection:
            return tuple(_person(row) for row in connection.execute(select(person).order_by(person.c.name)).mappings())

    def get(self, reference: str) -> Person:
        """The person with that name, e-mail or id. Raises UnknownPerson."""
        found = self._row(reference)
        if found is None:
            raise UnknownPerson(f"no person {reference!r}; see: shujia people list")
        return _person(found)

    def by_email(self, email: str) -> Person | None:
        """The person whose e-mail OIDC names; None for a stranger."""
        with self.engine.connect() as connection:
            row = connection.execute(select(person).where(person.c.email == email.strip().lower())).mappings().first()
        return _person(row) if row else None

    def check(self, name: str, password: str) -> Person | None:
        """The person with that name and password; None otherwise, after the same time, whoever it is."""
        row = self._row(_folded(name))
        right = verified(row["password"] if row else None, password)
        return _person(row) if row and right and row["disabled_at"] is None else None

    def set_password(self, reference: str, password: str) -> Person:
        """Give a person another password; whoever is signed in with the old one is signed out. Raises WeakPassword."""
        found = self.get(reference)
        kept = hashed(password, found.name)
        with writing(self.engine) as connection:
            connection.execute(update(person).where(person.c.id == found.id).values(password=kept))
            _sign_out(connection, found.id)
        return self.get(found.id)

    def set_admin(self, reference: str, admin: bool) -> Person:
        """Make a person an administrator, or none. Raises PeopleError for the last one that could still sign in."""
        found = self.get(reference)
        with writing(self.engine) as connection:
            if not admin:
                _require_another(connection, found)
            connection.execute(update(person).where(person.c.id == found.id).values(admin=int(admin)))
        return self.get(found.id)

    def disable(self, reference: str, *, back: bool = False) -> Person:
        """Shut a person out at once, sessions and keys too; ``back`` lets them in again (sessions stay ended)."""
        found = self.get(reference)
        with writing(self.engine) as connection:
            if not back:
                _require_another(connection, found)
                _sign_out(connection, found.id)
            at = None if back else time.time()
            connection.execute(update(person).where(person.c.id == found.id).values(disabled_at=at))
        return self.get(found.id)

    def remove(self, reference: str) -> Person:
        """Remove a person with rights, memberships, sessions and chats; their keys are revoked."""
        found = self.get(reference)
        with writing(self.engine) as connection:
            _require_another(connection, found)
            mine = (s.api_key.c.person_id == found.id) & s.api_key.c.revoked_at.is_(None)
            connection.execute(update(s.api_key).where(mine).values(revoked_at=time.time()))
            for table in (session, access, membership):
                connection.execute(delete(table).where(table.c.person_id == found.id))
            forget_owner_chats(connection, owner(found.id))
            connection.execute(delete(person).where(person.c.id == found.id))
        return found

    def _row(self, reference: str) -> RowMapping | None:
        # Three queries in this order: nobody can take the id of another as a name and be found in their place.
        wanted = ((person.c.id, reference), (person.c.name, _folded(reference)), (person.c.email, reference.lower()))
        with self.engine.connect() as connection:
            for column, value in wanted:
                row = connection.execute(select(person).where(column == value)).mappings().first()
                if row:
                    return row
        return None


def a_name(text: str) -> str:
    """A name as it is kept: NFKC, case folded, so that Ａｎｎａ and anna are one person. Raises PeopleError."""
    name = _folded(text)
    if not name or len(name) > _LONGEST or not name.isprintable() or "  " in name:
        raise PeopleError(f"{text!r} is no name: 1 to {_LONGEST} characters that can be seen")
    if re.fullmatch(r"[0-9a-f]{12}", name):
        raise PeopleError(f"{text!r} looks like the id of a person: choose another name")
    return name


def an_email(text: str) -> str | None:
    """An e-mail as it is kept: lower case; None for an empty one. Raises PeopleError."""
    address = text.strip().lower()
    if address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise PeopleError(f"{text!r} is no e-mail address: write it as name@example.org")
    return address or None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _sign_out(connection: Connection, person_id: str) -> None:
    mine = (session.c.person_id == person_id) & session.c.revoked_at.is_(None)
    connection.execute(update(session).where(mine).values(revoked_at=time.time()))


def _require_another(connection: Connection, found: Person) -> None:
    """The last administrator stays: nobody could let anybody in again but by the command line."""
    others = (person.c.admin == 1) & person.c.disabled_at.is_(None) & (person.c.id != found.id)
    if found.admin and found.disabled_at is None and not connection.scalar(select(func.count()).where(others)):
        raise PeopleError(f"{found.name!r} is the last administrator: first make another (shujia people admin NAME)")


def _person(row: RowMapping) -> Person:
    return Person(
        row["id"],
        row["name"],
        row["email"],
        bool(row["admin"]),
        row["password"] is not None,
        row["created_at"],
        row["disabled_at"],
    )
