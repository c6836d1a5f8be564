from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from store.catalogue import Catalogue
from store.errors import LibraryUnusable


@pytest.mark.sqlite
def test_a_folder_that_may_only_be_read_is_named_as_the_cause(tmp_path, monkeypatch) -> None:
    """As on a read-only file system, where SQLite says "unable to open database file" and no more."""
    Catalogue(tmp_path / "catalogue.sqlite").close()
    monkeypatch.setattr("store.engine.os.access", lambda folder, _mode: folder != tmp_path)

    def refuse(_connection: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("unable to open database file"))

    monkeypatch.setattr("store.engine.migrate", refuse)
    with pytest.raises(LibraryUnusable, match=r"may only be read.*give the right to write there, or copy the folder"):
        Catalogue(tmp_path / "catalogue.sqlite")
