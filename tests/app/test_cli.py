from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.cli import app, run

ROOT = Path(__file__).resolve().parents[2]
HIT = {"rank", "score", "document", "title", "page", "start", "end", "text", "stages"}  # design: the contract


@pytest.fixture
def filled(cli) -> Any:
    cli("ingest", "书")
    return cli


def test_ingest_reports_every_file_and_the_totals(cli) -> None:
    payload = cli.json("ingest", "书")
    assert {Path(one["path"]).name: one["status"] for one in payload["documents"]} == {
        "harbour.md": "ingested",
        "合同.txt": "ingested",
    }
    contract = {"path", "status", "reason", "document", "pages", "chunks", "seconds"}
    assert all(contract <= one.keys() for one in payload["documents"])
    assert (payload["totals"]["ingested"], payload["totals"]["failed"], payload["totals"]["changed"]) == (2, 0, 2)
    again = cli.json("ingest", "书")["totals"]
    assert (again["unchanged"], again["changed"], again["embedded"]) == (2, 0, 0)


def test_ingest_ends_with_1_when_a_file_failed_and_says_which_and_why(cli) -> None:
    (cli.folder / "书" / "坏.pdf").write_bytes(b"%PDF-1.7\nthis goes nowhere")
    told = cli("ingest", "书", code=1)
    assert "坏.pdf" in told.output
    assert "1 failed" in told.output
    assert "2 new" in told.output
    (failed,) = [one for one in cli.json("ingest", "书", code=1)["documents"] if one["status"] == "failed"]
    assert failed["reason"].endswith("(unchanged since then)")
    assert cli.json("status")["collections"][0]["failures"][0]["path"].endswith("坏.pdf")


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest",),
        ("ingest", "缺失"),
        ("ingest", "书", "--workers", "0"),
        ("nonsense",),
        ("search",),
        ("delete",),
        ("search", "x", "--mode", "magic"),
        ("search", "x", "-k", "0"),
        ("search", " "),
        ("inspect", "nothing"),
    ],
)
def test_a_mistake_in_the_command_ends_with_2(filled, arguments: tuple[str, ...]) -> None:
    filled(*arguments, code=2)


def test_search_keeps_its_shape(filled) -> None:
    payload = filled.json("search", "三十日内付款", "-k", "1")
    (hit,) = payload["hits"]
    assert hit.keys() >= HIT
    assert hit["text"][: len("甲方应当在三十日内付款。")] == "甲方应当在三十日内付款。"
    assert {"dense", "keyword", "fused"} <= hit["stages"].keys()
    assert {"dense", "keyword", "fused"} <= payload["trace"]["stages"].keys()
    told = filled("search", "三十日内付款", "--explain").output
    assert "dense #1" in told
    assert "ms" in told
    assert filled.json("search", "winter", "--mode", "keyword")["hits"][0]["stages"].keys() == {"keyword"}


def test_ask_without_a_model_keeps_its_shape(filled) -> None:
    payload = filled.json("ask", "When does the harbour freeze?", "--model", "extractive")
    assert {"answer", "language", "abstained", "citations", "sentences", "model", "trace"} <= payload.keys()
    assert payload["citations"]
    for citation in payload["citations"]:
        assert {"number", "document", "title", "page", "start", "end", "quote", "verdict"} <= citation.keys()
        assert citation["verdict"] in ("supported", "unsupported", "unchecked")
    for sentence in payload["sentences"]:
        assert {"text", "verdict", "citations"} <= sentence.keys()
    assert all(isinstance(seconds, float) for seconds in payload["trace"].values())


def test_inspect_prints_exactly_the_text_that_the_spans_index(filled) -> None:
    payload = filled.json("inspect", "合同.txt")
    text = filled("inspect", "合同.txt", "--text").stdout
    assert text == payload["text"]
    assert [text[one["start"] : one["end"]] for one in payload["chunks"]] == [one["text"] for one in payload["chunks"]]
    assert ":smile:" in filled("inspect", "合同.txt", "--chunks").stdout


def test_status_counts_what_is_live(filled) -> None:
    payload = filled.json("status")
    assert {"documents", "chunks", "collections", "jobs"} <= payload.keys()
    assert payload["documents"] == 2
    assert "合同" in filled("status").output
    filled("delete", "harbour.md", "--yes")
    assert filled.json("status")["documents"] == 1


def test_delete_asks_first_and_then_the_document_is_gone_from_both_legs(filled) -> None:
    assert "Nothing was deleted" in filled("delete", "合同.txt", answer="n\n").output
    assert filled.json("status")["documents"] == 2
    filled("delete", "合同.txt", answer="y\n")
    for mode in ("dense", "keyword", "hybrid"):
        assert not any("甲方" in hit["text"] for hit in filled.json("search", "甲方付款", "--mode", mode)["hits"])
    assert list((filled.folder / "library" / "originals").rglob("*.txt")) == []
    filled("delete", "合同.txt", "--yes", code=2)


