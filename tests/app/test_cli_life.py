"""sync, queue, worker, retry, reindex, export and import, as a user types them."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from models.fakes import HashEmbedder

OLD = 1_000_000_000


class OtherEmbedder(HashEmbedder):
    """Other vectors under another name."""

    name = "hash-other"

    def embed_passages(self, texts):
        return -HashEmbedder.embed_passages(self, texts)


@pytest.fixture
def books(cli):
    for path in (cli.folder / "书").iterdir():
        os.utime(path, (OLD, OLD))
    return cli


def write(cli, name: str, text: str, age: int = OLD) -> Path:
    path = cli.folder / "书" / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (age, age))
    return path


def statuses(payload) -> dict[str, str]:
    return {Path(one["path"]).name: one["status"] for one in payload["documents"]}


def test_sync_follows_the_folder(books) -> None:
    assert statuses(books.json("sync", "书", "--dry-run")) == {"harbour.md": "ingested", "合同.txt": "ingested"}
    assert books.json("status")["documents"] == 0
    assert books.json("sync", "书")["totals"]["ingested"] == 2
    (books.folder / "书" / "合同.txt").rename(books.folder / "书" / "旧合同.txt")
    write(books, "新.txt", "新来的文件。")
    payload = books.json("sync", "书")
    assert statuses(payload) == {"旧合同.txt": "moved", "新.txt": "ingested"}
    assert payload["totals"]["unchanged"] == 1
    assert "3 unchanged" in books("sync", "书").output


def test_sync_withholds_the_removal_of_more_than_half(books) -> None:
    books("sync", "书")
    for path in (books.folder / "书").iterdir():
        path.unlink()
    payload = books.json("sync", "书", code=1)
    assert (payload["totals"]["withheld"], payload["totals"]["removed"]) == (2, 0)
    assert books.json("status")["documents"] == 2
    assert books.json("sync", "书", "--yes")["totals"]["removed"] == 2
    assert books.json("status")["documents"] == 0


@pytest.mark.parametrize("arguments", [("缺",), ("书/合同.txt",), ("书", "--watch", "--json"), ()])
def test_a_mistake_in_sync_ends_with_2(books, arguments) -> None:
    books("sync", *arguments, code=2)


def test_the_queue_is_worked_off_and_says_what_waits_and_what_failed(books) -> None:
    (books.folder / "书" / "坏.pdf").write_bytes(b"%PDF-1.7\nthis goes nowhere")
    payload = books.json("ingest", "书", "--queue")
    assert set(statuses(payload).values()) == {"queued"}
    status = books.json("status")
    assert {job["state"] for job in status["jobs"]} == {"waiting"}
    assert status["documents"] == 0
    told = books.json("worker", "--once", code=1)
    assert statuses(told) == {"harbour.md": "ingested", "合同.txt": "ingested", "坏.pdf": "failed"}
    (job,) = books.json("status")["jobs"]
    assert (job["state"], job["attempts"], job["code"]) == ("failed", 1, "unreadable")
    assert job["reason"]
    assert "坏.pdf" in books("status").output
    write(books, "坏.pdf", "现在是一份普通的文字。")
    assert statuses(books.json("retry")) == {"坏.pdf": "ingested"}
    assert books.json("status")["jobs"] == []
    assert books.json("fsck")["agrees"]


def test_retry_says_what_cannot_be_read_again(books, capsys) -> None:
    bad = write(books, "坏.pdf", "%PDF-1.7\nnowhere")
    books("ingest", "书", code=1)
    bad.unlink()
    (gone,) = books.json("retry", code=1)["documents"]
    assert gone["reason"].startswith("no longer there")
    books("retry", "没有失败.txt", code=2)
    assert "has not failed" in capsys.readouterr().err


def test_reindex_with_another_chunker_answers_and_rolls_back(books) -> None:
    books("ingest", "书")
    before = books.json("search", "三十日内付款")["hits"]
    payload = books.json("reindex", "--chunker", "sentence")
    assert (payload["switched"], payload["documents"], payload["chunker"]) == (True, 2, "sentence-2:220")
    cut = books.json("search", "三十日内付款")["hits"]
    assert len(cut) > len(before)
    assert cut[0]["text"] == "甲方应当在三十日内付款。"
    assert {one["name"] for one in books.json("status")["collections"]} == {"default"}
    write(books, "新.txt", "新来的文件。")
    assert books.json("ingest", "书")["totals"]["ingested"] == 1  # cut as the collection is now
    (books.folder / "书" / "新.txt").unlink()
    back = books.json("reindex", "--rollback")
    assert (back["switched"], back["documents"]) == (True, 1)  # the new file is brought over
    assert [hit["text"] for hit in books.json("search", "三十日内付款")["hits"]][:1] == [before[0]["text"]]
    assert books.json("status")["documents"] == 3
    assert books.json("fsck")["agrees"]
    assert books.json("reindex", "--drop-old")["dropped"]
    books("reindex", "--rollback", code=2)


def test_reindex_with_another_embedder_is_asked_with_it(books, monkeypatch) -> None:
    books("ingest", "书")
    other = OtherEmbedder()
    monkeypatch.setattr("app.wiring.Library.embedder_named", lambda _self, name: other)
    assert books.json("reindex", "--embedder", "hash-other")["embedder"] == "hash-other"
    hits = books.json("search", "三十日内付款", "--mode", "dense")["hits"]
    assert "三十日内付款" in hits[0]["text"]
    assert hits[0]["score"] > 0
    write(books, "新.txt", "新来的文件。")
    assert books.json("ingest", "书")["totals"]["ingested"] == 1
    monkeypatch.setenv("SHUJIA_EMBEDDER", "hash-64")  # named: the settings are not passed over in silence
    books("ingest", "书", code=2)


def test_a_document_that_cannot_be_read_again_leaves_the_old_generation_answering(books) -> None:
    books("ingest", "书")
    for kept in (books.folder / "library" / "originals").glob("??/*"):
        kept.write_bytes(b"another file")
    payload = books.json("reindex", "--chunker", "sentence", code=1)
    assert not payload["switched"]
    assert {Path(one["path"]).name for one in payload["failed"]} == {"harbour.md", "合同.txt"}
    assert books.json("search", "三十日内付款")["hits"]
    assert {one["chunker"] for one in books.json("status")["collections"]} == {"recursive-1:220"}


def test_the_gate_keeps_a_worse_generation_out(books) -> None:
    import json

    books("ingest", "书")
    text = books("inspect", "合同.txt", "--text").stdout
    quote = "甲方应当在三十日内付款。"
    gold = {"file": "合同.txt", "start": text.index(quote), "end": text.index(quote) + len(quote), "quote": quote}
    case = {"id": "1", "question": "甲方何时付款？", "language": "zh", "gold": [gold]}
    cases = books.folder / "cases.jsonl"
    cases.write_text(json.dumps(case, ensure_ascii=False) + "\n", encoding="utf-8")
    payload = books.json("reindex", "--chunker", "sentence", "--gate", cases)
    assert payload["gate"] == {"cases": 1, "before": 1.0, "after": 1.0, "passed": True}
    books("reindex", "--gate", books.folder / "缺.jsonl", code=2)


def test_a_gate_that_cannot_be_read_is_told_before_anything_is_built(books, monkeypatch, capsys) -> None:
    books("ingest", "书")
    cases = books.folder / "cases.jsonl"
    cases.write_text('{"id": "1", "question": "？"}\n', encoding="utf-8")
    monkeypatch.setattr("app.reindexing._bring_up", None)  # it is not come to
    books("reindex", "--chunker", "sentence", "--gate", cases, code=2)
    assert "cases.jsonl:1" in capsys.readouterr().err


def test_a_name_that_is_no_text_is_refused_by_every_command(books, capsys) -> None:
    name = "坏\udcff"
    books("ingest", "书", "--collection", name, code=2)
    assert "no text in UTF-8" in capsys.readouterr().err
    for command in (("search", "付款"), ("reindex",), ("delete", "a.md", "--yes")):
        books(*command, "--collection", name, code=2)
        assert "no collection named" in capsys.readouterr().err


def test_what_is_deleted_is_gone_from_the_kept_generation_too(books) -> None:
    books("ingest", "书")
    books("reindex", "--chunker", "sentence")
    books("delete", "合同.txt", "--yes")
    assert books.json("reindex", "--rollback")["documents"] == 0
    assert not any("甲方" in hit["text"] for hit in books.json("search", "甲方付款")["hits"])
    books("delete", "--collection", "default", "--yes")
    assert books.json("status")["collections"] == []
    assert list((books.folder / "library" / "originals").glob("??/*")) == []


def test_a_collection_travels_in_one_file(books) -> None:
    books("ingest", "书")
    file = books.folder / "书.shujia"
    assert books.json("export", "default", file)["documents"] == 2
    books("export", "default", file, code=2)
    assert books.json("import", file, "--as", "副本")["chunks"] == 2
    for mode in ("dense", "keyword", "hybrid"):
        here, there = (books.json("search", "付款", "--mode", mode, "-c", name)["hits"] for name in ("default", "副本"))
        assert [(hit["chunk"], hit["score"]) for hit in here] == [(hit["chunk"], hit["score"]) for hit in there]
    books("import", file, code=1)
    file.write_bytes(file.read_bytes()[:-40])
    books("import", file, "--as", "又", code=1)
    assert books.json("fsck")["agrees"]


def test_a_failure_whose_file_is_gone_is_forgotten_by_delete(books) -> None:
    bad, other = (write(books, name, "%PDF-1.7\nnowhere") for name in ("坏.pdf", "又坏.pdf"))
    books("ingest", bad, code=1)
    books("ingest", other, "--queue")
    books("worker", "--once", code=1)
    bad.unlink()
    assert f"shujia delete {shlex.quote(str(bad))}" in books.json("retry", bad, code=1)["documents"][0]["reason"]
    assert books.json("delete", bad)["deleted"] == {"collection": "default", "document": "", "paths": [str(bad)]}
    assert "forgotten" in books("delete", "书/又坏.pdf").output
    status = books.json("status")
    assert (status["jobs"], status["collections"][0]["failures"]) == ([], [])


def test_a_deleted_collection_leaves_nothing_in_the_queue(books) -> None:
    books("ingest", "书", "-c", "旧")
    books("ingest", "书", "-c", "新")
    write(books, "后来.txt", "后来的文件。")
    for name in ("旧", "新"):
        books("ingest", "书", "-c", name, "--queue")
    books("delete", "--collection", "旧", "--yes")
    assert [(job["collection"], Path(job["path"]).name) for job in books.json("status")["jobs"]] == [("新", "后来.txt")]


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_never_means_the_default_collection(books, name) -> None:
    books("ingest", "书")
    books("delete", "--collection", name, "--yes", code=2)
    books("sync", "书", "-c", name, code=2)
    books("export", name, "x.shujia", code=2)
    books("export", "default", "x.shujia")
    books("import", "x.shujia", "--as", name, code=2)
    assert [one["name"] for one in books.json("status")["collections"]] == ["default"]


def test_a_place_that_export_cannot_write_to_is_named_before(books) -> None:
    books("ingest", "书")
    for place, told in (("无/x.shujia", "there is no folder 无"), ("书", "is a folder: name a file in it")):
        assert told in books("export", "default", place, "--force", code=2).stderr


def test_a_dry_run_tells_what_sync_would_withhold(books) -> None:
    books("sync", "书")
    for path in (books.folder / "书").iterdir():
        path.unlink()
    told = books("sync", "书", "--dry-run").stderr
    assert "2 of the 2 files" in told
    assert "use --yes" in told
    assert "use --yes" not in books("sync", "书", "--dry-run", "--yes").stderr


def test_sync_says_which_folder_is_none(books, capsys) -> None:
    books("sync", "缺", code=2)
    assert capsys.readouterr().err == "shujia: no such folder: 缺\n"
    books("sync", "书/合同.txt", code=2)
    assert "is a file: take it in with shujia ingest" in capsys.readouterr().err
