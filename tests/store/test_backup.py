from __future__ import annotations

import json
import os
import random
import threading
import zipfile

import pytest
from sqlalchemy import insert, select

from store import schema as s
from store.api_keys import ApiKeys
from store.backup import MANIFEST, check_backup, restore_backup, write_backup
from store.catalogue import Catalogue
from store.engine import writing
from store.errors import BackupRefused, LibraryUnusable
from store.feedback import FeedbackLog
from store.feedback_rows import Feedback
from store.jobs import Jobs
from store.migrations import MIGRATIONS
from store.originals import Originals
from store.types import document_id


def filled(library) -> Originals:
    """Three documents, one of them deleted, feedback, a key, and the originals."""
    originals = Originals(library.folder / "originals")
    for path, parts in {"a.txt": ("甲", "共有"), "b.txt": ("乙", "共有"), "c.txt": ("丙",)}.items():
        library.put(path, *parts)
        data = "\n\n".join(parts).encode()
        originals.put(document_id(data), data)
    library.remove("c.txt")
    FeedbackLog(library.catalogue.engine, library.collection).add(
        Feedback("f1", "问", "答", False, "m", "up", comment="好")
    )
    ApiKeys(library.catalogue.engine).add("钥匙", "read")
    return originals


def contents(catalogue: Catalogue) -> dict[str, list]:
    """Every row of every table but the times of migrations."""
    with catalogue.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in s.metadata.sorted_tables
            if table.name not in ("migration", "worker")
        }


def test_a_backup_holds_everything_and_restores_it_equal(library, new_library, tmp_path) -> None:
    originals = filled(library)
    file = tmp_path / "书架.backup"
    made = write_backup(file, library.catalogue, originals)
    assert made.counts == {
        "collection": 1,
        "document": 2,
        "chunk": 4,
        "feedback": 1,
        "chat": 0,
        "api_key": 1,
        "original": 2,
    }
    assert check_backup(file) == made
    assert os.stat(file).st_mode & 0o777 == 0o600
    target = Catalogue(tmp_path / "neu" / "catalogue.sqlite")
    restored = Originals(tmp_path / "neu" / "originals")
    restore_backup(file, target, restored, tmp_path / "neu" / "index", force=False)
    assert contents(target) == contents(library.catalogue)
    assert restored.get(document_id("甲\n\n共有".encode())) == "甲\n\n共有".encode()
    keys = {key for key, _ in _chunks(target)}
    with writing(target.engine) as connection:  # the deleted document had chunk 5: no number is used twice
        values = {"collection_id": 1, "document_key": 1, "id": "x", "ordinal": 9, "start": 0, "end": 1, "text": "x"}
        values |= {"text_id": "x", "headings": "[]", "tokens": 1}
        new = connection.execute(insert(s.chunk).values(values).returning(s.chunk.c.key)).scalar_one()
    assert new == 6
    assert new not in keys
    target.close()


def _chunks(catalogue: Catalogue) -> list[tuple[int, str]]:
    with catalogue.engine.connect() as connection:
        return [(row.key, row.text) for row in connection.execute(select(s.chunk))]


def test_a_backup_moves_a_library_to_a_server_and_back(library, new_library, new_database, tmp_path) -> None:
    if library.location == new_database:
        pytest.skip("the library under test is on this server")
    originals = filled(library)
    file = tmp_path / "a.backup"
    write_backup(file, library.catalogue, originals)
    server = Catalogue(new_database)
    restore_backup(file, server, originals, tmp_path / "index", force=False)
    assert contents(server) == contents(library.catalogue)
    again = tmp_path / "b.backup"
    write_backup(again, server, originals)
    back = Catalogue(tmp_path / "back" / "catalogue.sqlite")
    restore_backup(again, back, originals, tmp_path / "back" / "index", force=False)
    assert contents(back) == contents(library.catalogue)
    for one in (server, back):
        made = one.ensure_collection("neu", embedder="hash-64", dimension=64, chunker="test:1")
        library.put("z.txt", "丁", collection=made, catalogue=one)
        assert max(_chunks(one)) == (6, "丁")  # 5 was the deleted document's
        one.close()


