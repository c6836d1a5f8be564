from __future__ import annotations

import errno
import os

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
