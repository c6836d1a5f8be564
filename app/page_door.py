"""The door of the page: a name and a password, or what an OIDC provider says, become a session or a refusal.

Whoever is refused learns nothing: a name that nobody has, a wrong password and somebody who was shut out get the same
answer after the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from app.rights import Caller, caller_of_person
from store.audit import Audit
from store.people import People, Person
from store.people_groups import Groups
from store.people_passwords import Throttle
from store.people_rights import Rights
from store.sessions import Session, Sessions


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody was let in. ``wait`` is the seconds until another try is taken, 0 when it is now."""

    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the page, by which session, with what rights at this moment."""

    caller: Caller
    session: Session


class Door:
    """Lets people in. ``hours`` is how long a sign-in lasts."""

    def __init__(self, engine: Engine, hours: float, new_people: str = "") -> None:
        self.people, self.sessions, self.audit = People(engine), Sessions(engine, hours), Audit(engine)
        self._throttle, self._rights, self._groups = Throttle(engine), Rights(engine), Groups(engine)
        self._new_people = new_people

    def sign_in(self, name: str, password: str, address: str) -> str | Refused:
        """The secret of a new session, for the browser; Refused otherwise. Takes a tenth of a second."""
        wait = self._throttle.wait(name, address)
        if wait > 0:
            return Refused(wait)  # not into the log: a stranger could fill it
        found = self.people.check(name, password)
        if found is None:
            self._throttle.wrong(name, address)
            # What was typed as a name may be a password: only names that exist are written down.
            known = next((each.name for each in self.people.all() if each.name == name.strip().casefold()), "")
            self.audit.note(known, "sign in", "", "refused")
            return Refused()
        self._throttle.right(name)
        self.audit.note(found.name, "sign in")
        return self.sessions.begin(found.id)

    def visitor(self, secret: str | None) -> Visitor | None:
        """Who holds this secret now; None when the session ended, or its person is shut out."""
        return self._visitor(self.sessions.find(secret)) if secret else None

    def now(self, session: str) -> Caller | None:
        """Who is signed in by the session of that id, with the rights of this moment; None when it ended."""
        visitor = self._visitor(self.sessions.live(session))
        return visitor.caller if visitor else None

    def visitor_by_claims(self, claims: Mapping[str, Any]) -> Visitor | None:
        """Who signed in elsewhere with these claims of an OIDC identity token; None for strangers and ended sign-ins.

        The claims are the provider's, checked and signed by the page's server. A sign-in is named by issuer, subject,
        time and nonce, so that it stays the same over reloads, ends on time, and can be ended here (OpenID Connect
        Core 1.0, section 2).
        """
        email, since = str(claims.get("email") or ""), claims.get("iat")
        if not email or claims.get("email_verified") is False or not isinstance(since, int | float):
            return None
        found = self.people.by_email(email) or self._newcomer(email)
        if found is None or found.disabled_at is not None:
            return None
        token = "|".join(str(claims.get(name, "")) for name in ("iss", "sub", "iat", "nonce"))
        new = not self.sessions.knows(token)
        session = self.sessions.adopt(token, found.id, float(since))
        if new and session:
            self.audit.note(found.name, "sign in", "oidc")
        return self._visitor(session)

    def sign_out(self, visitor: Visitor) -> None:
        """End this session."""
        self.sessions.end(visitor.session.id)
        self.audit.note(visitor.caller.id, "sign out")

    def change_password(self, visitor: Visitor, old: str, new: str) -> bool:
        """Change one's own password, and sign out everywhere; False when the old one is wrong. Raises WeakPassword."""
        me = self.people.get(visitor.caller.person)
        if self._throttle.wait(me.name, "") > 0:
            return False
        if self.people.check(me.name, old) is None:
            self._throttle.wrong(me.name, "")
            self.audit.note(me.name, "change password", me.name, "refused")
            return False
        self.people.set_password(me.id, new)
        self.audit.note(me.name, "change password", me.name)
        return True

    def _visitor(self, session: Session | None) -> Visitor | None:
        caller = caller_of_person(self._rights.held(session.person)) if session else None
        return Visitor(caller, session) if caller and session else None

    def _newcomer(self, email: str) -> Person | None:
        """A person for a stranger that the provider vouches for, where a group for newcomers is set."""
        if not self._new_people:
            self.audit.note("", "sign in", "oidc", "refused")
            return None
        group = self._groups.get(self._new_people)
        made = self.people.add(email, email=email)
        self._groups.join(group.name, made.id)
        self.audit.note(made.name, "add person", made.name)
        return made
