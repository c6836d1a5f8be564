"""Who may do what, decided in one function: caller × verb × collection. What is not allowed here is denied.

The page, the HTTP API and the MCP server all ask ``decide``. A document has no rights of its own: whoever may read a
collection may read its documents, and a document is only ever looked up within a collection that was decided about.
Whoever may not see a collection is told that there is none of that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType

from store.api_keys import SCOPES, ApiKey, Scope
from store.people import owner
from store.people_rights import ROLES, Held, Role


class Verb(StrEnum):
    """Everything that can be done."""

    # To a collection, by its readers
    ASK = "ask"
    SEARCH = "search"
    LIST = "list"  # collections and documents
    READ = "read"  # the text of a document, its file, an answer that was given
    RATE = "rate"
    # By its editors
    UPLOAD = "upload"
    FOLLOW = "follow"  # a job
    DELETE = "delete"  # a document
    EDIT = "edit"  # titles, tags
    EVALUATE = "evaluate"
    # By its owners
    REVIEW = "review"  # what readers said, with their questions
    EXPORT = "export"  # the whole collection
    REBUILD = "rebuild"  # reindex, rename, settings of the collection
    DROP = "drop"  # the whole collection
    GRANT = "grant"
    # To the library, by its administrators
    CREATE = "create"  # a collection
    FOLDERS = "folders"  # see and read folders of the server
    MEASURE = "measure"  # metrics of the whole server
    ADMINISTER = "administer"  # people, groups, keys, models, the audit log


# A scope of a key and a role of a person say the same: read is reader, write is editor, admin is owner.
NEEDS: Mapping[Verb, Scope] = MappingProxyType(
    {
        **dict.fromkeys((Verb.ASK, Verb.SEARCH, Verb.LIST, Verb.READ, Verb.RATE), "read"),
        **dict.fromkeys((Verb.UPLOAD, Verb.FOLLOW, Verb.DELETE, Verb.EDIT, Verb.EVALUATE), "write"),
        **dict.fromkeys((Verb.REVIEW, Verb.EXPORT, Verb.REBUILD, Verb.DROP, Verb.GRANT), "admin"),
        **dict.fromkeys((Verb.CREATE, Verb.FOLDERS, Verb.MEASURE, Verb.ADMINISTER), "admin"),
    }
)
OF_LIBRARY = frozenset({Verb.CREATE, Verb.FOLDERS, Verb.MEASURE, Verb.ADMINISTER})
"""What an owner of a collection may not do for that alone."""

AUDITED = frozenset({Verb.ASK, Verb.UPLOAD, Verb.DELETE, *(verb for verb in NEEDS if NEEDS[verb] == "admin")})
"""What stands in the audit log when it was allowed; what was denied always does."""


class Ruling(StrEnum):
    """What was decided."""

    ALLOWED = auto()
    UNKNOWN = auto()  # nobody, or somebody who is shut out
    TOO_LITTLE = auto()  # seen, but not allowed; says nothing about any collection that the caller may not see
    HIDDEN = auto()  # there is no such collection for this caller


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants something. ``id`` stands in logs; ``owner`` names whose chats theirs are, "" the local user's.

    ``scope`` is the most that may be done, ``collections`` those that a key is bound to, None for no bounds. ``roles``
    are a person's roles by collection; None for one that no person's rights bound: an administrator, the local user, a
    key that is nobody's.
    """

    id: str
    scope: Scope
    collections: tuple[str, ...] | None = None
    roles: Mapping[str, Role] | None = None
    person: str = ""  # the person's id, "" for a caller that is none
    name: str = ""  # of the person whose key it is

    @property
    def owner(self) -> str:
        """Whose things theirs are: ids, so that a name that is given again inherits nothing."""
        return owner(self.person) if self.person else "" if self == LOCAL else f"key:{self.id}"


LOCAL = Caller("local", "admin")
"""The single user of a library without a login: the owner of the machine."""


def decide(caller: Caller | None, verb: Verb, collection: str | None = None) -> Ruling:
    """What may be done; ``collection`` is the one that is touched, None when none is, or not one alone."""
    if caller is None:
        return Ruling.UNKNOWN
    needed = NEEDS.get(verb)
    if needed is None or SCOPES.index(caller.scope) < SCOPES.index(needed):
        return Ruling.TOO_LITTLE
    if verb in OF_LIBRARY:
        return Ruling.ALLOWED if caller.roles is None else Ruling.TOO_LITTLE
    if collection is None:
        return Ruling.ALLOWED
    if caller.collections is not None and collection not in caller.collections:
        return Ruling.HIDDEN
    if caller.roles is None:
        return Ruling.ALLOWED
    role = caller.roles.get(collection)
    if role is None:
        return Ruling.HIDDEN
    return Ruling.ALLOWED if ROLES.index(role) >= SCOPES.index(needed) else Ruling.TOO_LITTLE


def allowed(caller: Caller | None, verb: Verb, collection: str | None = None) -> bool:
    """Whether it may be done."""
    return decide(caller, verb, collection) is Ruling.ALLOWED


def visible(caller: Caller | None, names: Iterable[str], verb: Verb = Verb.LIST) -> list[str]:
    """Those of the collections that the caller may do this to."""
    return [name for name in names if allowed(caller, verb, name)]


def caller_of_person(held: Held | None, *, label: str = "") -> Caller | None:
    """The caller that a signed-in person is; None for one that is not known, or shut out."""
    if held is None:
        return None
    return Caller(label or held.name, "admin", None, None if held.admin else held.roles, held.id)


def caller_of_key(key: ApiKey, held: Held | None) -> Caller | None:
    """The caller that a key stands for: what the key may do of what its person may do now.

    ``held`` is what that person may do; None for a key that has an owner who is gone or shut out.
    """
    if not key.person:
        return Caller(key.id, key.scope, key.collections)
    if held is None or held.id != key.person:
        return None
    return Caller(key.id, key.scope, key.collections, None if held.admin else held.roles, held.id, held.name)
