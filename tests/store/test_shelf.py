from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, update

from store import schema as s
from store.engine import writing
from store.rows import pack_vector
from store.shelf import PUBLISH_CHANGES
from store.types import text_id


def both(library, question: str) -> tuple[list[str], list[str]]:
    return library.texts(library.dense(question)), library.texts(library.shelf.search_keyword(question, 100))


def backup(library, name: str) -> Path:
    """Everything of the library as it stands on disk, the write-ahead log included."""
    library.shelf.follow(publish=True)
    library.catalogue.engine.dispose()
    return Path(shutil.copytree(library.folder, library.folder.with_name(name)))


def restore(library, saved: Path, part: str) -> None:
    """``part`` of the saved library over the present one; then a new process."""
    library.catalogue.engine.dispose()
    if part == "index":
        shutil.rmtree(library.folder / "index")
        shutil.copytree(saved / "index", library.folder / "index")
    else:
        for path in library.folder.glob("catalogue.sqlite*"):
            path.unlink()
        for path in saved.glob("catalogue.sqlite*"):
            shutil.copy(path, library.folder / path.name)
    library.open_shelf()


def test_a_document_is_found_by_both_legs_after_its_commit(library) -> None:
    library.put("a.txt", "长江的源头在唐古拉山", "the harbour freezes in winter")
    assert both(library, "长江源头")[1] == ["长江的源头在唐古拉山"]
    assert both(library, "长江源头")[0][0] == "长江的源头在唐古拉山"
    assert both(library, "winter harbours")[1] == ["the harbour freezes in winter"]


def test_a_deleted_document_is_found_by_no_leg(library) -> None:
    library.put("a.txt", "长江的源头")
    library.put("b.txt", "黄河的源头")
    both(library, "源头")
    library.remove("a.txt")
    assert both(library, "长江的源头") == (["黄河的源头"], ["黄河的源头"])


def test_a_delete_reaches_the_keyword_index_without_a_rebuild(library, caplog) -> None:
    for n in range(5):
        library.put(f"{n}.txt", f"第 {n} 份合同")
    library.shelf.follow()
    with caplog.at_level(logging.WARNING):
        library.remove("3.txt")
        library.put("4.txt", "第四份改过的合同")
        assert len(both(library, "合同")[1]) == 4
    assert caplog.records == []


def test_an_empty_collection_finds_nothing_and_agrees(library) -> None:
    assert both(library, "任何") == ([], [])
    assert library.shelf.keyword_mass("任何") == 0.0
    assert library.shelf.disagreements() == []
    library.open_shelf()
    assert both(library, "任何") == ([], [])


def test_the_next_process_reads_what_was_published(library, caplog) -> None:
    library.put("a.txt", "长江", "黄河")
    library.shelf.follow(publish=True)
    with caplog.at_level(logging.WARNING):
        library.open_shelf()
        assert both(library, "长江")[1] == ["长江"]
    assert caplog.records == []


def test_small_changes_wait_in_memory_and_large_ones_are_written(library) -> None:
    library.put("a.txt", "长江")
    library.shelf.follow()
    assert not (library.shelf.folder / "dense.json").exists()
    library.put("b.txt", *(f"第 {n} 段" for n in range(PUBLISH_CHANGES + 1)))
    library.shelf.follow()
    assert (library.shelf.folder / "dense.json").exists()


def test_two_open_shelves_see_each_others_commits(library) -> None:
    first = library.shelf
    first.follow()
    second = library.open_shelf()
    library.put("a.txt", "长江")
    assert len(second.search_keyword("长江", 9)) == 1
    library.put("b.txt", "长江大桥")
    library.remove("a.txt")
    for shelf in (first, second, first):
        (hit,) = shelf.search_keyword("长江", 9)
        assert shelf.located([hit[0]])[hit[0]].path == "b.txt"
        assert shelf.disagreements() == []


def test_searching_while_others_write_never_fails(library) -> None:
    library.put("fest.txt", "固定的文件")
    errors: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                assert "固定的文件" in both(library, "固定的文件")[0]
        except BaseException as exc:
            errors.append(exc)

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(6):
        library.put(f"{n}.txt", f"第 {n} 份")
        library.remove(f"{n - 2}.txt")
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert library.shelf.disagreements() == []


def test_an_index_from_an_older_backup_catches_up(library) -> None:
    library.put("a.txt", "长江")
    saved = backup(library, "saved")
    library.put("b.txt", "黄河")
    library.remove("a.txt")
    library.shelf.follow(publish=True)
    restore(library, saved, "index")
    assert both(library, "长江 黄河") == (["黄河"], ["黄河"])
    assert library.shelf.disagreements() == []


