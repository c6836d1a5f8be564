"""Ingestion killed with SIGKILL at random moments and run again ends where an uninterrupted run ends."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from sqlalchemy import select

from store import schema as s
from store.catalogue import Catalogue
from store.dense_index import DenseIndex
from store.keyword_index import KeywordIndex
from store.shelf import Shelf

ROOT = Path(__file__).resolve().parents[2]
KILLS = 10
SCRIPT = """
import sys
import time
from pathlib import Path

import ingest.pipeline
from ingest.chunkers import Chunker
from ingest.files import discover
from ingest.pipeline import Ingestion
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.originals import Originals
from store.shelf import Shelf

parser_kind, files, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
ingest.pipeline.AHEAD, ingest.pipeline.BATCH_TEXTS = 2, 8
if parser_kind == "pool":
    from ingest.limits import Limits
    from ingest.sandbox import ParserPool

    parser = ParserPool(1, Limits())
else:
    sys.path.insert(0, sys.argv[4])
    from conftest import PlainParser

    parser = PlainParser()
embedder = HashEmbedder()
catalogue = Catalogue(folder / "catalogue.sqlite")
collection = catalogue.ensure_collection("文档", embedder="hash-64", dimension=64, chunker="recursive-1:40")
shelf = Shelf(catalogue, collection, folder / "index")
run = Ingestion(catalogue, shelf, Originals(folder / "originals"), embedder, parser, chunker=Chunker("recursive", 40))
sys.stdout.write("ready\\n")
sys.stdout.flush()
for result in run.run(discover([files])):
    shelf.follow(publish=True)  # as often as possible, so that kills meet the publication too
if parser_kind == "pool":
    parser.close()
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "文件"
    folder.mkdir()
    for n in range(24):
        paragraphs = [f"第 {n} 份文件的第 {p} 段，" + f"内容{n * 7 + p}" * 9 for p in range(1 + n % 5)]
        (folder / f"{n:02}.txt").write_text("\n\n".join([*paragraphs, "每份都有的声明" * 5]), encoding="utf-8")
    return folder


def start(parser: str, files: Path, folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, parser, str(files), str(folder), str(ROOT / "tests")]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told.decode()


def state(folder: Path) -> dict[str, Any]:
    """Everything that must not depend on the way there: keys are translated to chunk ids."""
    catalogue = Catalogue(folder / "catalogue.sqlite")
    try:
        collection = catalogue.collection("文档")
        shelf = Shelf(catalogue, collection, folder / "index")
        assert shelf.disagreements() == []
        with catalogue.engine.connect() as connection:
            chunks = {row.key: row for row in connection.execute(select(s.chunk))}
            vectors = {row.text_id: bytes(row.data) for row in connection.execute(select(s.vector))}
        shelf.follow(publish=True)
        dense, keyword = DenseIndex(folder / "index", embedder="hash-64", dimension=64), KeywordIndex(folder / "index")
        assert dense.load()
        assert keyword.load()
        held = {chunks[key].id: dense.vectors([key])[0] for key in dense.keys().tolist()}
        terms = keyword.keys()
        words = {
            question: {chunks[key].id for key, _ in keyword.search(question, 500)} for question in ("声明", "内容 35")
        }
        return {
            "chunks": {row.id: (row.start, row.end, row.text, row.text_id) for row in chunks.values()},
            "vectors": vectors,
            "dense": {identity: np.round(vector, 5).tolist() for identity, vector in held.items()},
            "keyword": {chunks[key].id for key in terms},
            "words": words,
            "originals": sorted(path.name for path in (folder / "originals").glob("??/*") if path.suffix != ".tmp"),
            "sources": {path: source.document_id for path, source in shelf.read.sources().items()},
        }
    finally:
        catalogue.close()


@pytest.fixture
def wanted(files: Path, tmp_path: Path) -> tuple[dict[str, Any], float]:
    """The state after an uninterrupted run, and how many seconds it worked."""
    process = start("plain", files, tmp_path / "whole")
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    finish(process)
    return state(tmp_path / "whole"), time.monotonic() - began


def test_killed_at_ten_random_moments_and_completed_equals_an_uninterrupted_run(files, tmp_path, wanted) -> None:
    whole, seconds = wanted
    assert len(whole["originals"]) == 24
    chance, folder = random.Random(20241122), tmp_path / "killed"
    killed = committed = 0
    while killed < KILLS:
        process = start("plain", files, folder)
        assert process.stdout is not None
        process.stdout.readline()  # imports are over; from here on every moment may be the last
        time.sleep(chance.uniform(0, 0.2 * seconds))
        process.kill()
        process.communicate()
        if process.returncode == 0:  # it was done before the kill: the next ones start anew
            assert state(folder) == whole
            shutil.rmtree(folder)
            committed = 0
            continue
        killed += 1
        catalogue = Catalogue(folder / "catalogue.sqlite")
        now = len(catalogue.document_ids())
        catalogue.close()
        assert now >= committed  # what was committed stays
        committed = now
    finish(start("plain", files, folder))
    assert state(folder) == whole


def test_a_killed_run_leaves_no_process_behind(files, tmp_path) -> None:
    """The parser's children notice that their parent is gone."""
    process = start("pool", files, tmp_path / "killed", TMPDIR=str(tmp_path))
    assert process.stdout is not None
    process.stdout.readline()
    ends = time.monotonic() + 30
    while not (children := psutil.Process(process.pid).children(recursive=True)) and time.monotonic() < ends:
        time.sleep(0.02)
    assert children
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    finish(start("pool", files, tmp_path / "killed", TMPDIR=str(tmp_path)))
    assert len(state(tmp_path / "killed")["sources"]) == 24
