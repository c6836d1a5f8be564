"""The main road with the real embedder and the real chat model, as a user walks it, and with the network refused.

Every command runs in a process of its own that cannot reach anything but this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import DEFAULT_CHAT, DEFAULT_EMBEDDER
from models.fetch import installed

LIBRARY = Path(__file__).parents[1] / "examples" / "library"
TAKEN = ("提示词规范.txt", "reranking-handbook.epub", "禾问部署手册.pdf", "gpu-fleet.csv")

# An audit hook sees every connection that Python opens, whichever library asks for it; llama.cpp answers on loopback.
OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[1][0] if event == "socket.connect" and isinstance(arguments[1], tuple) else arguments[0]
        if not str(host).startswith(("127.", "localhost", "::1")) and not hasattr(host, "family"):
            raise PermissionError(f"the network is refused in this test: {event} {arguments!r}")
sys.addaudithook(refuse)
from app.cli import main
main()
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (installed(DEFAULT_EMBEDDER) and installed(DEFAULT_CHAT)), reason="weights are missing: shujia models pull"
    ),
]


class Shujia:
    """The command line on one library."""

    def __init__(self, library: Path) -> None:
        self.library = library

    def __call__(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        command = [sys.executable, "-c", OFFLINE, "--library", str(self.library), *arguments, "--json"]
        # A shorter context than the default: a slow processor reads a prompt at 20 tokens a second.
        environment = {**os.environ, "SHUJIA_CONTEXT_TOKENS": "256"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == code, done.stderr
        parsed: dict[str, Any] = json.loads(done.stdout)
        return parsed


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents of the sample library: Chinese and English, plain text, EPUB, PDF and a table."""
    folder = tmp_path_factory.mktemp("文件")
    for name in TAKEN:
        (folder / name).write_bytes((LIBRARY / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def shujia(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Shujia:
    """A library with these documents."""
    run = Shujia(tmp_path_factory.mktemp("书架"))
    totals = run("ingest", str(files))["totals"]
    assert (totals["ingested"], totals["failed"]) == (4, 0)
    assert totals["embedded"] == totals["chunks"] > 10
    return run


def test_a_second_ingest_changes_nothing_and_embeds_nothing(shujia: Shujia, files: Path) -> None:
    totals = shujia("ingest", str(files))["totals"]
    assert (totals["changed"], totals["unchanged"], totals["embedded"]) == (0, 4, 0)


@pytest.mark.parametrize(
    ("question", "answer", "source", "language"),
    [
        ("最近一次恢复演练总共用了多长时间？", "38", "禾问部署手册.pdf", "zh"),
        ("Which reranking depth does production use?", "20", "reranking-handbook.epub", "en"),
    ],
)
def test_a_question_gets_a_cited_and_checked_answer(
    shujia: Shujia, question: str, answer: str, source: str, language: str
) -> None:
    given = shujia("ask", question)
    assert answer in given["answer"]
    assert given["language"] == language
    assert not given["abstained"]
    assert {sentence["verdict"] for sentence in given["sentences"]} == {"supported"}
    inspected = shujia("inspect", source)
    for citation in given["citations"]:
        assert citation["document"] == inspected["document"]["id"]
        assert inspected["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert f"[{given['citations'][0]['number']}]" in given["answer"]


def test_a_question_that_the_documents_do_not_answer_is_refused(shujia: Shujia) -> None:
    given = shujia("ask", "禾问企业版每年的订阅价格是多少？")
    assert given["abstained"]
    assert not given["citations"]
    assert any(hit["title"] in given["answer"] for hit in given["passages"]), "the closest passages are named"


def test_the_extractive_answer_needs_no_chat_model(shujia: Shujia) -> None:
    began = time.perf_counter()
    given = shujia("ask", "When will the host rotterdam-gpu-03 be retired?", "--model", "extractive")
    assert "March 2026" in given["answer"]
    assert given["model"] == "extractive"
    assert time.perf_counter() - began < 30, "it must not have loaded the chat model"


def test_a_question_finds_the_passage_in_the_other_language(shujia: Shujia) -> None:
    hits = shujia("search", "At what time of day does the automatic backup run?", "--mode", "dense", "-k", "40")["hits"]
    assert "2 点 30 分" in " ".join(hit["text"] for hit in hits if hit["path"].endswith("禾问部署手册.pdf"))


def test_an_edited_file_embeds_only_its_changed_chunks(shujia: Shujia, files: Path) -> None:
    path = files / "提示词规范.txt"
    text = path.read_bytes().decode("gb18030")
    path.write_bytes(text.replace("温度固定为 0.2", "温度固定为 0.25").encode("gb18030"))
    result = next(one for one in shujia("ingest", str(files))["documents"] if one["status"] == "replaced")
    assert result["path"].endswith(path.name)
    assert result["embedded"] == 1 < result["chunks"]


def test_a_deleted_document_is_gone_from_both_legs(shujia: Shujia) -> None:
    question = "rotterdam-gpu-03"
    for mode in ("dense", "keyword"):
        assert any(question in hit["text"] for hit in shujia("search", question, "--mode", mode, "-k", "50")["hits"])
    shujia("delete", "gpu-fleet.csv")
    for mode in ("dense", "keyword"):
        hits = shujia("search", question, "--mode", mode, "-k", "50")["hits"]
        assert not any(question in hit["text"] for hit in hits)
    assert shujia("fsck")["agrees"]
    assert shujia("status")["documents"] == 3
