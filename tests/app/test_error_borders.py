"""Where readers meet an error or a reason, it is in their language; where programs do, it is in English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.api.errors import ApiError
from app.cli import run
from app.doctor import bad
from app.replay import Replayed
from app.replay_report import replay_lines
from store.conversations_rows import Chat
from store.conversations_rows import Turn as KeptTurn


@pytest.fixture
def chinese(cli: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    return cli


def test_the_line_of_an_error_is_chinese(chinese: Any, capsys: pytest.CaptureFixture[str]) -> None:
    chinese("search", "付款", "-c", "年报", code=2)
    assert capsys.readouterr().err == "shujia: 没有名为“年报”的文档集；现有：还没有\n"
    chinese("status", "--library", "书/合同.txt", code=1)
    assert capsys.readouterr().err == "shujia: 文件已存在：'书/合同.txt'（Errno 17）\n"


def test_the_reason_of_a_file_is_chinese_for_people_and_english_for_programs(chinese: Any) -> None:
    (chinese.folder / "书" / "空.txt").write_text("  \n", encoding="utf-8")
    told = chinese("ingest", "书", code=1).output
    assert "文件里没有文字（3 字节）" in told
    assert "文件里没有文字（3 字节）" in chinese("status").output
    assert "文件里没有文字（3 字节）（此后没有变化）" in chinese("ingest", "书", code=1).output
    reasons = {one["reason"] for one in chinese.json("ingest", "书", code=1)["documents"]}
    assert "the file holds no text (3 bytes) (unchanged since then)" in reasons
    assert chinese.json("status")["jobs"][0]["reason"] == "the file holds no text (3 bytes)"


def test_a_wrong_setting_is_told_in_the_language_that_the_environment_names(
    chinese: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUJIA_CHUNK_TOKENS", "5")
    chinese("status", code=2)
    assert capsys.readouterr().err == "shujia: chunk_tokens = '5'：应大于或等于 32\n"


def test_a_rollback_says_that_the_generation_before_answers_again(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("ingest", "书")
    cli("reindex", "--chunker", "sentence")
    assert "the generation before answers again" in cli("reindex", "--rollback").output
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    assert "已换回上一代" in cli("reindex", "--rollback").output


def test_an_interruption_is_told_in_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")

    def stop() -> None:
        raise KeyboardInterrupt

    assert run(stop) == 130
    assert "已中断；已提交的不会丢失" in capsys.readouterr().err


def test_the_api_answers_in_the_language_that_is_asked_for_first() -> None:
    error = ApiError(401, "invalid_api_key", "a valid key is needed: Authorization: Bearer shj_…")
    spoken = {
        accepted: json.loads(bytes(error.response(accepted).body))["error"]["message"]
        for accepted in ("", "en-GB,zh;q=0.5", "zh-CN,zh;q=0.9,en;q=0.8")
    }
    assert spoken[""] == spoken["en-GB,zh;q=0.5"] == error.message
    assert spoken["zh-CN,zh;q=0.9,en;q=0.8"] == "需要有效的密钥：Authorization: Bearer shj_…"
    assert error.body("zh")["error"]["code"] == "invalid_api_key"


def test_doctor_tells_what_it_met_in_the_readers_language() -> None:
    error = PermissionError(13, "Permission denied", "/书架")
    finding = bad("port", "port_taken", "port", host="h", port=1, error=error, setting="port")
    assert "没有权限：'/书架'（Errno 13）" in finding.sentence("zh")
    assert "[Errno 13] Permission denied" in finding.sentence("en")


def test_a_replayed_question_that_failed_says_why_in_the_readers_language() -> None:
    chat = Chat("c", 1, "书", "题", "", "", 0.0, 0.0)
    one = Replayed(
        chat,
        KeptTurn("t", "c", 1, "done", "问？"),
        failed="qwen at http://h broke off in the middle of the answer: ask again",
    )
    assert any("qwen（http://h）回答到一半中断了：请重新提问" in line for line in replay_lines([one], "zh"))
    assert any("broke off" in line for line in replay_lines([one], "en"))


def test_the_sentences_come_with_the_package() -> None:
    import app.error_words

    assert {path.stem for path in app.error_words.FOLDER.glob("*.toml")} >= {"app", "ingest", "store", "models", "eval"}
    assert Path(app.error_words.__file__).parent == app.error_words.FOLDER.parent
