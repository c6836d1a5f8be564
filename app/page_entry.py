"""The entry that Streamlit runs where people sign in by password: the page behind its gate."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.starlette import App

from app.page_door import Door
from app.page_gate import SIGN_IN, PageGate, SignIn
from app.settings import load
from app.wiring import Library

_SETTINGS = load()
_DOOR = Door(Library(_SETTINGS).catalogue.engine, _SETTINGS.session_hours)
_FORM = SignIn(_DOOR, _SETTINGS.language, behind_proxy=_SETTINGS.behind_proxy)

app = App(
    Path(__file__).with_name("main.py"),
    routes=[Route(SIGN_IN, _FORM.answer, methods=["GET", "POST"])],
    middleware=[Middleware(PageGate, door=_DOOR)],
)