def test_a_library_that_holds_something_is_replaced_only_by_force(library, new_library, tmp_path) -> None:
    originals = filled(library)
    file = tmp_path / "a.backup"
    write_backup(file, library.catalogue, originals)
    before = contents(library.catalogue)
    library.put("d.txt", "丁")
    library.dense("丁")
    index = library.shelf.folder.parent
    with pytest.raises(BackupRefused, match="3 × document"):
        restore_backup(file, library.catalogue, originals, index, force=False)
    worker = Jobs(library.catalogue.engine).register()
    with pytest.raises(BackupRefused, match="1 workers"):
        restore_backup(file, library.catalogue, originals, index, force=True)
    Jobs(library.catalogue.engine).leave(worker)
    restore_backup(file, library.catalogue, originals, index, force=True)
    assert contents(library.catalogue) == before
    shelf = library.open_shelf()
    assert shelf.disagreements() == []
    assert library.texts(library.dense("甲", 1)) == ["甲"]


def test_a_backup_taken_while_others_ingest_is_one_moment(library, tmp_path) -> None:
    """A thread puts 40 documents of 2 chunks; 4 backups meanwhile each restore to a state that agrees with itself."""
    originals = Originals(library.folder / "originals")
    stop, errors = threading.Event(), []

    def ingest() -> None:
        try:
            for n in range(40):
                parts = (f"第 {n} 份", f"共有 {n % 3}")
                data = "\n\n".join(parts).encode()
                originals.put(document_id(data), data)
                library.put(f"{n % 25}.txt", *parts)  # from 25 on each replaces an earlier one
        except BaseException as exc:  # reported by the assertion below
            errors.append(exc)
        finally:
            stop.set()

    thread = threading.Thread(target=ingest)
    thread.start()
    backups = []
    while not stop.is_set() or len(backups) < 2:
        backups.append(tmp_path / f"{len(backups)}.backup")
        write_backup(backups[-1], library.catalogue, originals)
        if len(backups) > 30:
            stop.wait()
    thread.join()
    assert errors == []
    seen = []
    for file in {backups[0], backups[len(backups) // 2], backups[-1]}:
        catalogue = Catalogue(tmp_path / file.stem / "catalogue.sqlite")
        copies = Originals(tmp_path / file.stem / "originals")
        made = restore_backup(file, catalogue, copies, tmp_path / file.stem / "index", force=False)
        from store.shelf import Shelf

        shelf = Shelf(catalogue, catalogue.collection("文档"), tmp_path / file.stem / "index" / "1")
        assert shelf.disagreements() == []
        documents = [card.id for card in shelf.read.cards()]
        assert made.counts["document"] == len(documents)
        assert [one for one in documents if copies.get(one) is None] == []
        seen.append(len(documents))
        catalogue.close()
    assert max(seen) == 25


def test_every_flipped_or_cut_byte_is_noticed_before_anything_is_written(library, tmp_path) -> None:
    originals = filled(library)
    file, bad = tmp_path / "a.backup", tmp_path / "bad.backup"
    write_backup(file, library.catalogue, originals)
    whole = file.read_bytes()
    draw = random.Random(7)
    target = Catalogue(tmp_path / "neu" / "catalogue.sqlite")
    empty = contents(target)
    for trial in range(150):
        data = bytearray(whole)
        if trial % 5 == 0:
            del data[draw.randrange(len(data)) :]
        else:
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        bad.write_bytes(data)
        try:
            made = restore_backup(bad, target, Originals(tmp_path / "neu" / "originals"), tmp_path / "i", force=False)
        except BackupRefused:
            assert contents(target) == empty
        else:  # the flip hit a byte that says nothing (a date in the zip's directory): then all of it is the same
            assert made.counts == check_backup(file).counts
            assert contents(target) == contents(library.catalogue)
            target.close()
            target = Catalogue(tmp_path / f"neu{trial}" / "catalogue.sqlite")
    target.close()


def test_a_backup_of_a_newer_shujia_is_refused_and_leaves_the_library_alone(library, tmp_path, monkeypatch) -> None:
    originals = filled(library)
    file = tmp_path / "a.backup"
    with writing(library.catalogue.engine) as connection:
        number = len(MIGRATIONS) + 1
        connection.execute(insert(s.migration).values(number=number, name="morgen", applied_at=0.0))
    if library.catalogue.engine.dialect.name != "sqlite":
        pytest.skip("a backup of a server is written in this Shujia's own schema")
    write_backup(file, library.catalogue, originals)
    target = Catalogue(tmp_path / "neu" / "catalogue.sqlite")
    with pytest.raises(LibraryUnusable, match="newer Shujia"):
        restore_backup(file, target, originals, tmp_path / "index", force=False)
    assert target.collections() == ()
    target.close()


def test_an_exported_collection_is_no_backup(library, tmp_path) -> None:
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, json.dumps({"format": 1, "name": "文档"}))
    with pytest.raises(BackupRefused, match="no backup"):
        check_backup(file)
    with pytest.raises(FileNotFoundError):
        check_backup(tmp_path / "nichts")
