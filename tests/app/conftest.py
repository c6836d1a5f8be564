"""A page on an empty library of its own, with fakes for the models: no weights, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.fakes import HashEmbedder, ScriptedChat

MAIN = Path(__file__).parents[2] / "app" / "main.py"


@pytest.fixture
def library_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page's library is; everything else at its default."""
    monkeypatch.chdir(tmp_path)  # no shujia.toml from where the tests were started
    monkeypatch.setenv("SHUJIA_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    monkeypatch.setenv("SHUJIA_WORKERS", "1")
    return tmp_path / "library"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedChat]:
    """Fakes in place of the models; the chat model says what the test hands it."""
    from app.wiring import EXTRACTIVE, Library

    def use(*answers: str | Exception) -> ScriptedChat:
        chat = ScriptedChat(answers)
        monkeypatch.setattr(Library, "embedder", HashEmbedder())
        monkeypatch.setattr(Library, "chat", lambda _self, name=None: None if name == EXTRACTIVE else chat)
        return chat

    return use


@pytest.fixture
def fill(library_folder: Path, tmp_path: Path) -> Callable[..., None]:
    """Put texts on the shelf: name=text, names with their endings."""
    from app.settings import load
    from app.wiring import Library
    from ingest.files import upload

    def put(files: dict[str, str], collection: str | None = None) -> None:
        with Library(load()) as library:
            uploads = [upload(name, text.encode()) for name, text in files.items()]
            assert {result.status for result in library.ingest(uploads, collection)} == {"ingested"}

    return put


@pytest.fixture
def page(library_folder: Path) -> Iterator[Callable[[], object]]:
    """Opens the page as a reader's browser would."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    st.cache_resource.clear()
    yield lambda: AppTest.from_file(str(MAIN), default_timeout=60)
    st.cache_resource.clear()
