"""An index that cannot be trusted is built anew on opening, and the shelf says so for fsck."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def books(library):
    library.put("甲.md", "长江的源头在青海。", "The river ends in Shanghai.")
    library.shelf.follow(publish=True)
    return library


def opened(books) -> list[str]:
    shelf = books.open_shelf()
    assert shelf.disagreements() == []
    return shelf.mended


def test_what_is_whole_or_was_never_there_is_not_told(books, library) -> None:
    assert opened(books) == []
    empty = books.ensure("空")
    books.collection = empty
    assert opened(books) == []


def test_a_dense_index_of_which_a_byte_changed_is_told_once(books) -> None:
    (file,) = books.shelf.folder.glob("dense-*.faiss")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    (told,) = opened(books)
    assert told.startswith("the dense index was missing, damaged")
    assert opened(books) == []


@pytest.mark.parametrize("gone", ["dense.json", "keyword", "."])
def test_an_index_that_is_gone_is_told(books, gone: str) -> None:
    path = books.shelf.folder / gone
    path.unlink() if path.is_file() else shutil.rmtree(path)
    assert len(opened(books)) == (2 if gone == "." else 1)


def test_a_first_run_that_was_killed_before_its_publication_is_not_told(library) -> None:
    library.shelf.follow()
    library.put("甲.md", "长江的源头在青海。")
    assert opened(library) == []


def test_an_index_of_another_life_of_the_catalogue_is_told(books, new_library) -> None:
    other = new_library("another")
    other.put("丙.md", "别的书")
    other.shelf.follow(publish=True)
    for number in range(3):
        books.put(f"{number}.md", f"第 {number} 章")
    books.shelf.follow(publish=True)
    shutil.rmtree(other.shelf.folder)
    shutil.copytree(books.shelf.folder, other.shelf.folder)
    told = opened(other)
    assert any("ahead of the catalogue" in one for one in told)
