from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingest.excludes import Excludes
from ingest.files import File
from ingest.folder import list_folder
from ingest.limits import Limits
from ingest.pipeline import FileResult
from ingest.sync import Plan, plan, preview, run, settle
from ingest.watch import Watch

OLD = 1_000_000_000  # seconds: nothing was written to a moment ago


class Synced:
    """The folder of ``runs`` and the collection that follows it."""

    def __init__(self, runs) -> None:
        self.runs = runs

    def write(self, name: str, text: str, *, age: float | None = OLD) -> Path:
        path = self.runs.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if age is not None:
            os.utime(path, (age, age))
        return path

    def plan(self, *exclude: str) -> Plan:
        read = self.runs.library.shelf.read
        listing = list_folder(self.runs.files, exclude)
        return plan(listing, read.sources(), read.failures(), most_bytes=Limits().file_bytes, now=time.time())

    def __call__(self, *exclude: str, **options: bool) -> dict[str, str]:
        """The status of every path that was touched; what was parsed and embedded is counted anew."""
        self.runs.parser.seen.clear()
        self.runs.library.embedder.passages.clear()
        made = self.plan(*exclude)
        results = run(made, self.runs.ingestion(), **options)
        return {os.path.relpath(one.path, self.runs.files): one.status for one in results}

    def held(self) -> set[str]:
        return {os.path.relpath(path, self.runs.files) for path in self.runs.library.shelf.read.sources()}


@pytest.fixture
def sync(runs) -> Synced:
    return Synced(runs)


def test_new_changed_and_deleted_files_and_then_nothing(sync) -> None:
    sync.write("甲.txt", "长江的源头")
    sync.write("子/乙.txt", "黄河的入海口")
    assert sync() == {"甲.txt": "ingested", os.path.join("子", "乙.txt"): "ingested"}
    assert sync() == {}
    sync.write("甲.txt", "长江的入海口", age=OLD + 1)
    (sync.runs.files / "子" / "乙.txt").unlink()
    assert sync() == {"甲.txt": "replaced", os.path.join("子", "乙.txt"): "removed"}
    assert sync.held() == {"甲.txt"}
    assert sync.runs.library.shelf.disagreements() == []


def test_a_moved_file_is_neither_parsed_nor_embedded_and_keeps_its_chunks(sync) -> None:
    sync.write("旧名.txt", "长江的源头在唐古拉山")
    sync()
    shelf = sync.runs.library.shelf
    before = [one.id for one in shelf.read.chunks(shelf.read.cards()[0].id)], shelf.read.sequence()
    (sync.runs.files / "新").mkdir()
    (sync.runs.files / "旧名.txt").rename(sync.runs.files / "新" / "新名.txt")
    assert sync() == {os.path.join("新", "新名.txt"): "moved"}
    (card,) = shelf.read.cards()
    assert ([one.id for one in shelf.read.chunks(card.id)], shelf.read.sequence()) == before
    assert card.title == "新名"  # its title was its file's name
    assert (sync.runs.parser.seen, sync.runs.library.embedder.passages) == ([], [])
    assert sync() == {}


def test_two_files_that_change_places_and_one_that_is_copied(sync) -> None:
    sync.write("a.txt", "长江的源头")
    sync.write("b.txt", "黄河的源头", age=OLD + 5)
    sync()
    for before, after in (("a.txt", "x"), ("b.txt", "a.txt"), ("x", "b.txt")):
        (sync.runs.files / before).rename(sync.runs.files / after)
    sync.write("c.txt", "长江的源头")
    assert sync() == {"a.txt": "replaced", "b.txt": "replaced", "c.txt": "ingested"}
    assert sync.runs.parser.seen == []
    assert len(sync.runs.library.shelf.read.cards()) == 2


def test_only_what_lies_under_the_folder_leaves_the_library(sync) -> None:
    sync.write("a.txt", "长江")
    sync()
    for path in (f"{sync.runs.files}-b/z.txt", "upload/z.txt"):  # the first begins with the folder's name
        sync.runs.library.put(path, "别处的文件")
    (sync.runs.files / "a.txt").unlink()
    assert sync() == {"a.txt": "removed"}
    assert set(sync.runs.library.shelf.read.sources()) == {f"{sync.runs.files}-b/z.txt", "upload/z.txt"}


