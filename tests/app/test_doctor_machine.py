"""A machine on which something is wrong: doctor tells what, and what to do, in both languages."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from app import doctor_machine as machine
from app.doctor import Check, Finding
from app.settings import Settings

Usage = namedtuple("Usage", "total used free")


def found(check: Check, **given: object) -> dict[str, Finding]:
    findings = {one.name: one for one in check(Settings(**given))}  # type: ignore[arg-type]
    for one in findings.values():
        for language in ("zh", "en"):
            assert one.sentence(language)
            assert (one.state == "ok") or one.next_step(language)
    return findings


@pytest.mark.parametrize(("free", "state"), [(0.5, "bad"), (3, "warn"), (50, "ok")])
def test_little_room_on_the_disk(free: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 0, int(free * (1 << 30))))
    told = found(machine.check_disk, library=tmp_path / "library", models=tmp_path)
    assert {one.state for one in told.values()} == {state}
    assert str(tmp_path / "library") in told["disk_library"].sentence("zh")


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        told = found(machine.check_ports, api_port=other.getsockname()[1])
    assert told["port_api"].state == "warn"
    assert "api_port" in told["port_api"].next_step("en")


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    told = found(machine.check_folder, library=tmp_path / "library")["folder"]
    assert (told.state, str(tmp_path) in told.next_step("en")) == ("bad", True)


def test_a_folder_on_a_network_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_file_system", lambda _: "nfs4")
    assert found(machine.check_folder, library=tmp_path)["folder"].state == "warn"
    given = {"library": tmp_path, "catalogue": "postgresql://shujia@db/shujia"}
    assert found(machine.check_folder, **given)["folder"].state == "ok"


def test_packages_of_another_version_and_too_old_a_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.requires", lambda _: ["streamlit>=99", "nobody-has-this>=1"])
    told = found(machine.check_packages)["packages"]
    assert told.state == "bad"
    assert "streamlit>=99" in told.sentence("zh")
    assert "nobody-has-this>=1 (–)" in told.sentence("en")
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert found(machine.check_python)["python"].state == "bad"


@pytest.mark.parametrize("builds", [set(), {"faiss-cpu", "faiss-gpu"}])
def test_no_faiss_and_both_of_them(builds: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_version", lambda name: "1.12" if name in builds else None)
    assert found(machine.check_faiss)["faiss"].state == "bad"


def test_a_graphics_driver_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "nvidia-smi"
    broken.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(broken))
    assert found(machine.check_gpu)["gpu"].state == "warn"
