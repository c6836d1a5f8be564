"""People, groups, rights and the audit log on the command line."""

from __future__ import annotations

import time

import pytest
import typer

from app.cli_people_rights import _since

GOOD = "correct horse 电池\n"


@pytest.fixture
def shelf(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("SHUJIA_LIBRARY", str(tmp_path / "library"))
    cli("ingest", tmp_path / "书", "-c", "法务·合約")
    return cli


def test_a_team_is_set_up_and_taken_apart(shelf) -> None:
    made = shelf.json("people", "add", "Ｗang", "--admin", "--email", "W@example.org", "--no-password")["person"]
    assert (made["name"], made["email"], made["admin"], made["password"]) == ("wang", "w@example.org", True, False)
    assert shelf("people", "add", "李雷", "--stdin", answer=GOOD).stdout.split()[1] == "李雷"
    shelf("groups", "add", "法务", "李雷")
    shelf("rights", "grant", "法务", "法务·合約", "editor", "--group")
    assert shelf.json("groups", "list")["groups"][0]["members"] == ["李雷"]
    grants = shelf.json("rights", "list", "-c", "法务·合約")["rights"]
    assert grants == [{"collection": "法务·合約", "kind": "group", "name": "法务", "role": "editor"}]
    shelf("people", "disable", "李雷")
    assert shelf.json("people", "list")["people"][1]["disabled_at"] is not None
    shelf("people", "disable", "李雷", "--back")
    assert shelf.json("rights", "revoke", "法务", "法务·合約", "--group")["revoked"] is True
    assert shelf.json("rights", "revoke", "法务", "法务·合約", "--group")["revoked"] is False
    shelf("groups", "remove", "法务", "李雷")
    assert shelf.json("groups", "list")["groups"][0]["members"] == []
    shelf("groups", "remove", "法务")
    shelf("people", "remove", "李雷")
    verbs = [entry["verb"] for entry in reversed(shelf.json("audit", "--since", "1h")["entries"])]
    assert verbs == [
        "add person",
        "add person",
        "join group",
        "grant",
        "disable person",
        "enable person",
        "revoke",
        "leave group",
        "remove group",
        "remove person",
    ]


def test_mistakes_are_one_line_and_exit_code_2(shelf) -> None:
    shelf("people", "add", "wang", "--admin", "--no-password")
    for words in (
        ("people", "add", "WANG", "--no-password"),
        ("people", "remove", "wang"),  # the last administrator
        ("people", "disable", "nobody"),
        ("groups", "remove", "nobody"),
        ("rights", "grant", "wang", "没有", "reader"),
        ("rights", "grant", "wang", "法务·合約", "root"),
        ("keys", "add", "k", "--person", "nobody"),
        ("audit", "--since", "yesterday"),
    ):
        shelf(*words, code=2)
    shelf("people", "password", "wang", "--stdin", code=2, answer="short\n")


def test_a_key_can_belong_to_a_person(shelf) -> None:
    person = shelf.json("people", "add", "wang", "--admin", "--no-password")["person"]["id"]
    assert shelf.json("keys", "add", "laptop", "--person", "wang")["person"] == person
    assert shelf.json("keys", "list")["keys"][0]["person"] == person


def test_a_time_is_a_span_or_a_date() -> None:
    now = time.time()
    for text, seconds in (("90m", 5400), ("12h", 43200), ("7d", 604800)):
        assert _since(text) == pytest.approx(now - seconds, abs=5)
    assert _since("2026-11-22") == time.mktime((2026, 11, 22, 0, 0, 0, 0, 0, -1))
    with pytest.raises(typer.BadParameter, match="90m, 12h, 7d"):
        _since("soon")
