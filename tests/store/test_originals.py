from __future__ import annotations

import os
import time
from pathlib import Path

from store.originals import Originals
from store.types import document_id


def test_bytes_are_kept_by_their_hash_and_forgotten(tmp_path: Path) -> None:
    originals, data = Originals(tmp_path), "合同".encode()
    identity = document_id(data)
    assert originals.get(identity) is None
    originals.put(identity, data)
    originals.put(identity, data)
    assert originals.get(identity) == data
    originals.remove(identity)
    originals.remove(identity)
    assert originals.get(identity) is None


def test_the_sweep_takes_old_files_of_nobody_only(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    names = {name: document_id(name.encode()) for name in ("live", "dead", "young")}
    for name, identity in names.items():
        originals.put(identity, name.encode())
    long_ago = time.time() - 25 * 3600
    for name in ("live", "dead"):
        os.utime(tmp_path / names[name][:2] / names[name], (long_ago, long_ago))
    assert originals.sweep({names["live"]}) == 1
    assert [originals.get(identity) for identity in names.values()] == [b"live", None, b"young"]
