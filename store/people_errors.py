"""What can go wrong with people, groups and rights.

StoreError
└── PeopleError         a mistake of whoever administers them; the message names the value and the next step
    ├── UnknownPerson   no person of that name, e-mail or id
    ├── UnknownGroup    no group of that name
    ├── NameTaken       a name or an e-mail that somebody has already
    └── WeakPassword    too short, too long, or the name itself
"""

from __future__ import annotations

from store.errors import StoreError


class PeopleError(StoreError):
    """Something about people, groups or rights that the administrator can put right."""


class UnknownPerson(PeopleError):
    """No person has that name, e-mail or id."""


class UnknownGroup(PeopleError):
    """No group has that name."""


class NameTaken(PeopleError):
    """Somebody has that name or e-mail already."""


class WeakPassword(PeopleError):
    """A password that is too short, too long, or the name itself."""
