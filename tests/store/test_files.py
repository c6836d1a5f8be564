from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from store.files import replace_file


def test_a_full_disk_is_named_with_the_file_and_leaves_what_was_there(tmp_path, monkeypatch) -> None:
    path = tmp_path / "报告.json"
    replace_file(path, b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*报告\.json"):
        replace_file(path, b"after")
    assert [one.name for one in tmp_path.iterdir()] == ["报告.json"]
    assert path.read_bytes() == b"before"


def test_two_threads_that_write_the_same_file_do_not_meet_in_one_temporary_file(tmp_path, monkeypatch) -> None:
    """Two uploads of the same document at the same moment: each writes its bytes whole, the last one stays."""
    path, meet, fsync = tmp_path / "报告.json", Barrier(2, timeout=30), os.fsync
    texts = (b"a" * 10, b"b" * 20)

    def both_have_written(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):  # the folder is made durable by the same call
            meet.wait()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", both_have_written)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda data: replace_file(path, data), texts))
    assert [one.name for one in tmp_path.iterdir()] == ["报告.json"]
    assert path.read_bytes() in texts
