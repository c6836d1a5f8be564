"""The chosen collection in the page's address (``?collection=NAME``), so that a reload and a bookmark keep it.

The address is what a browser says, not what a reader may do: a name that the reader may not read is let go like one
that does not exist, and nothing on the page tells the two apart.
"""

from __future__ import annotations

import streamlit as st

from app.page_session import Room
from app.rights import Verb
from store.jobs import Jobs

COLLECTION = "collection"  # the name in the address, and of the choice in the session
_WRITTEN = "collection_in_address"  # in the session: what this page last read there or wrote there
_ON = "page_in_address"  # in the session: the page that was drawn last


def restore_collection(room: Room) -> None:
    """Choose the collection that the address names, where somebody else than this page wrote it there."""
    wanted = st.query_params.get(COLLECTION)
    if wanted is None or wanted == st.session_state.get(_WRITTEN):
        return
    if _there(room, wanted):
        st.session_state[COLLECTION] = wanted


def name_collection(room: Room, page: str) -> None:
    """Write the choice into the address of ``page``; Streamlit empties that on the way from page to page.

    Every writing is a step that the browser's *back* takes. Where it led to this page before the name stood there, the
    address is left alone: named again, the reader would never get past it.
    """
    chosen = st.session_state.get(COLLECTION)
    name = str(chosen) if chosen and _there(room, str(chosen)) and room.collections() != [chosen] else None
    before = st.session_state.get(_ON), st.session_state.get(_WRITTEN)
    st.session_state[_ON], st.session_state[_WRITTEN] = page, name
    if before == (page, name) and COLLECTION not in st.query_params:
        return
    if name is None:
        st.query_params.pop(COLLECTION, None)
    elif st.query_params.get(COLLECTION) != name:
        st.query_params[COLLECTION] = name


def _there(room: Room, name: str) -> bool:
    """Whether the reader may read it, or watch it being made of its first files."""
    if name in room.collections():
        return True
    jobs = Jobs(room.library.catalogue.engine)
    return room.may(Verb.FOLLOW, name) and any(job.collection == name for job in jobs.items("waiting", "working"))
