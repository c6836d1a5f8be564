"""Renaming collections and tagging documents on the command line; nothing is parsed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import load
from app.wiring import Library
from store.audit import Audit


@pytest.fixture
def shelf(cli, new_library, tmp_path: Path):
    """The command line on a library with two documents in 文档."""
    made = new_library("library")
    made.put("/书/合同.txt", "甲方应当在三十日内付款。")
    made.put("/书/港口.md", "The harbour freezes in winter.")
    made.shelf.follow(publish=True)
    made.catalogue.close()
    return cli


def test_a_collection_is_renamed_and_the_settings_that_still_name_it_are_said(shelf, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_COLLECTION", "文档")
    told = shelf("rename", "文档", " 法务／2026 ")
    assert told.stdout == "文档 → 法务／2026\n"
    assert "The settings still name “文档”" in told.stderr
    assert [one["name"] for one in shelf.json("status")["collections"]] == ["法务／2026"]
    assert shelf.json("rename", "法务／2026", "文档") == {"version": 1, "collection": "文档", "before": "法务／2026"}
    with Library(load()) as library:
        entries = Audit(library.catalogue.engine).entries()
    assert [(one.who, one.verb, one.object) for one in entries][-1] == (
        "command line",
        "rename",
        "文档 → 法务／2026",
    )


def test_a_name_that_is_taken_or_unknown_is_refused(shelf, capsys) -> None:
    shelf("rename", "没有", "别的", code=2)
    shelf("rename", "文档", "  ", code=2)
    told = capsys.readouterr().err
    assert "no collection named '没有'" in told
    assert "1 to 256 characters" in told


def test_tags_are_added_removed_and_counted(shelf) -> None:
    assert shelf("tag", "-c", "文档").stdout == "There are no tags.\n"
    told = shelf.json("tag", "合同.txt", "--add", "ｄｒａｆｔ", "--add", "付款", "-c", "文档")
    assert [one["tags"] for one in told["documents"]] == [["draft", "付款"]]
    shelf("tag", "港口.md", "--add", "draft", "-c", "文档")
    assert shelf.json("tag", "-c", "文档")["tags"] == [
        {"tag": "draft", "documents": 2},
        {"tag": "付款", "documents": 1},
    ]
    told = shelf("tag", "合同.txt", "--remove", "draft", "--remove", "没有", "-c", "文档")
    assert told.stdout == "甲方应当在三十日内付款。  #付款\n"
    assert shelf.json("tag", "港口.md", "-c", "文档")["documents"][0]["tags"] == ["draft"]


def test_tags_of_nothing_of_nobody_and_too_many_are_refused(shelf) -> None:
    assert "is no tag" in shelf("tag", "合同.txt", "--add", " \u200b", "-c", "文档", code=2).output
    assert "name the document" in shelf("tag", "--add", "甲", "-c", "文档", code=2).output
    many = [part for number in range(33) for part in ("--add", f"标签{number}")]
    assert "at most 32 tags" in shelf("tag", "合同.txt", *many, "-c", "文档", code=2).output
    shelf("tag", "没有.txt", "--add", "甲", "-c", "文档", code=2)