def test_collections_may_have_chinese_names_and_are_deleted_whole(filled) -> None:
    filled("ingest", "书", "--collection", "法务／2024")
    assert filled.json("search", "付款", "-c", "法务／2024")["hits"]
    assert {one["name"] for one in filled.json("status")["collections"]} == {"default", "法务／2024"}
    filled("delete", "--collection", "法务／2024", "--yes")
    assert [one["name"] for one in filled.json("status")["collections"]] == ["default"]
    assert filled.json("search", "付款")["hits"]
    assert filled.json("fsck")["agrees"]


def test_an_unknown_collection_is_answered_with_those_there_are(filled, capsys) -> None:
    filled("search", "付款", "-c", "nope", code=2)
    assert "no collection named 'nope'; there is default" in capsys.readouterr().err


def test_the_library_may_stand_before_or_after_the_command(cli) -> None:
    cli("--library", cli.folder / "甲", "ingest", "书")
    assert cli.json("status", "--library", cli.folder / "甲")["documents"] == 2
    assert cli.json("--library", cli.folder / "甲", "status")["documents"] == 2
    assert cli.json("--library", cli.folder / "甲", "status", "--library", cli.folder / "乙")["documents"] == 0
    assert cli.json("status")["documents"] == 0
    assert (cli.folder / "甲" / "catalogue.sqlite").is_file()


def test_fsck_ends_with_1_on_a_disagreement_and_repairs_indexes(filled, monkeypatch) -> None:
    assert filled.json("fsck") == {
        "version": 1,
        "agrees": True,
        "collections": [{"name": "default", "chunks": 2, "disagreements": [], "lost": [], "mended": []}],
    }
    from store.shelf import Shelf

    found = [["1 dead chunks in the dense index: 9"], []]
    monkeypatch.setattr(Shelf, "disagreements", lambda _: found.pop(0))
    assert "dead chunks" in filled("fsck", "--repair").output or not found
    found[:] = [["1 dead chunks in the dense index: 9"]]
    assert not filled.json("fsck", code=1)["agrees"]


def test_fsck_says_what_opening_the_library_has_mended_and_says_it_once(readers_here, filled) -> None:
    def break_it() -> None:
        for file in (filled.folder / "library" / "index").glob("*/dense-*.faiss"):
            file.write_bytes(b"no index")

    break_it()
    told = filled.json("fsck", code=1)
    assert not told["agrees"]
    (one,) = told["collections"]
    assert one["disagreements"] == []
    assert "the dense index was missing, damaged" in one["mended"][0]
    assert filled.json("fsck")["agrees"]
    break_it()
    assert "built anew from the catalogue" in filled("fsck", "--repair").output


def test_a_damaged_catalogue_is_one_line_and_exit_code_1(filled, capsys) -> None:
    (filled.folder / "library" / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    filled("status", code=1)
    told = capsys.readouterr().err
    assert "backup" in told
    assert told.count("\n") == 1


def test_settings_are_shown_with_secrets_masked(cli, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_MODEL_KEY", "geheim")
    payload = cli.json("settings")
    assert payload["settings"]["library"] == str(cli.folder / "library")
    assert payload["settings"]["model_key"] == "**********"
    assert "geheim" not in cli("settings").output


def test_an_unknown_setting_is_refused_with_the_nearest_name(cli, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SHUJIA_LIBARY", "x")
    cli("status", code=2)
    assert "did you mean 'SHUJIA_LIBRARY'" in capsys.readouterr().err


def test_the_faces_speak_chinese(cli, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    assert "书架是空的" in cli("status").output
    assert "新增 2" in cli("ingest", "书").output


def commands() -> list[tuple[str, ...]]:
    import typer

    root = typer.main.get_command(app)
    names: list[tuple[str, ...]] = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        names += [(name, inner) for inner in getattr(command, "commands", {})] or [(name,)]
    return names


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_and_option_has_help(command: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*command, "--help"])
    assert told.exit_code == 0
    text = told.output.split("Options:")[0]
    assert len(text.split("\n\n")) >= 2
    assert len(text.split("\n\n")[1].strip()) > 10


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_in_a_shell_errors_go_to_stderr_with_their_exit_code(tmp_path: Path) -> None:
    done = shell("search", "付款", "--library", str(tmp_path / "neu"), SHUJIA_MODEL="extractive")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("shujia: no collection named 'default'; there is none yet")
    assert shell("--help").returncode == 0


def test_ctrl_c_is_one_line_and_exit_code_130(capsys) -> None:
    stopped = typer.Typer()

    @stopped.command()
    def stop() -> None:
        raise KeyboardInterrupt

    assert run(lambda: stopped([])) == 130  # Typer makes an exit of it before it gets here
    assert "the same command goes on from there" in capsys.readouterr().err


def test_an_unknown_reranker_is_a_mistake_in_the_settings_with_the_nearest_name(filled, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SHUJIA_RERANKER", "maxsin")
    filled("search", "付款", code=2)
    assert "did you mean maxsim? choose none" in capsys.readouterr().err


def test_the_version_is_told(cli) -> None:
    from importlib.metadata import version

    assert cli("--version").stdout.strip() == f"shujia {version('shujia')}"
