from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.mending import mend, originals_wrong, problems_of
from app.settings import Settings
from app.wiring import Library
from ingest.files import discover
from models.fakes import HashEmbedder
from store.tags import Tags

TEXT = "# 长江\n\n长江的源头在青海。\n\nThe river ends in Shanghai.\n"


@pytest.fixture
def library(tmp_path):
    """One document under two paths, and another."""
    for name, text in (("甲.md", TEXT), ("copy of 甲.md", TEXT), ("乙.md", "# 黄河\n\n黄河的入海口在东营。\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with Library(Settings(library=tmp_path / "library", workers=1)) as opened:
        opened.__dict__["embedder"] = HashEmbedder()
        assert all(one.status == "ingested" for one in opened.ingest(discover(sorted(tmp_path.glob("*.md")))))
        yield opened


def change(library: Library, statement: str) -> None:
    with closing(sqlite3.connect(library.settings.library / "catalogue.sqlite", isolation_level=None)) as raw:
        assert raw.execute(statement).rowcount > 0


def chunks(library: Library) -> list[tuple[str, str]]:
    read = library.shelf().read
    return sorted((one.id, one.text) for card in read.cards() for one in read.chunks(card.id))


def test_a_damaged_document_is_read_again_under_all_its_paths_with_its_tags_and_its_day(library) -> None:
    read = library.shelf().read
    river = read.document_id("乙.md")
    twice = next(card for card in read.cards() if len(card.paths) == 2)
    Tags(library.catalogue.engine, read.collection).put(twice.id, ["河"])
    before = chunks(library)
    change(
        library,
        "DELETE FROM chunk WHERE document_key = (SELECT document_key FROM source GROUP BY 1 HAVING sum(1) = 2)",
    )
    assert any("not what was committed" in one for one in problems_of(library, "default"))
    assert mend(library, "default") == []
    assert problems_of(library, "default") == []
    assert chunks(library) == before
    again = next(card for card in read.cards() if card.id == twice.id)
    assert (again.paths, again.created_at) == (twice.paths, twice.created_at)
    assert Tags(library.catalogue.engine, read.collection).all() == {twice.id: ("河",)}
    assert read.document_id("乙.md") == river


def test_a_damaged_original_comes_back_from_its_path_or_is_said_to_be_lost(library, tmp_path) -> None:
    read = library.shelf().read
    kept = library.originals.path(read.document_id("乙.md"))
    kept.write_bytes(kept.read_bytes() + b"!")
    assert originals_wrong(library.originals, read) == ([], [kept.name])
    assert mend(library, "default") == []
    assert problems_of(library, "default") == []
    kept.unlink()
    (tmp_path / "乙.md").unlink()
    (told,) = mend(library, "default")
    assert "gone for good" in told
    assert "乙.md" in told


def test_without_its_original_a_damaged_document_stays_and_the_reader_is_told(library) -> None:
    read = library.shelf().read
    identity = read.document_id("乙.md")
    library.originals.remove(identity)
    source = next(path for path in read.sources() if path.endswith("乙.md"))
    change(library, "UPDATE document SET title = title || '?' WHERE text LIKE '%东营%'")
    Path(source).write_text("changed since", encoding="utf-8")
    told = " ".join(mend(library, "default"))
    assert "cannot be read again" in told
    assert identity in {card.id for card in read.cards()}


def test_a_document_that_no_path_holds_is_told_and_can_be_deleted(library) -> None:
    identity = library.shelf().read.document_id("乙.md")
    change(library, "DELETE FROM source WHERE path LIKE '%乙.md'")
    (told,) = mend(library, "default")
    assert f"shujia delete {identity[:12]}" in told
    library.delete_document(identity[:12])
    assert problems_of(library, "default") == []
    assert identity not in {card.id for card in library.shelf().read.cards()}
