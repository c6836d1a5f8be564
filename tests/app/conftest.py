"""A page on an empty library of its own, with fakes for the models: no weights, no network."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app, run
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
    from app.wiring import Library
    from generation.types import EXTRACTIVE

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


SLEEPS = """
import os, sys, time
from filelock import FileLock
folder = sys.argv[1]
with FileLock(folder + "/lock"):
    open(folder + "/progress.json", "w").write('{"what": "questions", "done": 5, "total": 20}')
    while os.path.exists(folder) and not os.path.exists(folder + "/stopped"):
        time.sleep(0.1)
"""


@pytest.fixture
def sleeping_errands(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page sends off does nothing until it is stopped, or its folder is gone."""
    from app import errands

    monkeypatch.setattr(errands, "child", lambda folder, _: [sys.executable, "-c", SLEEPS, str(folder)])


@pytest.fixture
def settled() -> Callable[[Any], Any]:
    """Waits until a worker has read what a page put on its way, and draws the page again."""
    from app.settings import load
    from app.wiring import Library
    from store.jobs import Jobs

    def wait(shown: Any) -> Any:
        assert not shown.exception
        end = time.monotonic() + 60
        with Library(load()) as library:
            while (jobs := Jobs(library.catalogue.engine)).items("waiting", "working") or jobs.workers():
                assert time.monotonic() < end
                time.sleep(0.05)
        shown.run()
        assert not shown.exception
        return shown

    return wait


class Cli:
    """The command line in this process, with the fake embedder and the real parser children."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str | Path, code: int = 0, answer: str = "") -> Any:
        """What was printed; an error that nobody expected is raised."""
        runner, codes = CliRunner(), []

        def command() -> None:
            result = runner.invoke(app, [str(argument) for argument in arguments], input=answer, prog_name="shujia")
            codes.append(result)
            if result.exception and not isinstance(result.exception, SystemExit):
                raise result.exception

        exit_code = run(command) or codes[0].exit_code
        assert exit_code == code, codes[0].output
        return codes[0]

    def json(self, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
        payload = json.loads(self(*arguments, "--json", code=code).stdout)
        assert payload["version"] == 1
        return payload


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUJIA_LANGUAGE", "en")
    monkeypatch.setenv("SHUJIA_WORKERS", "1")
    monkeypatch.setenv("SHUJIA_MODEL", "extractive")
    monkeypatch.setattr("app.wiring.Library.embedder", HashEmbedder())
    (tmp_path / "书").mkdir()
    (tmp_path / "书" / "合同.txt").write_text(
        "甲方应当在三十日内付款。\n\n乙方应当按时交货 :smile:。", encoding="utf-8"
    )
    (tmp_path / "书" / "harbour.md").write_text("# Harbour\n\nThe harbour freezes in winter.\n", encoding="utf-8")
    return Cli(tmp_path)
