from __future__ import annotations

import os
import time

import pytest

import ingest.embedding
import ingest.pipeline
from ingest.chunkers import Chunker
from ingest.embedding import Progress
from ingest.files import File, discover, upload
from store.errors import VectorsMissing

TEXT = "# 合同\n\n甲方应当在三十日内付款。\n\n乙方应当按时交货。"


def found(runs, question: str) -> tuple[str, str]:
    library = runs.library
    return "".join(library.texts(library.dense(question, 9))), "".join(
        library.texts(library.shelf.search_keyword(question, 9))
    )


def statuses(results) -> dict[str, str]:
    return {name: result.status for name, result in results.items()}


def test_a_run_reports_each_file_and_both_legs_find_it(runs) -> None:
    runs.write("合同.txt", TEXT)
    runs.write("b.txt", "the harbour freezes in winter")
    results = runs.run()
    assert statuses(results) == {"合同.txt": "ingested", "b.txt": "ingested"}
    one = results["合同.txt"]
    assert (one.title, one.chunks, one.embedded, one.code) == ("合同", 1, 1, "")
    assert runs.originals.get(one.document) == TEXT.encode()
    assert all("付款" in text for text in found(runs, "付款"))
    assert runs.library.shelf.disagreements() == []


def test_the_second_run_reads_parses_and_embeds_nothing(runs, monkeypatch) -> None:
    runs.write("a.txt", TEXT)
    runs.run()

    def refuse(*_: object) -> bytes:
        raise AssertionError("an unchanged file was read")

    monkeypatch.setattr(File, "read", refuse)
    results = runs.run()
    assert statuses(results) == {"a.txt": "unchanged"}
    assert results["a.txt"].document
    assert (runs.parser.seen, runs.library.embedder.passages) == ([], [])


def test_a_touched_file_is_read_but_neither_parsed_nor_embedded(runs) -> None:
    path = runs.write("a.txt", TEXT)
    runs.run()
    os.utime(path, (1, 1))
    assert statuses(runs.run()) == {"a.txt": "unchanged"}
    assert (runs.parser.seen, runs.library.embedder.passages) == ([], [])
    assert runs.library.shelf.read.sources()[str(path.resolve())].mtime_ns == 10**9


def test_an_edited_file_embeds_only_the_chunks_that_changed(runs) -> None:
    parts = [f"第{n}部分" + f"内容{n}" * 20 for n in range(5)]  # 64 tokens each: one chunk a part at budget 70
    runs.write("a.txt", "\n\n".join(parts))
    first = runs.run(chunker=Chunker("recursive", 70))["a.txt"]
    assert (first.chunks, first.embedded) == (5, 5)
    parts[2] = "改过的部分" * 12
    runs.write("a.txt", "\n\n".join(parts))
    second = runs.run(chunker=Chunker("recursive", 70))["a.txt"]
    assert (second.status, second.chunks, second.embedded) == ("replaced", 5, 1)
    assert runs.library.embedder.passages == [parts[2]]
    assert runs.originals.get(first.document) is None
    assert not any("内容2" in text for text in found(runs, "内容2 第2部分"))


def test_a_file_that_fails_keeps_its_old_version_and_is_not_read_again_until_it_changes(runs) -> None:
    path = runs.write("a.txt", TEXT)
    kept = runs.run()["a.txt"].document
    runs.write("a.txt", "! 坏了")
    failed = runs.run()["a.txt"]
    assert (failed.status, failed.code, failed.reason) == ("failed", "unreadable", "the text says so: 坏了")
    assert [card.id for card in runs.library.shelf.read.cards()] == [kept]
    assert "付款" in found(runs, "付款")[1]
    again = runs.run()["a.txt"]
    assert (again.status, again.reason, runs.parser.seen) == (
        "failed", "the text says so: 坏了 (unchanged since then)", [],
    )  # fmt: skip
    assert runs.run(retry=True)["a.txt"].status == "failed"
    assert runs.parser.seen == ["a.txt"]
    path.write_text(TEXT + "\n\n新的一段。", encoding="utf-8")
    assert runs.run()["a.txt"].status == "replaced"
    assert runs.library.shelf.read.failures() == {}


def test_a_failed_file_leaves_no_original(runs) -> None:
    runs.write("a.txt", "! 坏了")
    runs.run()
    assert [path for path in runs.originals.folder.rglob("*") if path.is_file()] == []


