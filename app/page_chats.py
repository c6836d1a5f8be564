"""The chats beside the page: new, searched, opened, renamed, exported, deleted, brought back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from app.chats import chats_of
from app.export_answer import Exported
from app.mistakes import exit_code
from app.page_chat import Turn, turns
from app.page_export import download_buttons
from app.page_kept import keeps, leave, open_chat, opened, remove, removed, rename, undo
from app.page_session import Room, show_error
from app.page_text import html_text, label_text
from store.conversations_rows import Chat

_SHOWN = 12  # chats; each is a button
_SEARCH_FROM = 4  # fewer are seen at a glance
_NAME = 60  # characters


def show_chats(room: Room) -> None:
    """Draw the chats in the sidebar; where none are kept, only the button that clears the page."""
    voice = room.voice
    with st.sidebar:
        if not keeps(room):
            if turns():
                st.button(voice("clear"), icon=":material/delete_sweep:", key="clear", on_click=turns().clear)
            return
        st.button(
            voice("new_chat"),
            key="new-chat",
            icon=":material/add_comment:",
            on_click=leave,
            disabled=not opened() and not turns(),
            width="stretch",
            shortcut="Alt+N",
        )
        known = chats_of(room.library).known()
        _undo(room)
        chosen = _searched(known, room)
        _list(chosen, room)
        mine = next((chat for chat in known if chat.id == opened()), None)
        if mine is not None:
            _this_chat(mine, room)


def exported(done: list[Turn]) -> list[Exported]:
    """The answered turns, as an export takes them."""
    return [Exported(turn.question, turn.answer, _day(turn)) for turn in done if turn.answer is not None]


def _searched(known: tuple[Chat, ...], room: Room) -> tuple[Chat, ...]:
    if len(known) < _SEARCH_FROM:
        return known
    words = st.text_input(
        room.voice("search_chats"),
        key="chat-search",
        placeholder=room.voice("search_chats"),
        icon=":material/search:",
        label_visibility="collapsed",
    ).strip()
    if not words:
        return known
    found = tuple(chat for chat, _ in chats_of(room.library).search(words))
    if not found:
        st.html(f'<div class="sj-quiet">{html_text(room.voice("no_chat_found", words=words))}</div>')
    return found


def _list(chats: tuple[Chat, ...], room: Room) -> None:
    several = len(room.collections()) > 1
    shown = chats if st.session_state.get("all-chats") else chats[:_SHOWN]
    with st.container(key="chats", gap="xxsmall"):
        for chat in shown:
            name = _name(chat, room) + (f" · {chat.collection}" if several else "")
            st.button(
                label_text(name, limit=_NAME),
                key=f"chat-{chat.id}",
                type="primary" if chat.id == opened() else "tertiary",
                on_click=_acted,
                args=(room, open_chat, room, chat.id),
                width="stretch",
            )
        if len(shown) < len(chats):
            more = room.voice("more_chats")
            st.button(more, key="more-chats", type="tertiary", on_click=_show_all, icon=":material/expand_more:")


def _show_all() -> None:
    st.session_state["all-chats"] = True


def _this_chat(chat: Chat, room: Room) -> None:
    """Name, export and deletion of the open chat, behind one button."""
    voice = room.voice
    with st.popover(voice("this_chat"), icon=":material/more_horiz:", width="stretch", key="this-chat"):
        key = f"name-{chat.id}"
        st.text_input(
            voice("rename"),
            value=_name(chat, room),
            key=key,
            max_chars=200,
            on_change=_rename,
            args=(room, chat.id, key),
        )
        st.html(f'<div class="sj-quiet">{voice("export_chat")}</div>')
        download_buttons(exported(turns()), _name(chat, room), chat.collection, room, key=f"chat-{chat.id}")
        st.button(
            voice("delete_chat"),
            key=f"delete-chat-{chat.id}",
            icon=":material/delete:",
            on_click=_acted,
            args=(room, remove, room, chat.id),
        )


def _undo(room: Room) -> None:
    gone = removed()
    if gone is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo-chat"):
        name = label_text(_name(gone.chat, room), limit=24)
        st.html(f'<div class="sj-quiet">{html_text(room.voice("chat_deleted", name=name))}</div>')
        st.button(room.voice("undo"), key="undo", icon=":material/undo:", on_click=_acted, args=(room, undo, room))


def _rename(room: Room, identity: str, key: str) -> None:
    _acted(room, rename, room, identity, str(st.session_state.get(key) or ""))


def _acted(room: Room, act: Callable[..., None], *arguments: object) -> None:
    """An expected error becomes a line on the page; a defect goes on to the log."""
    try:
        act(*arguments)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        show_error(str(exc), room.voice)


def _name(chat: Chat, room: Room) -> str:
    return chat.name or room.voice("untitled")


def _day(turn: Turn) -> str:
    at = turn.kept.created_at if turn.kept else turn.judgment.created_at
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
