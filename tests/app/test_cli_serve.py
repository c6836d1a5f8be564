from __future__ import annotations

import socket

import pytest


def test_a_key_is_made_listed_and_revoked(cli) -> None:
    made = cli.json("keys", "add", "聊天页面", "--scope", "write", "-c", "手册", "-c", "合同")
    assert made["key"].startswith("shj_")
    assert (made["scope"], made["collections"]) == ("write", ["手册", "合同"])
    listed = cli.json("keys", "list")["keys"]
    assert [key["id"] for key in listed] == [made["id"]]
    assert made["key"] not in str(listed)
    shown = cli("keys", "list").stdout
    assert "聊天页面" in shown
    assert "手册, 合同" in shown
    assert cli.json("keys", "revoke", "聊天页面") == {"version": 1, "revoked": [made["id"]]}
    assert "revoked" in cli("keys", "list").stdout


def test_a_new_key_stands_alone_on_standard_output(cli) -> None:
    told = cli("keys", "add", "script")
    assert told.stdout.strip().startswith("shj_")
    assert "\n" not in told.stdout.strip()


def test_mistakes_name_the_next_step(cli) -> None:
    cli("keys", "add", "x", "--scope", "root", code=2)
    cli("keys", "revoke", "nobody", code=2)
    assert "keys add" in cli("keys", "list").stdout


def test_serving_other_machines_without_a_key_is_a_usage_error(cli) -> None:
    cli("serve", "--host", "0.0.0.0", code=2)  # noqa: S104


def test_a_port_that_is_taken_is_named_with_the_setting_before_anything_starts(
    cli, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for command, setting in (("ui", "port"), ("serve", "api_port")):
            cli(command, "--port", str(port), code=2)
            told = " ".join(capsys.readouterr().err.split())
            assert f"127.0.0.1:{port}" in told
            assert told.rstrip().endswith(f"the setting {setting}")


def test_the_list_of_keys_names_the_person_whose_each_is(cli) -> None:
    cli("people", "add", "李雷", "--no-password")
    cli("keys", "add", "手机", "--person", "李雷")
    cli("keys", "add", "脚本")
    assert [one["person_name"] for one in cli.json("keys", "list")["keys"]] == ["李雷", ""]
    first, second = cli("keys", "list").stdout.splitlines()
    assert "手机  (李雷)  read" in first
    assert "脚本  read" in second
