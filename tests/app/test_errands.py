"""Errands: what was sent off is found again, watched, stopped with all it started, and told how it ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app import errands as module
from app.errands import Errand, ErrandRefused, Errands

WAITS = """
import subprocess, sys, time
from filelock import FileLock
with FileLock(sys.argv[1] + "/lock"):
    inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(sys.argv[1] + "/inner", "w").write(str(inner.pid))
    open(sys.argv[1] + "/progress.json", "w").write('{"what": "向量", "done": 3, "total": 4}')
    time.sleep(600)
"""


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def errands(tmp_path: Path) -> Errands:
    return Errands(tmp_path / "书架")


def send(errands: Errands, *command: str, kind: str = "status") -> Errand:
    return errands.start(errands.new_id(), kind, "标题", command, needs="evaluate", collection=7, who="安娜")


def test_a_command_runs_in_a_process_of_its_own_and_leaves_its_code_and_its_words(errands, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    good, bad = send(errands, "status"), send(errands, "delete", "没有.md", "--yes", kind="delete")
    until(lambda: errands.state(good) != "running" and errands.state(bad) != "running")
    assert (errands.state(good), errands.code(good)) == ("done", 0)
    assert "书架是空的" in errands.log(good)
    assert (errands.state(bad), errands.code(bad)) == ("failed", 2)
    assert errands.log(bad).startswith("shujia: 没有名为")
    again = Errands(errands.library)  # the page was started anew
    assert [each.id for each in again.all()] == [bad.id, good.id]
    assert again.get(good.id).collection == 7


def test_stopping_kills_the_process_and_what_it_started(errands, monkeypatch) -> None:
    monkeypatch.setattr(module, "child", lambda folder, _: [sys.executable, "-c", WAITS, str(folder)])
    errand = send(errands)
    folder = errands.path(errand)
    until(lambda: errands.progress(errand).done == 3)
    assert (errands.progress(errand).what, errands.progress(errand).total) == ("向量", 4)
    assert errands.state(errand) == "running"
    with pytest.raises(ErrandRefused, match="another `shujia status` is running"):
        send(errands)
    assert len(errands.all()) == 1  # the refused one left nothing
    errands.stop(errand)
    assert errands.state(errand) == "stopped"
    inner = Path(f"/proc/{(folder / 'inner').read_text()}/stat")
    until(lambda: not inner.exists() or inner.read_text().rsplit(")", 1)[1].split()[0] == "Z")
    errands.remove(errand)
    assert not folder.exists()


def test_a_process_that_died_without_a_word_has_failed_once_it_had_time_to_start(errands, monkeypatch) -> None:
    monkeypatch.setattr(module, "child", lambda folder, _: [sys.executable, "-c", "raise SystemExit(9)"])
    monkeypatch.setattr(module, "_STARTING", 0.2)
    errand = send(errands)
    until(lambda: errands.state(errand) == "failed")
    assert errands.code(errand) is None


def test_an_id_from_outside_is_no_path(errands) -> None:
    for identity in ("../书", "", ".", "20260101-000000-abcdef"):
        with pytest.raises(ErrandRefused):
            errands.get(identity)


def test_a_library_that_is_replaced_keeps_no_errand_but_the_one_whose_backup_came_back(errands, monkeypatch) -> None:
    monkeypatch.setattr(module, "child", lambda folder, _: [sys.executable, "-c", ""])
    kept, gone = send(errands, "backup", kind="backup"), send(errands, "sync", kind="sync")
    file = errands.path(kept) / "library.backup"
    file.write_bytes(b"x")
    errands.empty(but=file)
    assert [each.id for each in errands.all()] == [kept.id]
    assert not errands.path(gone).exists()
