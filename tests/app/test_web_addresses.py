"""Web addresses on the command line, over a server of this machine that the settings allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.settings import load
from app.web_addresses import files_named
from store.rows import Failure


def test_the_command_line_takes_addresses_beside_paths(
    readers_here, cli, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUJIA_URL_HOSTS", f"127.0.0.1:{site.server_address[1]}")
    address = site.url("/page")
    payload = cli.json("ingest", address, f"{address}#again", "书")
    assert [one["status"] for one in payload["documents"]] == ["ingested"] * 3
    assert payload["documents"][0]["path"] == address
    (page,) = [one for one in cli.json("status")["collections"][0]["items"] if address in one["paths"]]
    assert page["title"] == "书架的历史"
    assert cli.json("ingest", address)["totals"]["unchanged"] == 1
    gone = cli.json("ingest", site.url("/gone"), code=1)["documents"][0]
    assert gone["reason"] == "127.0.0.1 answered with status 404"
    site.pages["/gone"] = site.pages["/page"] + b" "
    assert cli.json("retry")["totals"]["ingested"] == 1
    assert cli.json("delete", f"{address}#part", "--yes")["deleted"]["paths"] == [address]
    cli("ingest", address, "--queue")
    assert cli.json("worker", "--once")["documents"][0]["status"] == "ingested"
    mixed = cli.json("ingest", address, "http://127.1/", "http://a b/", "书", code=1)
    assert [one["status"] for one in mixed["documents"]] == ["failed"] * 2 + ["unchanged"] * 3
    assert [one["code"] for one in mixed["documents"][:2]] == ["address", "address"]
    assert not any("127.1" in one["path"] for one in cli.json("status")["jobs"])  # nothing of it is kept
    assert cli.json("ingest", "http://10.1.2.3/", code=1)["documents"][0]["code"] == "address"


def test_refused_addresses_fail_beside_the_others_and_one_that_stands_alone_is_a_mistake(cli) -> None:
    cli("ingest", "http://127.1/", code=2)
    told = cli.json("ingest", "http://127.1/", "ftp://example.org/x", "http://127.1/", code=1)
    assert [(one["path"], one["status"]) for one in told["documents"]] == [
        ("http://127.1/", "failed"),
        ("ftp://example.org/x", "failed"),
    ]
    assert told["documents"][1]["reason"] == "only http and https addresses are fetched, not ftp"
    queued = cli.json("ingest", "--queue", "http://127.1/", "ftp://example.org/x", code=1)
    assert queued["totals"]["failed"] == 2


def test_good_addresses_and_paths_go_on_beside_a_refused_one(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("一", encoding="utf-8")
    given = ["https://Example.org/a", "http://user:word@example.org/", "https://example.org/a#b", str(tmp_path)]
    files, refused = files_named(load(), given)
    assert [file.path for file in files] == ["https://example.org/a", str(tmp_path / "甲.txt")]
    assert [(one.path, one.code) for one in refused] == [("http://user:word@example.org/", "address")]


def test_an_address_that_the_settings_allow_no_more_holds_up_no_other_when_failed_files_are_read_again(
    cli, new_library
) -> None:
    made = new_library("library")
    one = made.embedder
    collection = made.catalogue.ensure_collection(
        "default", embedder=one.name, dimension=one.dimension, chunker="recursive-1:220"
    )
    for path in ("http://wiki.example:9000/x", "/nowhere/甲.txt"):
        made.catalogue.note_failure(collection, Failure(path, "unreadable", "no answer", 0, 0, 1.0))
    made.catalogue.close()
    told = {one["path"]: one["reason"] for one in cli.json("retry", code=1)["documents"]}
    assert "port 9000 is not used for web pages" in told["http://wiki.example:9000/x"]
    assert "no longer there" in told["/nowhere/甲.txt"]
