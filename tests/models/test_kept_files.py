import os
import stat

import pytest

from models import kept_files
from models.kept_files import KEPT, digest_of, keeps, load, save

KEY = digest_of([b"weights", b"version"])
pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="nothing is kept where files have no owner")


@pytest.fixture
def path():
    assert save("graph", KEY, b"a compiled graph")
    (found,) = kept_files.kept_folder().iterdir()
    return found


def test_what_is_kept_is_read_again_under_its_own_name_and_digest_only(path) -> None:
    assert bytes(load("graph", KEY) or b"") == b"a compiled graph"
    assert load("pieces", KEY) is None
    assert load("graph", digest_of([b"weights", b"another version"])) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_under_another_digest_of_the_same_name_is_not_believed(path) -> None:
    other = KEY[:24] + "0" * (len(KEY) - 24)  # the file's name shows 24 places of the digest, its checksum all
    assert other != KEY
    assert load("graph", other) is None


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_one_flipped_byte_anywhere_and_a_cut_off_end_read_as_nothing(path, place) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert load("graph", KEY) is None
    data[place] ^= 1
    path.write_bytes(data)
    assert load("graph", KEY) is not None
    path.write_bytes(data[:-1])
    assert load("graph", KEY) is None
    path.write_bytes(b"")
    assert load("graph", KEY) is None
    assert save("graph", KEY, b"made anew")
    assert bytes(load("graph", KEY) or b"") == b"made anew"


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_not_believed(path, mode) -> None:
    path.chmod(mode)
    assert load("graph", KEY) is None


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_may_write_is_neither_read_nor_written(path, mode) -> None:
    path.parent.chmod(mode)
    assert not keeps()
    assert load("graph", KEY) is None
    assert not save("graph", KEY, b"x")


def test_a_link_in_the_place_of_the_file_or_the_folder_is_not_followed(path, tmp_path) -> None:
    real = tmp_path / "elsewhere"
    path.rename(real)
    path.symlink_to(real)
    assert load("graph", KEY) is None
    path.unlink()
    real.rename(path)
    assert load("graph", KEY) is not None
    folder = path.parent
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert load("graph", KEY) is None
    assert not keeps()


def test_files_and_folders_of_another_user_are_not_believed(path, monkeypatch) -> None:
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert load("graph", KEY) is None
    assert not save("graph", KEY, b"x")


def test_a_disk_that_refuses_costs_nothing_but_the_copy(monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert not save("graph", KEY, b"x")
    assert list(kept_files.kept_folder().iterdir()) == []  # the half-written one is gone
    assert load("graph", KEY) is None


def test_those_used_longest_ago_go_first() -> None:
    keys = [digest_of([bytes([n])]) for n in range(KEPT + 2)]
    for n, key in enumerate(keys):
        assert save("graph", key, bytes([n]))
        for place, old in enumerate(keys[: n + 1]):
            if (kept := kept_files.kept_folder() / f"graph-{old[:24]}").exists():
                os.utime(kept, (place, place))
        load("graph", keys[0])  # used again and again: it stays
    assert [load("graph", key) is not None for key in keys] == [True, False, False, *[True] * (KEPT - 1)]


def test_parts_of_a_digest_do_not_flow_into_each_other() -> None:
    assert digest_of([b"ab", b"c"]) != digest_of([b"a", b"bc"])


def test_the_folder_is_the_users_own(monkeypatch, tmp_path) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(kept_files.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    assert kept_files.kept_folder() == tmp_path / "prepared"
