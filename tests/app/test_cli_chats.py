"""Chats and replays on the command line."""

from __future__ import annotations

import json

import pytest

QUESTION = "甲方应当在多少日内付款？"


@pytest.fixture
def talked(cli):
    """A library in which one question was asked in a chat."""
    cli("ingest", "书")
    cli("ask", QUESTION, "--chat", "合同")
    return cli


def test_a_question_in_a_chat_is_kept_with_its_answer_spans_and_trace(talked) -> None:
    (chat,) = talked.json("chats", "list")["chats"]
    assert (chat["title"], chat["turns"], chat["collection"]) == ("合同", 1, "default")
    (turn,) = talked.json("chats", "show", "合同")["turns"]
    assert turn["state"] == "answered"
    assert turn["question"] == turn["asked"] == QUESTION
    (mark, *_) = turn["answer"]["citations"]
    assert mark["quote"] == "甲方应当在三十日内付款。"
    assert (mark["start"], mark["end"]) == (0, 12)
    assert [hit["rank"] for hit in turn["ranked"]["fused"]] == list(range(1, len(turn["ranked"]["fused"]) + 1))
    assert {"dense", "keyword", "fused", "passages"} <= {stage["name"] for stage in turn["stages"]}
    assert turn["configuration"]["dense_weight"] == 0.4
    assert turn["sequence"] > 0
    assert "三十日" in talked("chats", "show", chat["id"][:8]).stdout


def test_a_question_without_a_chat_is_not_kept(cli) -> None:
    cli("ingest", "书")
    cli("ask", QUESTION)
    assert cli.json("chats", "list")["chats"] == []
    assert "No chats yet" in cli("chats", "list").stdout


def test_a_chat_goes_on_and_its_history_reaches_the_question(talked, monkeypatch) -> None:
    from app.wiring import Library

    heard = []
    real = Library.ask
    monkeypatch.setattr(
        Library,
        "ask",
        lambda self, *words, **options: heard.append(options["history"]) or real(self, *words, **options),
    )
    talked("ask", "乙方呢？", "--chat", "合同")
    assert [message.role for message in heard[0]] == ["user", "assistant"]
    assert heard[0][0].content == QUESTION
    assert talked.json("chats", "list")["chats"][0]["turns"] == 2


def test_a_chat_and_a_file_of_history_are_one_too_many(talked) -> None:
    assert "--history" in talked("ask", QUESTION, "--chat", "合同", "--history", "x.json", code=2).output


def test_nothing_is_kept_where_that_is_switched_off(cli, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_KEEP_CHATS", "off")
    cli("ingest", "书")
    cli("ask", QUESTION, "--chat", "合同", code=2)
    assert cli.json("chats", "list")["chats"] == []


def test_a_question_that_fails_stays_without_an_answer(talked, monkeypatch) -> None:
    from app.wiring import Library
    from models.types import ModelUnavailable

    def broken(*_words, **_options):
        raise ModelUnavailable("nobody answers")

    monkeypatch.setattr(Library, "ask", broken)
    talked("ask", "乙方呢？", "--chat", "合同", code=1)
    states = [turn["state"] for turn in talked.json("chats", "show", "合同")["turns"]]
    assert states == ["answered", "failed"]


def test_chats_are_searched_and_deleted(talked) -> None:
    (found,) = talked.json("chats", "search", "付款")["found"]
    assert found["turn"]["question"] == QUESTION
    assert talked.json("chats", "search", "潜水艇")["found"] == []
    assert talked.json("chats", "delete", "合同")["deleted"]["turns"] == 1
    assert talked.json("chats", "list")["chats"] == []
    talked("chats", "show", "合同", code=2)


def test_a_deleted_document_takes_the_turn_that_quotes_it(talked) -> None:
    talked("delete", "合同.txt", "--yes")
    assert talked.json("chats", "list")["chats"] == []


def test_a_replay_under_the_same_settings_changes_nothing(talked, tmp_path) -> None:
    payload = talked.json("replay", "--chat", "合同")
    (one,) = payload["questions"]
    assert (one["stage"], one["same_answer"], one["failed"]) == (None, True, None)
    assert set(one["overlap@10"].values()) == {1.0}
    assert payload["totals"]["same"] == 1
    assert "nothing changed" in talked("replay").stdout


def test_a_replay_names_the_first_stage_that_differs_and_the_setting(talked, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_CONTEXT_TOKENS", "128")
    monkeypatch.setenv("SHUJIA_DENSE_WEIGHT", "1.0")
    out = tmp_path / "replay"
    talked("replay", "--out", out)
    report = json.loads((out / "replay.json").read_text(encoding="utf-8"))
    (one,) = report["questions"]
    assert one["settings"]["dense_weight"] == [0.4, 1.0]
    assert one["stages"]["dense"]
    assert one["stages"]["keyword"]
    page = (out / "replay.html").read_text(encoding="utf-8")
    assert QUESTION in page
    assert "dense_weight" in page


def test_a_replay_after_new_documents_says_that_the_library_changed(talked, tmp_path) -> None:
    (tmp_path / "书" / "新.txt").write_text("甲方应当在六十日内付款，新合同如此规定。", encoding="utf-8")
    talked("ingest", "书")
    (one,) = talked.json("replay")["questions"]
    assert one["library_changed"]
    assert one["stage"] in ("dense", "keyword")
    assert one["overlap@10"]["fused"] < 1.0


def test_a_replay_chooses_by_day_and_number(talked) -> None:
    talked("ask", "The harbour freezes when?", "--chat", "harbour")
    assert [one["question"] for one in talked.json("replay", "--limit", "1")["questions"]] == [
        "The harbour freezes when?"
    ]
    assert talked.json("replay", "--since", "2999-01-01")["questions"] == []
    talked("replay", "--since", "yesterday", code=2)
    assert "no kept question" in talked("replay", "--since", "2999-01-01").stdout


def test_a_question_with_filters_is_replayed_with_them(cli) -> None:
    cli("ingest", "书")
    cli("ask", QUESTION, "--chat", "合同", "--type", "txt")
    (turn,) = cli.json("chats", "show", "合同")["turns"]
    assert turn["configuration"]["filters"]["kinds"] == ["txt"]
    (one,) = cli.json("replay")["questions"]
    assert one["stage"] is None
