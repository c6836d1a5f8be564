from __future__ import annotations

import random
from pathlib import Path

import pytest

from store.bundle_read import read_bundle
from store.bundle_write import write_bundle
from store.errors import BundleRefused
from store.originals import Originals
from store.shelf import Shelf
from store.types import document_id

QUESTIONS = ("长江的源头", "winter harbour", "GB/T5972", "没有的词")


@pytest.fixture
def filled(library):
    library.put("甲.txt", "长江的源头在唐古拉山", "the harbour freezes in winter")
    library.put("乙/丙.txt", "黄河的源头", "长江的源头在唐古拉山")
    library.put("x.txt", "走了的")
    library.remove("x.txt")
    library.put("别名.txt", "黄河的源头", "长江的源头在唐古拉山")  # a second path of one document
    library.put("d.txt", "GB/T5972 缆索", "winter harbour")
    originals = Originals(library.folder / "originals")
    text = "长江的源头在唐古拉山\n\nthe harbour freezes in winter"
    originals.put(document_id(text.encode()), text.encode())
    return library, originals


def answers(library, shelf: Shelf) -> list[list[tuple[str, float]]]:
    found = []
    for question in QUESTIONS:
        vector = library.embedder.embed_queries([question])[0]
        for hits in (shelf.search_dense(vector, 20), shelf.search_keyword(question, 20)):
            located = shelf.located([key for key, _ in hits])
            found.append([(located[key].chunk.id, round(score, 5)) for key, score in hits])
    return found


def test_the_copy_answers_identically_and_nothing_is_embedded(filled, new_library, tmp_path: Path) -> None:
    library, originals = filled
    file = tmp_path / "文档.shujia"
    counts = write_bundle(file, library.shelf.read, originals)
    assert counts == {"documents": 3, "chunks": 6, "vectors": 5, "originals": 1}
    other = new_library("other")
    kept = Originals(other.folder / "originals")
    made, told = read_bundle(file, other.catalogue, kept, "副本")
    assert told == counts
    copy = Shelf(other.catalogue, made, other.folder / "index" / str(made.id))
    library.shelf.rebuild()  # terms of what was deleted count until tantivy merges; the copy has none
    assert answers(library, copy) == answers(library, library.shelf)
    assert copy.disagreements() == []
    assert other.embedder.passages == []
    assert copy.read.sources() == library.shelf.read.sources()
    assert [card.created_at for card in copy.read.cards()] == [card.created_at for card in library.shelf.read.cards()]
    document = next(card.id for card in copy.read.cards() if "甲.txt" in card.paths)
    assert kept.get(document) == originals.get(document)


def test_a_taken_name_is_refused(filled, tmp_path: Path) -> None:
    library, originals = filled
    write_bundle(tmp_path / "f", library.shelf.read, originals)
    with pytest.raises(BundleRefused, match="--as"):
        read_bundle(tmp_path / "f", library.catalogue, originals)


def test_every_flipped_or_cut_byte_is_noticed_before_anything_is_written(filled, new_library, tmp_path: Path) -> None:
    library, originals = filled
    file = tmp_path / "f"
    write_bundle(file, library.shelf.read, originals)
    whole, chance, other = file.read_bytes(), random.Random(7), new_library("other")
    refused = harmless = 0
    for _ in range(150):
        data = bytearray(whole)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        else:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        try:
            made, _ = read_bundle(file, other.catalogue, originals, "副本")
        except BundleRefused:
            refused += 1
            assert [one.name for one in other.catalogue.collections()] == ["文档"]
            continue
        harmless += 1  # dates and attributes that zip keeps beside the data
        copy = Shelf(other.catalogue, made, other.folder / "index" / f"c{made.id}")
        assert answers(library, copy) == answers(library, library.shelf)
        other.catalogue.remove_collection(made)
    assert refused > 100


def test_an_import_that_was_stopped_leaves_nothing_that_answers(filled, new_library, tmp_path, monkeypatch) -> None:
    library, originals = filled
    file = tmp_path / "f"
    write_bundle(file, library.shelf.read, originals)
    other = new_library("other")
    real, calls = other.catalogue.put, []

    def put(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(other.catalogue, "put", put)
    with pytest.raises(KeyboardInterrupt):
        read_bundle(file, other.catalogue, originals, "副本")
    assert [one.name for one in other.catalogue.collections()] == ["文档"]
    made, _ = read_bundle(file, other.catalogue, originals, "副本")
    assert Shelf(other.catalogue, made, other.folder / "i").disagreements() == []
