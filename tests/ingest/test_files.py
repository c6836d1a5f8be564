from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.errors import TooLarge, UnreadableFile
from ingest.files import LEADS_OUT, File, discover, upload
from ingest.folder import list_folder


def names(folder: Path, *paths: Path) -> list[str]:
    return [file.path.removeprefix(f"{folder.resolve()}/") for file in discover(paths or (folder,))]


def test_a_folder_is_walked_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "子/二.md", "子/一.md", "Z/é.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert names(tmp_path) == ["a.txt", "b.txt", "Z/é.txt", "子/一.md", "子/二.md"]


def test_hidden_temporary_and_system_files_are_named_as_skipped_and_hidden_folders_not_entered(tmp_path: Path) -> None:
    for name in (".secret", "~$合同.docx", "Thumbs.db", "desktop.ini", "合同.docx", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    skipped = {file.name: file.skip for file in discover([tmp_path])}
    assert skipped == {
        ".secret": "hidden or temporary",
        "~$合同.docx": "hidden or temporary",
        "Thumbs.db": "left by the system",
        "desktop.ini": "left by the system",
        "合同.docx": "",
    }


def test_links_are_followed_to_files_never_to_folders_and_broken_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "to_a.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    found = {file.name: (file.size, file.skip) for file in discover([tmp_path])}
    assert found == {"a.txt": (1, ""), "to_a.txt": (1, ""), "broken": (0, "cannot be looked at (a broken link?)")}


def test_a_link_that_leads_out_of_the_folder_is_left_out_and_one_that_is_named_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "秘密.txt").write_text("x")
    folder = tmp_path / "共享"
    folder.mkdir()
    link = folder / "看看.txt"
    link.symlink_to(tmp_path / "秘密.txt")
    assert [(file.size, file.skip) for file in discover([folder])] == [(0, LEADS_OUT)]
    assert [(file.size, file.skip) for file in list_folder(folder).files] == [(0, LEADS_OUT)]
    assert [(file.name, file.skip) for file in discover([link])] == [("秘密.txt", "")]


def test_what_is_not_a_regular_file_is_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [file.skip for file in discover([tmp_path])] == ["not a regular file"]


def test_a_file_named_twice_comes_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert names(tmp_path, tmp_path / "a.txt", tmp_path, tmp_path / "." / "a.txt") == ["a.txt"]


def test_a_path_that_is_not_there_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(FileNotFoundError, match=r"缺失\.txt"):
        next(discover([tmp_path / "a.txt", tmp_path / "缺失.txt"]))


def test_names_that_are_not_utf8_are_legible_storable_and_never_become_one(tmp_path: Path) -> None:
    """你好.txt and 北京.txt as GBK, as an old archive unpacks them: 4 bytes each that are no UTF-8."""
    folder = os.fsencode(tmp_path)
    for text in ("你好", "北京"):
        with open(folder + b"/" + text.encode("gbk") + b".txt", "w", encoding="utf-8") as file:
            file.write(text)
    files = list(discover([tmp_path]))
    assert {file.name for file in files} == {"%C4%E3%BA%C3.txt", "%B1%B1%BE%A9.txt"}
    assert all(file.path.encode() for file in files)
    assert {file.read(100).decode() for file in files} == {"你好", "北京"}


def test_reading_gives_the_bytes_or_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"1234")
    (file,) = discover([path])
    assert file.read(4) == b"1234"
    with pytest.raises(TooLarge, match="split the file"):
        file.read(3)
    path.unlink()
    with pytest.raises(UnreadableFile, match="No such file"):
        file.read(4)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_folders_and_files_without_permission_are_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.txt").chmod(0)
    try:
        found = {file.name: file for file in discover([tmp_path])}
        assert found["closed"].skip
        with pytest.raises(UnreadableFile, match="Permission denied"):
            found["a.txt"].read(9)
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("合同.docx", "upload/合同.docx"),
        ("../../etc/passwd", "upload/passwd"),
        ("C:\\用户\\表.xlsx", "upload/表.xlsx"),
        ("", "upload/unnamed"),
        ("a/b/", "upload/b"),
    ],
)
def test_an_upload_has_no_folder(name: str, path: str) -> None:
    file = upload(name, b"123")
    assert (file.path, file.size, file.read(3)) == (path, 3, b"123")


def test_the_name_is_the_last_part_of_either_kind_of_path() -> None:
    assert [File(path, 0, 0).name for path in ("/a/b.txt", "C:\\a\\b.txt", "b.txt")] == ["b.txt"] * 3
