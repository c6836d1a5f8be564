import hashlib
import os

import pytest

from models.catalogue import Model, ModelFile
from models.checked_files import RECORD, file_problem, publish, record_as_good, recorded_as_good, sha256_of


@pytest.fixture
def model(tmp_path):
    data = "书架".encode()
    (tmp_path / "w.bin").write_bytes(data)
    return Model("m", "chat", "MIT", "here", (ModelFile("w.bin", hashlib.sha256(data).hexdigest(), len(data)),))


def test_a_right_file_has_no_problem_and_progress_adds_up(model, tmp_path):
    seen = []
    assert file_problem(model.files[0], tmp_path, progress=seen.append) is None
    assert sum(seen) == 6  # two characters of three bytes


def test_a_wrong_file_is_described(model, tmp_path):
    (tmp_path / "w.bin").write_bytes(b"123456")
    assert f"sha256 {sha256_of(tmp_path / 'w.bin')}" in file_problem(model.files[0], tmp_path)
    (tmp_path / "w.bin").write_bytes(b"1")
    assert file_problem(model.files[0], tmp_path) == "w.bin has 1 bytes, expected 6"
    (tmp_path / "w.bin").unlink()
    assert file_problem(model.files[0], tmp_path) == "w.bin is missing"


def test_the_record_holds_until_size_or_time_stamp_changes(model, tmp_path):
    assert not recorded_as_good(model, tmp_path)
    record_as_good(model, tmp_path)
    assert recorded_as_good(model, tmp_path)
    status = (tmp_path / "w.bin").stat()
    os.utime(tmp_path / "w.bin", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert not recorded_as_good(model, tmp_path)


def test_a_record_of_another_hash_or_a_damaged_record_counts_as_none(model, tmp_path):
    record_as_good(model, tmp_path)
    other = Model("m", "chat", "MIT", "here", (ModelFile("w.bin", "0" * 64, 6),))
    assert not recorded_as_good(other, tmp_path)
    for text in ("{", "[]", '{"files": 3}', ""):
        (tmp_path / RECORD).write_text(text)
        assert not recorded_as_good(model, tmp_path)


def test_publish_replaces_the_final_file_whole(tmp_path):
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "final").write_bytes(b"old and longer")
    publish(tmp_path / "new", tmp_path / "deep" / "final")
    assert (tmp_path / "deep" / "final").read_bytes() == b"new"
    assert not (tmp_path / "new").exists()
