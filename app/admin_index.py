"""Administration: the generations of every collection's index, and whether catalogue and indexes agree."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.admin_action import act_if, show_told
from app.care_page_words import care_word
from app.errand_rights import errands_of, who
from app.errand_view import errand_view
from app.page_session import Room
from app.page_text import html_text
from app.rights import Verb
from store.generations import Generations
from store.reading import Reader
from store.rows import Collection

REINDEX, FSCK = "reindex", "fsck"


def index_section(room: Room) -> None:
    """What answers in each collection and what stands beside it; then the check of all of them."""
    show_told(room)
    for collection in room.library.catalogue.collections():
        _collection(room, collection)
    errand_view(room, REINDEX)
    word = partial(care_word, room.voice.language)
    st.html(f'<h2 class="sj-title">{word("fsck")}</h2><div class="sj-quiet">{word("fsck_hint")}</div>')
    with st.container(horizontal=True):
        st.button(word("fsck"), key="fsck", on_click=_check, args=(room, False))
        with st.popover(word("fsck_repair"), key="fsck-ask"):
            _sure(room)
            st.button(word("fsck_repair"), key="fsck-repair", type="primary", on_click=_check, args=(room, True))
    errand_view(room, FSCK)


def _collection(room: Room, live: Collection) -> None:
    word, beside = partial(care_word, room.voice.language), Generations(room.library.catalogue)
    previous, building = beside.beside(live.name, "previous"), beside.beside(live.name, "building")
    kept = (("answers_now", live), ("previous", previous), ("building", building))
    colon = "：" if room.voice.language == "zh" else ": "
    made = [(word(state), html_text(_made_of(room, one))) for state, one in kept if one]
    lines = "".join(f'<div class="sj-quiet">{state}{colon}{made_of}</div>' for state, made_of in made)
    s, differ = room.library.settings, ""
    if (live.embedder, live.chunker) != (s.embedder, room.library.chunker.version):
        differ = word("settings_differ", embedder=s.embedder, chunker=room.library.chunker.version)
    with st.container(border=True):
        st.html(
            f'<h2 class="sj-title">{html_text(live.name)}</h2>{lines}<div class="sj-quiet">{html_text(differ)}</div>'
        )
        with st.container(horizontal=True):
            _asked(room, live, "reindex", "--")
            if previous:
                _asked(room, live, "roll_back", "--rollback")
            if previous or building:
                _asked(room, live, "drop_old", "--drop-old")


def _asked(room: Room, live: Collection, name: str, flag: str) -> None:
    """A button that asks first."""
    word = partial(care_word, room.voice.language)
    with st.popover(word(name), key=f"ask-{name}-{live.id}"):
        if name == "reindex":
            st.html(f'<div class="sj-quiet">{word("reindex_hint")}</div>')
        _sure(room)
        st.button(word(name), key=f"{name}-{live.id}", type="primary", on_click=_reindex, args=(room, live, name, flag))


def _sure(room: Room) -> None:
    st.html(f'<div class="sj-text">{care_word(room.voice.language, "sure")}</div>')


def _made_of(room: Room, one: Collection) -> str:
    chunks = Reader(room.library.catalogue.engine, one).counts().chunks
    return care_word(room.voice.language, "made_of", embedder=one.embedder, chunker=one.chunker, chunks=chunks)


def _reindex(room: Room, live: Collection, name: str, flag: str) -> None:
    errands = errands_of(room)
    command = [REINDEX, f"--collection={live.name}", *([flag] if flag != "--" else [])]
    title = f"{live.name} · {care_word(room.voice.language, name)}"

    def go() -> None:
        errands.start(
            errands.new_id(), REINDEX, title, command,
            needs=Verb.REBUILD, collection=live.id, who=who(room), language=room.voice.language,
        )  # fmt: skip

    act_if(
        room,
        room.may(Verb.REBUILD, live.name),
        " ".join([REINDEX, flag.strip("-")]).strip(),
        live.name,
        go,
        said="started",
    )


def _check(room: Room, repair: bool) -> None:
    errands, word = errands_of(room), partial(care_word, room.voice.language)

    def go() -> None:
        command, title = [FSCK, *(["--repair"] if repair else [])], word("fsck_repair" if repair else "fsck")
        errands.start(
            errands.new_id(), FSCK, title, command,
            needs=Verb.ADMINISTER, who=who(room), language=room.voice.language,
        )  # fmt: skip

    act_if(room, room.may(Verb.ADMINISTER), "fsck repair" if repair else FSCK, "library", go, said="started")