def test_a_file_put_back_as_it_was_is_no_failure_any_more(runs) -> None:
    path = runs.write("a.txt", TEXT)
    before = path.stat()
    runs.run()
    runs.write("a.txt", "! 坏了")
    runs.run()
    path.write_text(TEXT, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert runs.run()["a.txt"].status == "unchanged"
    assert runs.library.shelf.read.failures() == {}


def test_the_same_content_under_two_names_is_one_document_embedded_once(runs) -> None:
    runs.write("a.txt", TEXT)
    runs.write("b.txt", TEXT)
    results = runs.run()
    assert {result.document for result in results.values()} == {results["a.txt"].document}
    assert sum(result.embedded for result in results.values()) == len(runs.library.embedder.passages) == 1
    runs.write("c.txt", TEXT)
    third = runs.run()["c.txt"]
    assert (third.status, third.reason) == ("ingested", "the same content is already in the library")
    assert runs.parser.seen == []
    assert runs.library.shelf.read.counts().documents == 1


def test_a_text_in_two_documents_of_one_run_is_embedded_once_and_kept_for_the_second(runs) -> None:
    shared = "共有的声明" * 12
    runs.write("a.txt", f"{shared}\n\n{'甲' * 65}")
    runs.write("b.txt", f"{shared}\n\n{'乙' * 65}")
    results = runs.run(chunker=Chunker("recursive", 70))
    assert [results[name].embedded for name in ("a.txt", "b.txt")] == [2, 1]
    (runs.files / "a.txt").unlink()
    library = runs.library
    assert library.remove(results["a.txt"].path)
    assert library.shelf.disagreements() == []


def test_an_original_stays_while_another_path_or_collection_holds_the_document(runs) -> None:
    runs.write("a.txt", TEXT)
    runs.write("b.txt", TEXT)
    identity = runs.run()["a.txt"].document
    runs.write("a.txt", "别的内容")
    runs.run()
    assert runs.originals.get(identity) == TEXT.encode()
    runs.write("b.txt", "又是别的内容")
    runs.run()
    assert runs.originals.get(identity) is None


def test_uploads_are_known_by_their_bytes_because_they_carry_no_time(runs) -> None:
    """Three texts of the same length under the same name."""
    assert runs.run(files=[upload("说明.txt", "版本一".encode())])["说明.txt"].status == "ingested"
    assert runs.run(files=[upload("说明.txt", "版本一".encode())])["说明.txt"].status == "unchanged"
    assert runs.run(files=[upload("说明.txt", "版本二".encode())])["说明.txt"].status == "replaced"
    assert runs.run(files=[upload("说明.txt", "!版本".encode())])["说明.txt"].status == "failed"
    assert runs.run(files=[upload("说明.txt", "版本三".encode())])["说明.txt"].status == "replaced"
    assert found(runs, "版本")[1] == "版本三"


def test_skipped_too_large_and_unreadable_files_have_their_reasons(runs) -> None:
    from ingest.limits import Limits

    runs.write(".hidden", "x")
    runs.write("big.txt", "x" * 11)
    gone = runs.write("gone.txt", "x")
    files = list(discover([runs.files]))
    gone.unlink()
    results = runs.run(files=files, limits=Limits(file_bytes=10))
    assert statuses(results) == {".hidden": "skipped", "big.txt": "failed", "gone.txt": "failed"}
    assert (results["big.txt"].code, results["gone.txt"].code) == ("too_large", "unreadable")
    assert set(runs.library.shelf.read.failures()) == {results["big.txt"].path, results["gone.txt"].path}


def test_names_that_are_not_utf8_stay_apart_over_two_runs(runs) -> None:
    for text in ("你好", "再见"):
        with open(os.fsencode(runs.files) + b"/" + text.encode("gbk") + b".txt", "w", encoding="utf-8") as file:
            file.write(text)
    assert set(statuses(runs.run()).values()) == {"ingested"}
    assert set(statuses(runs.run()).values()) == {"unchanged"}
    assert runs.library.shelf.read.counts().documents == 2


def test_more_files_than_are_read_ahead_come_all_and_batches_are_bounded(runs, monkeypatch) -> None:
    monkeypatch.setattr(ingest.pipeline, "AHEAD", 2)
    monkeypatch.setattr(ingest.pipeline, "BATCH_TEXTS", 3)
    seen: list[Progress] = []
    for n in range(11):
        runs.write(f"{n:02}.txt", f"第 {n} 份" if n % 4 else f"! {n}")
    results = runs.run(watch=seen.append)
    assert [statuses(results)[f"{n:02}.txt"] for n in range(11)] == [
        "ingested" if n % 4 else "failed" for n in range(11)
    ]
    assert [(one.texts, one.texts_total) for one in seen] == [(0, 3), (0, 3), (0, 2)]  # 8 texts, 3 a batch
    assert runs.library.shelf.read.counts().documents == 8


def test_progress_counts_the_texts_of_a_large_file(runs, monkeypatch) -> None:
    monkeypatch.setattr(ingest.embedding, "TOGETHER", 2)
    seen: list[Progress] = []
    runs.write("a.txt", "\n\n".join(chr(0x4E00 + n) * 65 for n in range(5)))
    runs.run(chunker=Chunker("recursive", 70), watch=seen.append)
    assert [(one.texts, one.texts_total) for one in seen] == [(0, 5), (2, 5), (4, 5)]


def test_a_reader_who_stops_listening_leaves_what_is_committed_searchable(runs, monkeypatch) -> None:
    monkeypatch.setattr(ingest.pipeline, "AHEAD", 0)
    monkeypatch.setattr(ingest.pipeline, "BATCH_TEXTS", 1)
    for n in range(5):
        runs.write(f"{n}.txt", f"第 {n} 份合同")
    run = runs.ingestion().run(discover([runs.files]))
    next(run)
    run.close()
    assert runs.library.shelf.read.counts().documents == 1
    assert len(runs.library.shelf.search_keyword("合同", 9)) == 1
    assert list(statuses(runs.run()).values()) == ["unchanged"] + ["ingested"] * 4


def test_files_are_read_while_others_are_embedded_and_a_text_of_both_is_embedded_once(runs, monkeypatch) -> None:
    monkeypatch.setattr(ingest.pipeline, "AHEAD", 0)
    monkeypatch.setattr(ingest.pipeline, "BATCH_TEXTS", 1)
    for n, text in enumerate(("同一句话", "同一句话", "另一句话")):
        runs.write(f"{n}.txt", text + "\n" * n)  # other bytes, the same text
    embed, asked = runs.library.embedder.embed_passages, []

    def slow(texts):
        asked.extend(texts)
        for _ in range(1000):
            if len(runs.parser.seen) > 1:
                break
            time.sleep(0.01)
        assert len(runs.parser.seen) > 1, "the second file waited for the first one's vectors"
        return embed(texts)

    monkeypatch.setattr(runs.library.embedder, "embed_passages", slow)
    assert set(statuses(runs.run()).values()) == {"ingested"}
    assert sorted(asked) == ["另一句话", "同一句话"]


def test_an_embedder_is_prepared_while_the_first_file_is_read_and_not_at_all_where_nothing_is(runs) -> None:
    prepared: list[int] = []
    embedder = runs.library.embedder

    def prepare() -> None:
        prepared.append(len(embedder.passages))
        raise RuntimeError("no weights")  # told by the first text if it is still so then

    embedder.prepare = prepare
    for n in range(3):
        runs.write(f"{n}.md", f"第{n}段。")
    assert {one.status for one in runs.run().values()} == {"ingested"}
    assert prepared == [0]
    assert {one.status for one in runs.run().values()} == {"unchanged"}
    assert len(prepared) == 1


def test_vectors_that_another_process_deletes_before_the_commit_are_made_again(runs, monkeypatch) -> None:
    runs.write("a.txt", TEXT)
    put, calls = runs.library.catalogue.put, []

    def raced(collection, document, chunks, vectors, source, quality) -> None:
        calls.append(dict(vectors))
        if len(calls) == 1:
            raise VectorsMissing("gone")
        put(collection, document, chunks, vectors, source, quality)

    monkeypatch.setattr(runs.library.catalogue, "put", raced)
    assert runs.run()["a.txt"].status == "ingested"
    assert len(calls) == 2
    assert runs.library.shelf.disagreements() == []


def test_a_failing_embedder_ends_the_run_and_the_next_one_completes_it(runs, monkeypatch) -> None:
    from models.types import ModelUnavailable

    def down(_: object) -> None:
        raise ModelUnavailable("the endpoint does not answer")

    runs.write("a.txt", TEXT)
    monkeypatch.setattr(runs.library.embedder, "embed_passages", down)
    with pytest.raises(ModelUnavailable):
        runs.run()
    assert runs.library.shelf.read.counts().documents == 0
    monkeypatch.undo()
    assert runs.run()["a.txt"].status == "ingested"
