from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from store import schema as s
from store.catalogue import Catalogue
from store.engine import writing
from store.errors import EmbedderMismatch, LibraryUnusable, UnknownCollection, UnknownDocument, VectorsMissing
from store.rows import Failure, Source
from store.types import text_id


def count(library, table) -> int:
    with library.catalogue.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def keys(library) -> list[int]:
    return sorted(library.shelf.read.delta(0).added)


def embedded(library, *texts: str) -> set[str]:
    found = library.shelf.read.embedded([text_id(text) for text in texts])
    return {text for text in texts if text_id(text) in found}


def test_what_is_put_is_read_back_exactly(library) -> None:
    document = library.put("/文件/说明.txt", "第一段，含 emoji 🎉。", "第二段")
    assert library.shelf.read.document(document.id) == document
    chunks = library.shelf.read.chunks(document.id)
    assert [chunk.text for chunk in chunks] == ["第一段，含 emoji 🎉。", "第二段"]
    assert all(document.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert library.shelf.read.counts().documents == 1
    assert library.shelf.read.sources()["/文件/说明.txt"] == Source("/文件/说明.txt", document.id, document.size, 1)


def test_a_new_content_replaces_the_old_one(library) -> None:
    old = library.put("a.txt", "旧的内容", "留下的内容")
    new = library.put("a.txt", "新的内容", "留下的内容")
    with pytest.raises(UnknownDocument):
        library.shelf.read.document(old.id)
    assert [card.id for card in library.shelf.read.cards()] == [new.id]
    assert embedded(library, "旧的内容", "留下的内容", "新的内容") == {"留下的内容", "新的内容"}


def test_two_paths_with_the_same_bytes_are_one_document_until_both_are_gone(library) -> None:
    document = library.put("a.txt", "同样的内容")
    assert library.catalogue.adopt(library.collection, Source("b.txt", document.id, 1, 2))
    assert [card.paths for card in library.shelf.read.cards()] == [("a.txt", "b.txt")]
    assert library.remove("a.txt")
    assert library.shelf.read.counts().documents == 1
    assert library.remove("b.txt")
    assert (library.shelf.read.counts().documents, count(library, s.vector)) == (0, 0)


def test_adopting_what_is_not_there_changes_nothing(library) -> None:
    assert not library.catalogue.adopt(library.collection, Source("a.txt", "0" * 64, 1, 2))
    assert library.shelf.read.sources() == {}


def test_adopting_another_document_drops_the_one_the_path_held(library) -> None:
    library.put("a.txt", "甲")
    other = library.put("b.txt", "乙")
    assert library.catalogue.adopt(library.collection, Source("a.txt", other.id, 1, 2))
    assert [card.id for card in library.shelf.read.cards()] == [other.id]


def test_a_shared_text_keeps_its_vector_until_the_last_chunk_goes(library) -> None:
    library.put("a.txt", "只在甲", "两处都有")
    library.put("b.txt", "两处都有", "只在乙")
    library.remove("a.txt")
    assert embedded(library, "只在甲", "两处都有", "只在乙") == {"两处都有", "只在乙"}
    library.remove("b.txt")
    assert count(library, s.vector) == 0


def test_a_shared_text_is_kept_across_collections_of_one_embedder_only(library) -> None:
    other = library.ensure("另一个")
    foreign = library.catalogue.ensure_collection("异", embedder="other", dimension=64, chunker="test:1")
    for collection in (library.collection, other, foreign):
        library.put("a.txt", "共有", collection=collection)
    assert count(library, s.vector) == 2  # one by hash-64, one by other
    library.remove("a.txt")
    assert count(library, s.vector) == 2
    library.catalogue.remove_collection(other)
    assert count(library, s.vector) == 1  # only the other embedder's text is left
    library.catalogue.remove_collection(foreign)
    assert [count(library, table) for table in (s.vector, s.document, s.chunk, s.source)] == [0, 0, 0, 0]


def test_chunk_keys_are_never_used_twice(library) -> None:
    seen: set[int] = set()
    for round_ in range(3):
        library.put("a.txt", f"第 {round_} 回", "乙", "丙")
        fresh = set(keys(library))
        assert len(fresh) == 3
        assert not fresh & seen
        seen |= fresh
        library.remove("a.txt")


def test_the_change_log_tells_the_net_effect(library) -> None:
    library.put("a.txt", "甲", "乙")
    first = keys(library)
    middle = library.shelf.read.sequence()
    library.put("b.txt", "丙")
    (third,) = set(keys(library)) - set(first)
    library.put("c.txt", "丁")
    library.remove("c.txt")
    library.remove("a.txt")
    delta = library.shelf.read.delta(middle)
    assert (set(delta.added), delta.chunks) == ({third}, 1)
    assert set(first) <= set(delta.removed)
    assert not set(delta.removed) & set(delta.added)
    assert library.shelf.read.delta(delta.sequence).added == ()
    assert library.shelf.read.delta(0).added == (third,)


def test_another_embedder_or_chunker_is_refused_for_an_existing_collection(library) -> None:
    for changed in ({"embedder": "e5"}, {"dimension": 65}, {"chunker": "test:2"}):
        wanted = {"embedder": "hash-64", "dimension": 64, "chunker": "test:1"} | changed
        with pytest.raises(EmbedderMismatch, match="文档"):
            library.catalogue.ensure_collection("文档", **wanted)
    assert library.ensure("文档") == library.collection


def test_a_missing_vector_undoes_the_whole_put(library) -> None:
    library.put("a.txt", "原来的")
    before = library.shelf.read.sequence()
    with pytest.raises(VectorsMissing):
        library.put("a.txt", "甲", "乙", vectors=False)
    assert library.shelf.read.sequence() == before
    assert [card.title for card in library.shelf.read.cards()] == ["原来的"]
    assert (count(library, s.chunk), count(library, s.vector), count(library, s.document)) == (1, 1, 1)


@pytest.mark.parametrize("name", ["合同 2024／上", "ノート", "a'b\"; DROP TABLE chunk; --", "🎉", "x" * 500])
def test_a_collection_may_have_any_name(library, name: str) -> None:
    made = library.ensure(name)
    assert library.catalogue.collection(name) == made
    assert library.catalogue.collections()[0].id in (made.id, library.collection.id)


def test_an_unknown_collection_is_answered_with_those_there_are(library) -> None:
    with pytest.raises(UnknownCollection, match=r"'文件'; there is 文档"):
        library.catalogue.collection("文件")


def test_a_document_is_found_by_path_id_beginning_of_id_name_and_title(library) -> None:
    document = library.put("/家/合同_1%.txt", "第一条")
    library.put("/家/合同X1Y.txt", "第二条")
    for reference in ("/家/合同_1%.txt", document.id, document.id[:8], "合同_1%.txt", "家/合同_1%.txt", document.title):
        assert library.shelf.read.document(reference).id == document.id
    for reference in ("", "合同", document.id[:5], "nope"):
        with pytest.raises(UnknownDocument):
            library.shelf.read.document(reference)


def test_an_ambiguous_name_is_refused_with_the_number_of_documents(library) -> None:
    library.put("/甲/同名.txt", "一")
    library.put("/乙/同名.txt", "二")
    with pytest.raises(UnknownDocument, match="names 2 documents"):
        library.shelf.read.document("同名.txt")


def test_a_failure_is_remembered_once_and_forgotten_when_the_path_is_read_or_removed(library) -> None:
    for reason in ("第一次", "第二次"):
        library.catalogue.note_failure(library.collection, Failure("a.txt", "unreadable", reason, 1, 2, 3.0))
    assert library.shelf.read.failures() == {"a.txt": Failure("a.txt", "unreadable", "第二次", 1, 2, 3.0, attempts=2)}
    library.put("a.txt", "现在可以了")
    assert library.shelf.read.failures() == {}
    library.catalogue.note_failure(library.collection, Failure("b.txt", "empty", "空", 0, 2, 3.0))
    assert library.remove("b.txt")
    assert not library.remove("b.txt")


def test_two_catalogues_on_one_file_write_side_by_side(library) -> None:
    """Two pools of connections, 4 threads, 10 documents of 2 chunks each: every commit is there."""
    other = Catalogue(library.location)
    errors: list[BaseException] = []

    def work(name: str, catalogue: Catalogue) -> None:
        try:
            for n in range(10):
                library.put(f"{name}{n}", f"{name} {n}", f"共有 {n}", catalogue=catalogue)
        except BaseException as exc:  # reported by the assertion below
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(f"线程{i}", (library.catalogue, other)[i % 2])) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert errors == []
    assert (library.shelf.read.counts().documents, library.shelf.read.counts().chunks) == (40, 80)
    assert (library.shelf.read.sequence(), count(library, s.vector)) == (80, 50)  # 40 own texts and 10 shared ones
    assert library.shelf.disagreements() == []