@pytest.mark.sqlite
def test_a_catalogue_from_an_older_backup_makes_the_indexes_start_anew(library) -> None:
    library.put("a.txt", "长江")
    saved = backup(library, "saved")
    library.put("b.txt", "黄河")
    library.remove("a.txt")
    library.shelf.follow(publish=True)
    restore(library, saved, "catalogue")
    assert both(library, "长江 黄河") == (["长江"], ["长江"])
    assert library.shelf.disagreements() == []


@pytest.mark.sqlite
def test_a_restored_catalogue_that_goes_on_is_never_answered_from_the_old_index(library) -> None:
    """Change numbers and chunk keys are given out again after the restore: 1 old text, 1 new one, the same key.

    Whoever writes follows first, so the index from the other life is thrown away before the numbers pass it by, even
    when the writer dies before it publishes.
    """
    library.put("a.txt", "长江")
    saved = backup(library, "saved")
    library.put("b.txt", "黄河")
    library.shelf.follow(publish=True)
    restore(library, saved, "catalogue")
    library.shelf.follow()  # what a run of ingestion begins with
    library.put("c.txt", "珠江")
    library.open_shelf()  # the writer died here
    assert sorted(both(library, "长江 黄河 珠江")[1]) == ["珠江", "长江"]
    assert both(library, "珠江")[0][0] == "珠江"
    (best, score), *_ = library.dense("珠江")
    assert (library.shelf.located([best])[best].chunk.text, round(score, 3)) == ("珠江", 1.0)


def test_a_damaged_index_is_rebuilt_on_opening(library) -> None:
    for n in range(20):
        library.put(f"{n}.txt", f"第 {n} 份合同")
    library.shelf.follow(publish=True)
    for path in [*library.shelf.folder.glob("dense-*.faiss"), *library.shelf.folder.glob("keyword/*.store")]:
        path.write_bytes(path.read_bytes()[:-20])
    library.open_shelf()
    assert [len(found) for found in both(library, "合同")] == [20, 20]
    assert library.shelf.disagreements() == []


def test_rebuild_gives_the_same_state(library) -> None:
    for n in range(6):
        library.put(f"{n}.txt", f"第 {n} 份合同", f"附件 {n}")
    library.remove("2.txt")
    before = library.dense("附件")
    library.shelf.rebuild()
    assert library.dense("附件") == before
    assert library.shelf.disagreements() == []


def test_planted_disagreements_are_named_and_those_of_indexes_mended(library) -> None:
    library.put("a.txt", "长江", "黄河", "珠江")
    library.shelf.follow(publish=True)
    first, second, third = library.shelf.read.delta(0).added
    shelf = library.shelf
    shelf._dense._body._index.remove_ids(np.array([first]))
    shelf._dense._body._index.add_with_ids(library.embedder.embed_queries(["鬼"]), np.array([10_000]))
    shelf._keyword.write([second], [(20_000, "鬼")], shelf._keyword.sequence)
    told = shelf.disagreements()
    assert told == [
        f"1 chunks missing from the dense index: {first}",
        "1 dead chunks in the dense index: 10000",
        f"1 chunks missing from the keyword index: {second}",
        "1 dead chunks in the keyword index: 20000",
    ]
    shelf.rebuild()
    assert shelf.disagreements() == []
    assert third in [key for key, _ in library.dense("珠江")]


@pytest.mark.parametrize("what", ["vector", "text", "orphan", "unused", "zero"])
def test_a_catalogue_that_disagrees_with_itself_is_told_and_not_hidden_by_a_rebuild(library, what: str) -> None:
    document = library.put("a.txt", "长江", "黄河")
    library.shelf.follow()
    key = library.shelf.read.delta(0).added[0]
    zero = pack_vector(np.zeros(64, "float32"))
    statement, sentence = {
        "vector": (
            delete(s.vector).where(s.vector.c.text_id == text_id("长江")),
            f"1 chunks without a vector: {key}",
        ),
        "text": (
            update(s.chunk).where(s.chunk.c.key == key).values(start=1, end=3),
            f"1 chunks that are not the text at their span: {key}",
        ),
        "orphan": (delete(s.source), f"1 documents that no path holds: {document.id}"),
        "unused": (
            insert(s.vector).values(text_id="f" * 64, embedder="hash-64", data=zero),
            "1 vectors that no chunk needs",
        ),
        "zero": (update(s.vector).values(data=zero), f"2 chunks whose vector is not of length 1: {key}, {key + 1}"),
    }[what]
    with writing(library.catalogue.engine) as connection:
        connection.execute(statement)
    library.open_shelf()
    assert sentence in library.shelf.disagreements()
    library.shelf.rebuild()
    assert sentence in library.shelf.disagreements()
