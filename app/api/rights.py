"""Who may do what, decided in one function. What is not allowed here is denied.

A key has one scope, which holds the ones before it, and may be bound to collections. Whoever may not see a collection
gets the same answer as for one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.api.errors import ApiError
from store.api_keys import SCOPES, ApiKey, Scope


class Verb(StrEnum):
    """Everything that can be done over the API."""

    ASK = "ask"
    SEARCH = "search"
    LIST = "list"  # collections and documents
    READ = "read"  # the text of a document, an answer that was given
    RATE = "rate"
    UPLOAD = "upload"
    FOLLOW = "follow"  # a job
    DELETE = "delete"
    MEASURE = "measure"  # metrics of the whole server


NEEDS: Mapping[Verb, Scope] = MappingProxyType(
    {
        Verb.ASK: "read",
        Verb.SEARCH: "read",
        Verb.LIST: "read",
        Verb.READ: "read",
        Verb.RATE: "read",
        Verb.UPLOAD: "write",
        Verb.FOLLOW: "write",
        Verb.DELETE: "write",
        Verb.MEASURE: "admin",
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from. ``collections`` None is all of them; ``id`` stands in logs."""

    id: str
    scope: Scope
    collections: tuple[str, ...] | None = None


LOCAL = Caller("local", "admin")
"""The single user of an open server on this machine."""


def caller_of(key: ApiKey) -> Caller:
    """The caller that a key stands for."""
    return Caller(key.id, key.scope, key.collections)


def allow(caller: Caller | None, verb: Verb, collection: str | None = None) -> Caller:
    """The caller, if it may do this; ``collection`` is the one it touches, None when it touches none.

    Raises ApiError: 401 without a caller, 403 for a scope that is too small (whatever the collection, so that it says
    nothing about it), 404 for a collection that the caller may not see.
    """
    if caller is None:
        raise ApiError(401, "invalid_api_key", "a valid key is needed: Authorization: Bearer shj_…")
    needed = NEEDS.get(verb)
    if needed is None or SCOPES.index(caller.scope) < SCOPES.index(needed):
        raise ApiError(403, "insufficient_scope", f"this key has the scope {caller.scope!r}, {verb} needs {needed!r}")
    if collection is not None and caller.collections is not None and collection not in caller.collections:
        raise hidden(collection)
    return caller


def seen(caller: Caller | None, names: Iterable[str]) -> list[str]:
    """Those of the collections that the caller may list. Raises ApiError 401 and 403."""
    allow(caller, Verb.LIST)
    return [name for name in names if _allowed(caller, name)]


def hidden(collection: str) -> ApiError:
    """The answer for a collection that is not there, and for one that is not the caller's."""
    return ApiError(404, "model_not_found", f"there is no collection {collection!r} that this request may use", "model")


def _allowed(caller: Caller | None, name: str) -> bool:
    try:
        allow(caller, Verb.LIST, name)
    except ApiError:
        return False
    return True
