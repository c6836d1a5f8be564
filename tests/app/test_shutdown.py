"""What is told to end (SIGTERM) ends by itself and soon: page, API and worker as systemd and containers run them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.fakes import HashEmbedder

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds, on a busy machine; what hangs is told by that, not by how long it takes
READY = {"ui": "URL: http", "serve": "API: http", "worker": "waiting for files"}  # what each says once it can work


@contextmanager
def running(folder: Path, command: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process that has said that it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHUJIA_")}
    given = {"LIBRARY": folder / "library", "PORT": port, "API_PORT": port, "MODEL": "extractive", "LANGUAGE": "en"}
    environment |= {f"SHUJIA_{name}": str(value) for name, value in given.items()}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", command], env=environment, cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        said = ""
        while READY[command] not in said:
            line = child.stdout.readline()
            assert line, said
            said += line
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="a signal of POSIX")
@pytest.mark.parametrize("command", sorted(READY))
def test_a_signal_ends_it_and_the_library_is_whole(command: str, tmp_path: Path) -> None:
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload

    with Library(Settings(library=tmp_path / "library", workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        assert [one.status for one in library.ingest([upload("合同.txt", "甲方付款。".encode())])] == ["ingested"]
    with running(tmp_path, command) as child:
        child.send_signal(signal.SIGTERM)
        said, _ = child.communicate(timeout=PATIENCE)
        assert child.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM), said  # systemd takes all as well ended
        assert "Traceback" not in said
    with Library(Settings(library=tmp_path / "library", workers=1)) as library:
        assert library.shelf("default").disagreements() == []
