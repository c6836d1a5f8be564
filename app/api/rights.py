"""The rights of ``app.rights`` as the HTTP API answers them: 401, 403, and 404 for what is not to be seen."""

from __future__ import annotations

from collections.abc import Iterable

from app.api.errors import ApiError
from app.rights import LOCAL, NEEDS, Caller, Ruling, Verb, decide, visible
from store.api_keys import SCOPES

__all__ = ["LOCAL", "NEEDS", "Caller", "Verb", "allow", "hidden", "seen"]


def allow(caller: Caller | None, verb: Verb, collection: str | None = None) -> Caller:
    """The caller, if it may do this; ``collection`` is the one it touches, None when it touches none.

    Raises ApiError: 401 without a caller, 403 for a scope or a role that is too small, 404 for a collection that the
    caller may not see.
    """
    ruling = decide(caller, verb, collection)
    if caller is None or ruling is Ruling.UNKNOWN:
        raise ApiError(401, "invalid_api_key", "a valid key is needed: Authorization: Bearer shj_…")
    if ruling is Ruling.HIDDEN:
        raise hidden(collection or "")
    if ruling is not Ruling.ALLOWED:
        raise ApiError(403, "insufficient_scope", _too_little(caller, verb))
    return caller


def _too_little(caller: Caller, verb: Verb) -> str:
    """Which of the two is too small: the key's scope, or what its person may do."""
    needed = NEEDS.get(verb, "admin")
    if SCOPES.index(caller.scope) < SCOPES.index(needed):
        return f"this key has the scope {caller.scope!r}; {verb} needs {needed!r}"
    return f"this key's person may not do this: {verb} needs a higher role, which an owner or administrator grants"


def seen(caller: Caller | None, names: Iterable[str], verb: Verb = Verb.LIST) -> list[str]:
    """Those of the collections that the caller may do this to. Raises ApiError 401 and 403."""
    return visible(allow(caller, verb), names, verb)


def hidden(collection: str) -> ApiError:
    """The answer for a collection that is not there, and for one that is not the caller's."""
    return ApiError(404, "model_not_found", f"there is no collection {collection!r} that this request may use", "model")
