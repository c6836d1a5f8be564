"""backup, restore, doctor and the setting catalogue, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.catalogue_place import catalogue_place
from app.doctor import examine
from app.doctor_library import check_library
from app.doctor_words import _FOUND, _STEPS
from app.settings import Settings, effective, load
from store.catalogue import Catalogue
from store.errors import LibraryUnusable
from store.rows import Failure


def test_a_library_is_backed_up_checked_and_restored(cli, tmp_path: Path) -> None:
    cli("ingest", "书")
    made = cli.json("backup", "a.backup")
    assert made["counts"]["document"] == made["counts"]["original"] == 2
    assert cli.json("restore", "a.backup", "--check")["restored"] is False
    cli("restore", "a.backup", code=1)  # this library holds something
    told = cli.json("restore", "a.backup", "--library", "neu")
    assert (told["restored"], told["disagreements"]) == (True, {})
    assert cli.json("status", "--library", "neu")["documents"] == 2
    assert cli.json("restore", "a.backup", "--force")["restored"] is True
    cli("backup", "a.backup", code=2)  # it is there already
    (cli.folder / "a.backup").write_bytes(b"no zip")
    cli("restore", "a.backup", "--check", code=1)
    cli("restore", "nichts", code=2)


def test_doctor_names_the_next_step_and_fails_only_for_what_is_bad(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUJIA_MODELS", str(cli.folder / "keine"))
    monkeypatch.setenv("SHUJIA_MODEL", "extractive")
    cli("ingest", "书")
    told = cli.json("doctor", code=1)
    found = {one["name"]: one for one in told["findings"]}
    assert found["weights_embedder"]["state"] == "bad"
    assert "shujia models pull multilingual-e5-small" in found["weights_embedder"]["next"]
    assert found["catalogue"]["state"] == found["indexes"]["state"] == found["jobs"]["state"] == "ok"
    assert told["bad"] == sum(one["state"] == "bad" for one in told["findings"])
    assert [one["name"] for one in told["findings"] if one["state"] != "ok" and not one["next"]] == []
    monkeypatch.setenv("SHUJIA_EMBEDDER", str(cli.folder / "eigenes"))  # weights that nobody knows cannot be compared
    assert {one["state"] for one in cli.json("doctor")["findings"]} <= {"ok", "warn"}


def test_doctor_tells_of_a_silent_endpoint_a_waiting_file_and_an_open_secret(
    cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUJIA_EMBEDDER", str(cli.folder / "eigenes"))
    monkeypatch.setenv("SHUJIA_MODEL_URL", "http://127.0.0.1:9/v1")
    (cli.folder / "shujia.toml").write_text('model_key = "geheim"\n', encoding="utf-8")
    (cli.folder / "shujia.toml").chmod(0o644)
    cli("ingest", "书", "--queue")
    output = cli("doctor", code=1).output
    assert "http://127.0.0.1:9/v1" in output
    assert "shujia worker" in output
    assert "chmod 600" in output
    assert "geheim" not in output


def test_doctor_goes_on_where_a_check_fails_itself(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_disk(_settings):
        raise OSError("the disk is gone")
        yield

    monkeypatch.setattr("app.doctor_machine.MACHINE", (check_disk,))
    monkeypatch.setattr("app.doctor_models.WEIGHTS", ())
    findings = list(examine(load()))
    assert (findings[0].name, findings[0].state) == ("disk", "bad")
    assert len(findings) > 1
    assert "the disk is gone" in findings[0].sentence("en")


def test_doctor_says_everything_in_both_languages() -> None:
    for table in (_FOUND, _STEPS):
        for key, (chinese, english) in table.items():
            assert chinese.count("{") == english.count("{") or key in ("weights_wrong", "jobs"), key


def test_the_password_of_the_catalogue_is_shown_nowhere(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUJIA_CATALOGUE", "postgresql://u:geheim@127.0.0.1:1/d")
    settings = load()
    assert "geheim" not in repr(settings) + json.dumps(effective(settings)) + str(settings)
    for arguments in (("settings",), ("settings", "--json")):
        assert "geheim" not in cli(*arguments).output


def test_the_password_of_the_catalogue_is_not_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pg8000", reason="the extra postgres is not installed")
    monkeypatch.setenv("SHUJIA_CATALOGUE", "postgresql://u:geheim@127.0.0.1:1/d")
    settings = load()
    with pytest.raises(LibraryUnusable, match=r"127\.0\.0\.1:1") as refused:
        Catalogue(settings.catalogue.get_secret_value())
    assert "geheim" not in str(refused.value)


def test_measurements_stay_out_of_a_shared_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHUJIA_CATALOGUE", "postgresql://u:p@h/d")
    monkeypatch.setenv("SHUJIA_EVAL_FOLDER", str(tmp_path / "eval"))
    assert catalogue_place(load(library=tmp_path / "a")) == "postgresql://u:p@h/d"
    assert catalogue_place(load(library=tmp_path / "eval" / "x")) == tmp_path / "eval" / "x" / "catalogue.sqlite"
    monkeypatch.delenv("SHUJIA_CATALOGUE")
    assert catalogue_place(load(library=tmp_path / "a")) == tmp_path / "a" / "catalogue.sqlite"


def test_doctor_counts_files_that_failed_without_a_queue_too(library) -> None:
    library.put("甲.md", "长江的源头在青海。")
    library.shelf.follow(publish=True)
    failure = Failure("/书/乙.pdf", "password", "the file is encrypted", 1, 1, 1.0)
    library.catalogue.note_failure(library.collection, failure)
    found = {one.name: one for one in check_library(Settings(library=library.folder))}
    assert (found["jobs"].state, found["jobs"].values["failed"]) == ("warn", 1)
    assert found["jobs"].step == "jobs_failed"
