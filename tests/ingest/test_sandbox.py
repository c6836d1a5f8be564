from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import ingest.sandbox
from ingest.errors import EmptyDocument, IngestError, ParserCrashed, ParserTimeout, TooLarge, UnreadableFile
from ingest.limits import MIB, Limits
from ingest.sandbox import ParserPool

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text reader that obeys the file: the only way to make a child misbehave on purpose."""
    (tmp_path / "sitecustomize.py").write_text(
        "import ingest.readers.text as t\n"
        "real = t.read\n"
        "def read(data, name, limits):\n"
        "    if name == 'obey.txt':\n"
        "        exec(data.decode(), {})\n"
        "    return real(data, name, limits)\n"
        "t.read = read\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def error_of(pool: ParserPool, code: str) -> IngestError:
    failure = pool.submit(code.encode(), "obey.txt").exception(timeout=60)
    assert isinstance(failure, IngestError)
    return failure


def test_a_file_is_read_in_a_child_and_errors_travel_back() -> None:
    with ParserPool(2, Limits()) as pool:
        futures = [pool.submit(f"# 标题{n}\n\n正文".encode(), "a.md") for n in range(5)]
        assert [future.result(60).title for future in futures] == [f"标题{n}" for n in range(5)]
        with pytest.raises(EmptyDocument, match="no text"):
            pool.submit(b"", "empty.md").result(60)
        with pytest.raises(UnreadableFile):
            pool.submit(b"%PDF-1.7 nothing", "a.pdf").result(60)


def test_limits_reach_the_child() -> None:
    with ParserPool(1, Limits(file_bytes=10)) as pool, pytest.raises(TooLarge):
        pool.submit(b"more than ten bytes", "a.txt").result(60)


@pytest.mark.usefixtures("hostile")
def test_a_busy_child_is_killed_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.sandbox, "START_SECONDS", 5.0)
    with ParserPool(1, Limits(seconds=0.5)) as pool:
        began = time.monotonic()
        assert isinstance(error_of(pool, "while True: pass"), ParserTimeout)
        assert time.monotonic() - began < 8  # 0.5 s, 5 s for the first start, and slack
        assert pool.submit(b"still here", "a.txt").result(60).blocks[0].text == "still here"


@pytest.mark.usefixtures("hostile")
def test_memory_death_and_odd_errors_end_one_file_only() -> None:
    with ParserPool(1, Limits(memory_bytes=200 * MIB)) as pool:
        grown = error_of(pool, "x = []\nwhile True: x.append(bytearray(b'x' * 2**24))")
        assert isinstance(grown, ParserCrashed)
        assert "200 MiB" in str(grown)
        died = error_of(pool, "import ctypes; ctypes.string_at(0)")
        assert isinstance(died, ParserCrashed)
        assert "SIGSEGV" in str(died)
        odd = error_of(pool, "raise KeyError('damaged part')")
        assert isinstance(odd, UnreadableFile)
        assert "KeyError" in str(odd)
        assert pool.submit("还在".encode(), "a.txt").result(60).blocks[0].text == "还在"


@pytest.mark.usefixtures("hostile")
def test_a_child_reaches_no_network_no_program_and_no_foreign_file(tmp_path: Path) -> None:
    with ParserPool(1, Limits()) as pool:
        for code in (
            "import socket; socket.create_connection(('127.0.0.1', 9))",
            "import socket; socket.getaddrinfo('example.com', 80)",
            "import subprocess; subprocess.run(['true'])",
            "import os; os.system('true')",
            f"open({str(tmp_path / 'stolen')!r}, 'w')",
            f"import os; os.mkdir({str(tmp_path / 'folder')!r})",
        ):
            assert "PermissionError" in str(error_of(pool, code)), code
        inside = "import tempfile; open(tempfile.mkstemp()[1], 'w').write('x'); raise KeyError('wrote')"
        assert "wrote" in str(error_of(pool, inside))
    assert not (tmp_path / "stolen").exists()


def test_closing_leaves_no_process_behind() -> None:
    pool = ParserPool(2, Limits())
    for future in [pool.submit(b"words", "a.txt") for _ in range(4)]:
        future.result(60)
    assert psutil.Process().children(recursive=True)
    pool.close()
    pool.close()
    assert not [p for p in psutil.Process().children(recursive=True) if "sandbox_child" in " ".join(p.cmdline())]
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(b"x", "a.txt")


def test_children_are_recycled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.sandbox, "FILES_PER_CHILD", 1)
    with ParserPool(1, Limits()) as pool:
        assert [pool.submit(b"words", "a.txt").result(60).kind for _ in range(3)] == ["txt"] * 3


def test_children_leave_when_the_parent_is_killed() -> None:
    code = (
        "import os, psutil\n"
        "from ingest.sandbox import ParserPool\n"
        "from ingest.limits import Limits\n"
        "pool = ParserPool(1, Limits()); pool.submit(b'x', 'a.txt').result()\n"
        "print(*[p.pid for p in psutil.Process().children()], flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert children
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(psutil.pid_exists(pid) for pid in children):
        time.sleep(0.05)
    assert not [
        pid for pid in children if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]