def test_parts_of_an_archive_stay_while_the_archive_does(sync) -> None:
    archive = sync.write("信.eml", "一封信")
    sync()
    sync.runs.library.put(f"{archive}/附件.txt", "附件的内容")
    assert sync() == {}
    archive.unlink()
    assert set(sync().values()) == {"removed"}


def test_more_than_half_gone_is_said_before_and_may_be_withheld(sync) -> None:
    for name in "abc":
        sync.write(f"{name}.txt", f"文件 {name}")
    sync()
    (sync.runs.files / "a.txt").unlink()
    assert not sync.plan().empties
    (sync.runs.files / "b.txt").unlink()
    assert sync.plan().empties
    assert sync(remove=False) == {}
    assert sync.held() == {"a.txt", "b.txt", "c.txt"}


def test_a_folder_that_cannot_be_read_is_an_error_and_never_an_empty_one(sync, tmp_path, monkeypatch) -> None:
    with pytest.raises(FileNotFoundError):
        list_folder(tmp_path / "缺")
    sync.write("a.txt", "长江")
    with pytest.raises(NotADirectoryError):
        list_folder(sync.runs.files / "a.txt")
    sync.write("闭/b.txt", "黄河")
    sync()
    real = os.scandir

    def refuse(path):
        if str(path).endswith("闭"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert sync() == {"闭": "failed"}
    assert sync.held() == {"a.txt", os.path.join("闭", "b.txt")}


def test_a_circle_of_links_ends_and_a_broken_link_is_told(sync) -> None:
    sync.write("子/a.txt", "长江")
    (sync.runs.files / "子" / "圈").symlink_to(sync.runs.files)
    (sync.runs.files / "断").symlink_to(sync.runs.files / "没有")
    assert sync() == {os.path.join("子", "a.txt"): "ingested", "断": "failed"}


@pytest.mark.parametrize("name", ["\u00e9.txt", "e\u0301.txt", "😀 文件.txt", "a\nb.txt", " %41.txt", "؀‮.txt"])
def test_any_name_is_followed_through_its_life(sync, name) -> None:
    path = sync.write(name, "长江的源头")
    assert sync() == {name: "ingested"}
    assert sync() == {}
    path.rename(path.with_name(f"{name}2"))
    assert sync() == {f"{name}2": "moved"}
    path.with_name(f"{name}2").unlink()
    assert sync() == {f"{name}2": "removed"}


def test_a_name_that_is_not_utf8_is_followed_too(sync) -> None:
    raw = os.fsencode(sync.runs.files) + "/文件.txt".encode("gbk")
    Path(os.fsdecode(raw)).write_text("长江", encoding="utf-8")
    os.utime(raw, (OLD, OLD))
    assert set(sync().values()) == {"ingested"}
    assert sync() == {}
    os.unlink(raw)
    assert set(sync().values()) == {"removed"}


def test_a_file_that_was_written_to_a_moment_ago_waits_until_it_is_settled(sync) -> None:
    sync.write("a.txt", "长江", age=None)
    assert [file.name for file in sync.plan().waiting] == ["a.txt"]
    assert sync() == {"a.txt": "ingested"}  # two seconds later it is as it was


def test_a_file_that_grows_is_left_for_the_next_time(sync) -> None:
    path = sync.write("a.txt", "长江", age=None)
    status = path.stat()
    file = File(str(path), status.st_size, status.st_mtime_ns, location=path)
    settled, growing = settle([file], sleep=lambda _: path.write_text("长江的源", encoding="utf-8"))
    assert (settled, growing) == ([], [file])


def previewed(sync, made: Plan, **options: bool) -> list[FileResult]:
    read = sync.runs.library.shelf.read
    return list(preview(made, read.sources(), read.failures(), **options))


def test_a_preview_tells_the_same_and_does_nothing(sync) -> None:
    sync.write("a.txt", "长江")
    sync.write("b.txt", "黄河")
    sync()
    (sync.runs.files / "a.txt").rename(sync.runs.files / "c.txt")
    sync.write("b.txt", "黄河的源头", age=OLD + 1)
    sync.write("d.txt", "新的")
    made = sync.plan()
    told = {os.path.basename(one.path): one.status for one in previewed(sync, made)}
    assert told == {"c.txt": "moved", "b.txt": "replaced", "d.txt": "ingested"}
    assert sync.held() == {"a.txt", "b.txt"}
    assert sync() == told


def test_a_failure_is_told_again_until_it_is_retried_and_forgotten_with_its_file(sync) -> None:
    path = sync.write("坏.txt", "!坏了")
    assert sync() == {"坏.txt": "failed"}
    assert sync() == {"坏.txt": "failed"}
    assert sync.runs.parser.seen == []
    assert [one.status for one in previewed(sync, sync.plan())] == ["failed"]
    assert [one.status for one in previewed(sync, sync.plan(), retry=True)] == ["ingested"]
    sync(retry=True)
    (failure,) = sync.runs.library.shelf.read.failures().values()
    assert failure.attempts == 2
    path.unlink()
    assert sync() == {"坏.txt": "removed"}
    assert sync.runs.library.shelf.read.failures() == {}


def test_patterns_of_the_folder_and_of_the_command_leave_files_out(sync) -> None:
    for name in ("a.txt", "a.tmp", "缓存/b.txt", "深/c.tmp", "深/重要.tmp", "深/d.txt"):
        sync.write(name, f"文件 {name}")
    sync.write(".shujiaignore", "# 临时\n*.tmp\n/缓存/\n")
    sync.write("深/.shujiaignore", "!重要.tmp\n")
    deep = "深" + os.sep
    assert sync() == {
        "a.txt": "ingested",
        f"{deep}重要.tmp": "ingested",
        f"{deep}d.txt": "ingested",
    }
    (left,) = previewed(sync, sync.plan("深/d.*"))
    assert (Path(left.path).name, left.reason) == ("d.txt", "left out by a pattern")
    assert sync("深/d.*") == {f"{deep}d.txt": "removed"}
    assert sync.held() == {"a.txt", f"{deep}重要.tmp"}


@pytest.mark.parametrize(
    ("pattern", "out", "stays"),
    [
        ("*.log", ["a.log", "x/y/b.log"], ["a.log.txt"]),
        ("/a.txt", ["a.txt"], ["x/a.txt"]),
        ("x/*.txt", ["x/a.txt"], ["x/y/a.txt", "z/x/a.txt"]),
        ("x/**/a.txt", ["x/a.txt", "x/y/z/a.txt"], ["a.txt"]),
        ("资料?.md", ["资料1.md", "深/资料二.md"], ["资料.md"]),
        ("[ab].txt", ["a.txt"], ["c.txt"]),
        ("e\u0301.txt", ["\u00e9.txt"], ["e.txt"]),
        (r"\#x", ["#x"], ["x"]),
        ("*.TXT", ["a.TXT"], ["a.txt"]),
    ],
)
def test_patterns_mean_what_git_means(pattern: str, out: list[str], stays: list[str]) -> None:
    rules = Excludes().within("", [pattern])
    assert [path for path in out if not rules.leaves_out(path, folder=False)] == []
    assert [path for path in stays if rules.leaves_out(path, folder=False)] == []


def test_a_pattern_that_ends_with_a_slash_means_folders() -> None:
    rules = Excludes().within("", ["build/", "*.d", "!keep.d"])
    assert rules.leaves_out("x/build", folder=True)
    assert not rules.leaves_out("x/build", folder=False)
    assert (rules.leaves_out("a.d", folder=False), rules.leaves_out("keep.d", folder=False)) == (True, False)


def test_watching_syncs_once_a_change_and_again_while_something_waits(sync) -> None:
    sync.write("a.txt", "长江")
    rounds: list[int] = []
    answers = iter([True, False, False])  # after the first round something still waits

    def changed(listing) -> bool:
        rounds.append(len(listing.files))
        return next(answers)

    def sleep(_: float) -> None:
        if len(rounds) == 2:
            sync.write("b.txt", "黄河")

    Watch(lambda: list_folder(sync.runs.files), changed, sleep=sleep).run(rounds=6)
    assert rounds == [1, 1, 2]


def test_watching_outlives_a_folder_that_goes_away(sync) -> None:
    told: list[OSError] = []
    looks = iter([list_folder(sync.runs.files), PermissionError("gone"), list_folder(sync.runs.files)])

    def look():
        found = next(looks)
        if isinstance(found, OSError):
            raise found
        return found

    count = []
    Watch(look, lambda listing: bool(count.append(1)), sleep=lambda _: None, refused=told.append).run(rounds=3)
    assert (len(told), len(count)) == (1, 2)
