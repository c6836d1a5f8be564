"""The store's whole road on the command line with the servers that many machines share: PostgreSQL, Milvus, or both.

SHUJIA_TEST_POSTGRES and SHUJIA_TEST_MILVUS name them, as in tests/store/conftest.py; `.ci/scale` and `.ci/milvus` start
one each. Every command is a process of its own with the real embedder, so nothing is kept but what the servers keep.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import DEFAULT_EMBEDDER
from models.fetch import installed

POSTGRES = os.environ.get("SHUJIA_TEST_POSTGRES", "")  # read now: no SHUJIA_* variable reaches a test
MILVUS = os.environ.get("SHUJIA_TEST_MILVUS", "")
NAME = "合同与制度（2025）·第三版"
FILES = {
    "租赁合同.md": "# 租赁合同\n\n## 期限\n\n本合同自二〇二五年五月一日起生效，租期三年，押金为两个月租金。",
    "手册/restore.txt": "The last restore drill took 38 minutes. The backup is kept for ninety days in Rotterdam.",
    "手册/報銷.html": "<h1>報銷規定</h1><p>差旅費用須於返回後十個工作天內提交，逾期不予受理。</p>",
    "通知.txt": "关于机房搬迁的通知：搬迁定于十一月十五日夜间进行，预计中断四小时。",
}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (POSTGRES or MILVUS), reason="neither SHUJIA_TEST_POSTGRES nor SHUJIA_TEST_MILVUS is set"),
    pytest.mark.skipif(not installed(DEFAULT_EMBEDDER), reason="weights are missing: shujia models pull"),
]


class Shujia:
    """The command line on one library whose catalogue and vectors lie on the servers."""

    def __init__(self, library: Path, catalogue: str) -> None:
        self.library = library
        self.servers = {"SHUJIA_CATALOGUE": catalogue, "SHUJIA_MILVUS_URI": MILVUS}

    def __call__(self, *arguments: str | Path, code: int = 0, named: bool = True) -> dict[str, Any]:
        collection = ("--collection", NAME) if named else ()
        command = ["from app.cli import main; main()", "--library", self.library, *arguments, *collection, "--json"]
        environment = {**os.environ, **{key: value for key, value in self.servers.items() if value}}
        done = subprocess.run(
            [sys.executable, "-c", *map(str, command)], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == code, done.stderr + done.stdout
        parsed: dict[str, Any] = json.loads(done.stdout)
        return parsed

    def found(self, question: str, mode: str = "hybrid") -> list[str]:
        return [hit["text"] for hit in self("search", question, "--mode", mode)["hits"]]

    def agrees(self) -> None:
        assert self("fsck", named=False)["agrees"]


@pytest.fixture
def catalogue(new_postgresql: Any) -> Iterator[str]:
    """The URL of an empty database, gone afterwards; "" without a server."""
    if not POSTGRES:
        yield ""
        return
    with new_postgresql(POSTGRES) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "资料 (共享)"
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="gb18030" if name == "通知.txt" else "utf-8")
    return made


@pytest.fixture
def shujia(tmp_path: Path, catalogue: str, folder: Path) -> Iterator[Shujia]:
    """A library that has read the folder; what it put on the servers is taken away."""
    before = in_milvus()
    run = Shujia(tmp_path / "书架", catalogue)
    totals = run("ingest", folder)["totals"]
    assert (totals["ingested"], totals["failed"]) == (4, 0)
    yield run
    run("delete", "--yes")
    assert in_milvus() == before


def in_milvus() -> set[str]:
    """The collections on the server."""
    if not MILVUS:
        return set()
    from pymilvus import MilvusClient

    client = MilvusClient(MILVUS)
    names = set(client.list_collections())
    client.close()
    return names


def test_what_was_put_on_the_servers_is_found_and_what_was_deleted_is_not(shujia: Shujia, folder: Path) -> None:
    assert shujia("status", named=False)["collections"][0]["name"] == NAME
    for question, wanted in (
        ("押金是多少？", "押金为两个月租金"),
        ("差旅费用最晚什么时候提交？", "十個工作天"),
        ("How long did the restore drill take?", "38 minutes"),
        ("机房什么时候搬迁？", "十一月十五日"),
    ):
        assert wanted in shujia.found(question, "dense")[0]
    assert shujia("delete", "租赁合同.md", "--yes")["deleted"]
    for mode in ("hybrid", "dense", "keyword"):
        assert not any("押金" in text for text in shujia.found("押金是多少？", mode))
    shujia.agrees()
    totals = shujia("ingest", folder)["totals"]
    assert (totals["ingested"], totals["unchanged"]) == (1, 3)
    assert "押金" in shujia.found("押金是多少？", "dense")[0]


def test_a_moved_a_changed_and_a_removed_file_are_followed_and_a_new_generation_answers(
    shujia: Shujia, folder: Path
) -> None:
    (folder / "租赁合同.md").rename(folder / "手册" / "合同（旧）.md")
    (folder / "通知.txt").write_text("关于机房搬迁的通知：改到十二月六日。", encoding="utf-8")
    (folder / "手册" / "報銷.html").unlink()
    done = shujia("sync", folder)
    totals = done["totals"]
    assert (totals["moved"], totals["replaced"], totals["removed"], totals["unchanged"]) == (1, 1, 1, 1)
    assert sum(one["embedded"] for one in done["documents"]) == 1  # the changed file's passage; the moved one keeps its
    assert "十二月六日" in shujia.found("机房什么时候搬迁？", "dense")[0]
    shujia("reindex", "--chunker", "section:120")
    assert "押金" in shujia.found("押金是多少？", "dense")[0]
    shujia("reindex", "--rollback")
    assert "38 minutes" in shujia.found("How long did the restore drill take?")[0]
    shujia.agrees()


@pytest.mark.skipif(not MILVUS, reason="SHUJIA_TEST_MILVUS names no Milvus server")
def test_vectors_that_someone_dropped_from_the_server_come_back_from_the_catalogue(shujia: Shujia) -> None:
    from pymilvus import MilvusClient

    before = shujia("search", "押金是多少？", "--mode", "dense")["hits"]
    client = MilvusClient(MILVUS)
    mine = [name for name in client.list_collections() if name.startswith("shujia_")]
    for name in mine:
        client.drop_collection(name)
    client.close()
    assert shujia("search", "押金是多少？", "--mode", "dense")["hits"] == before
    assert in_milvus() >= set(mine)
    shujia.agrees()


@pytest.mark.skipif(not POSTGRES or find_spec("ray") is None, reason="no PostgreSQL, or the extra scale is missing")
def test_ray_puts_files_on_the_servers_as_a_local_run_does(shujia: Shujia, folder: Path) -> None:
    (folder / "附录.md").write_text("# 附录\n\n维修基金由物业公司代管，每年三月公示。", encoding="utf-8")
    (folder / "notice.txt").write_text("The elevator is inspected every April.", encoding="utf-8")
    totals = shujia("ingest", folder, "--ray", "local")["totals"]
    assert (totals["ingested"], totals["unchanged"], totals["failed"]) == (2, 4, 0)
    assert "三月" in shujia.found("维修基金什么时候公示？", "dense")[0]
    assert "April" in shujia.found("When is the elevator inspected?", "keyword")[0]
    shujia.agrees()
