"""Who is at the page: the local user, or somebody who signed in. Looked up at every step of every reader.

none      the local user, who may do everything; nothing is asked
password  the session whose secret is in the browser's cookie (``app.page_gate`` puts it there)
oidc      the identity that Streamlit's ``st.login`` has from the provider
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.page_door import Door, Visitor
from app.page_gate import COOKIE, SIGN_IN
from app.people_words import people_word
from app.rights_library import Ask, local
from app.settings import Settings
from app.wiring import Library
from app.words import Language

_KEPT = ("language",)  # what stays in the browser's session when another person or other rights come


@dataclass(frozen=True, slots=True)
class AtThePage:
    """Who is there: ``ask`` says it anew at every step. ``visitor`` is None for the local user, who has no session."""

    ask: Ask = local
    door: Door | None = None
    visitor: Visitor | None = None


def who_is_there(settings: Settings, library: Library, language: Language) -> AtThePage | None:
    """Who is at the page; None, with the way to sign in drawn, when nobody is.

    What the last person had open is forgotten when another one comes, and when the rights of this one change.
    """
    if settings.login == "none":
        return AtThePage()
    door = Door(library.catalogue.engine, settings.session_hours, settings.oidc_new_people)
    visitor = door.visitor(cookie()) if settings.login == "password" else door.visitor_by_claims(claims())
    _forget_others(visitor)
    if visitor is None:
        (_password_way if settings.login == "password" else _oidc_way)(language)
        return None
    session = visitor.session.id
    return AtThePage(lambda: door.now(session), door, visitor)


def cookie() -> str | None:
    """The secret that the browser holds, None without one."""
    return st.context.cookies.get(COOKIE)


def claims() -> dict[str, Any]:
    """What the provider says of the reader; nothing where nobody is signed in."""
    return dict(st.user.to_dict()) if st.user.get("is_logged_in") else {}


def leave(there: AtThePage) -> None:
    """Sign out: the session ends in the catalogue first, so that a kept cookie is good for nothing."""
    if there.door is not None and there.visitor is not None:
        there.door.sign_out(there.visitor)
        if there.visitor.session.method == "oidc":
            st.logout()


def _forget_others(visitor: Visitor | None) -> None:
    """Empty the browser's session when it is not the same person with the same rights any more."""
    caller = visitor.caller if visitor else None
    rights = sorted(caller.roles.items()) if caller and caller.roles is not None else None
    now = (visitor.session.id, rights) if visitor else None
    if "visitor" in st.session_state and st.session_state["visitor"] != now:
        for key in [key for key in st.session_state if key not in _KEPT]:
            del st.session_state[key]
    st.session_state["visitor"] = now


def _password_way(language: Language) -> None:
    """A link to the form; a script cannot lead there by itself."""
    st.html(
        f'<h2 class="sj-hero">{people_word(language, "signed_out")}</h2>'
        f'<div class="sj-text"><a href="{SIGN_IN}" target="_self">{people_word(language, "sign_in")}</a></div>'
    )


def _oidc_way(language: Language) -> None:
    """The provider's button; for one whom it knows and we do not (any more), first the way out of the provider."""
    known = bool(st.user.get("is_logged_in"))
    st.html(f'<h2 class="sj-hero">{people_word(language, "stranger" if known else "signed_out")}</h2>')
    if known:
        st.button(people_word(language, "sign_out"), key="oidc_out", on_click=st.logout)
    else:
        st.button(people_word(language, "sign_in_oidc"), key="oidc_in", type="primary", on_click=st.login)