def test_a_document_that_another_process_has_just_put_is_only_pointed_at(library) -> None:
    library.put("a.txt", "同时")
    library.put("b.txt", "同时")
    assert (count(library, s.document), count(library, s.change)) == (1, 1)


@pytest.mark.parametrize(
    "content", [b"this is no database at all, just text" * 50, b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_a_file_that_is_no_catalogue_is_named_unusable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalogue.sqlite").write_bytes(content)
    with pytest.raises(LibraryUnusable, match="backup"):
        Catalogue(tmp_path / "catalogue.sqlite")


@pytest.mark.sqlite
def test_damage_that_shows_later_is_named_too(library) -> None:
    """Pages behind the first are overwritten: the file opens, the read of a document fails by name."""
    for n in range(30):
        library.put(f"{n}.txt", f"第 {n} 份文件" * 200)
    library.catalogue.close()
    path = library.folder / "catalogue.sqlite"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    data = bytearray(path.read_bytes())
    data[4096 * 12 :] = b"\xa5" * (len(data) - 4096 * 12)
    path.write_bytes(data)

    def read_everything() -> None:
        catalogue = Catalogue(path)
        try:
            from store.reading import Reader

            reader = Reader(catalogue.engine, catalogue.collection("文档"))
            for card in reader.cards():
                reader.document(card.id)
        finally:
            catalogue.close()

    with pytest.raises(LibraryUnusable, match="damaged"):
        read_everything()


@pytest.mark.sqlite
def test_a_text_that_is_not_utf8_any_more_is_damage_and_is_not_told(library) -> None:
    from store.reading import Reader

    library.put("a.txt", "机密的一句话")
    with sqlite3.connect(library.folder / "catalogue.sqlite") as raw:
        raw.execute("UPDATE document SET title = CAST(X'E69CE9' || CAST('机密' AS BLOB) AS TEXT)")
    raw.close()
    with pytest.raises(LibraryUnusable, match="the catalogue is damaged") as refused:
        Reader(library.catalogue.engine, library.catalogue.collection("文档")).cards()
    assert "机密" not in str(refused.value)


@pytest.mark.parametrize("folder", ["书 架", "a?b#c", "100%41", "a;b&c=d"])
def test_a_library_may_lie_in_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    Catalogue(tmp_path / folder / "catalogue.sqlite").close()
    assert (tmp_path / folder / "catalogue.sqlite").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_a_row_of_a_collection_that_is_not_there_is_refused(library) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), writing(library.catalogue.engine) as connection:
        connection.execute(insert(s.change).values(collection_id=99, added=1, chunk_key=1))


@pytest.mark.sqlite
def test_a_full_disk_is_named_and_loses_nothing(library) -> None:
    """SQLite reports its own page limit as it reports a full disk (SQLITE_FULL)."""
    library.put("/a.txt", "第一份文档")
    with library.catalogue.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # never below what the file has already
    with pytest.raises(LibraryUnusable, match="what was committed is kept"):
        library.put("/b.txt", "很长的文档" * 200_000)
    library.catalogue.engine.dispose()
    assert library.texts(library.dense("第一份文档")) == ["第一份文档"]


@pytest.mark.sqlite
def test_what_was_deleted_is_in_no_file_while_the_library_stays_open(library) -> None:
    secret = "只在这份文件里出现的一句话"
    library.put("a.txt", secret, "别的话")
    assert any(secret.encode() in path.read_bytes() for path in library.folder.glob("catalogue.sqlite*"))
    library.remove("a.txt")
    library.catalogue.forget()
    assert not any(secret.encode() in path.read_bytes() for path in library.folder.glob("catalogue.sqlite*"))
