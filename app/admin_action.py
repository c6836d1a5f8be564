"""An administrator's action on the page: asked for, decided, done, written down, told."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import streamlit as st

from app.error_words import error_text
from app.mistakes import exit_code
from app.page_session import Room, show_error
from app.people_words import people_word
from app.rights import Verb
from store.audit import Audit

_TOLD = "admin_told"  # in the session: (whether it went well, what is said)


def act(room: Room, verb: str, object_: str, action: Callable[[], object], *, said: str = "done") -> None:
    """Do it if the reader administers the library at this moment; mistakes are told, not raised."""
    act_if(room, room.may(Verb.ADMINISTER), verb, object_, action, said=said)


def act_if(room: Room, may: bool, verb: str, object_: str, action: Callable[[], object], *, said: str = "done") -> None:
    """Do it if it may be done; ``verb`` and ``object_`` stand in the audit log, whatever comes of it.

    ``said`` is the key of what is told then, in ``app.people_words``.
    """
    caller = room.caller
    who, audit = caller.id if caller else "", Audit(room.library.catalogue.engine)
    if not may:
        audit.note(who, verb, object_, "refused")
        st.session_state[_TOLD] = (False, people_word(room.voice.language, "not_for_you"))
        return
    try:
        action()
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        audit.note(who, verb, object_, "failed")
        st.session_state[_TOLD] = (False, error_text(str(exc), room.voice.language))
        return
    audit.note(who, verb, object_)
    st.session_state[_TOLD] = (True, people_word(room.voice.language, said))


def show_told(room: Room) -> None:
    """What came of the last action, once."""
    said = cast("tuple[bool, str] | None", st.session_state.pop(_TOLD, None))
    if said is None:
        return
    if said[0]:
        st.toast(said[1])
    else:
        show_error(said[1], room.voice)
