"""Hostile names through every door: nothing leaves the library, nothing breaks, and they are shown as they are."""

from __future__ import annotations

import io
import json
import os
import re
import runpy
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.export_answer import markdown_text
from app.page_export import file_name
from app.page_text import html_text, label_text
from generation.visible import INVISIBLE
from ingest.files import discover, upload

NAMES: tuple[str, ...] = runpy.run_path(str(Path(__file__).with_name("hostile_names.py")))["NAMES"]


def tree(folder: Path) -> set[str]:
    """Everything below a folder; the name of an original says nothing but its hash."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


pytestmark = pytest.mark.usefixtures("readers_here")


@pytest.fixture
def opened(library_folder: Path, scripted: Any) -> Any:
    from app.settings import load
    from app.wiring import Library

    scripted()
    with Library(load()) as library:
        yield library


def test_there_are_more_than_a_hundred_and_none_twice() -> None:
    assert len(NAMES) == len(set(NAMES)) >= 150


def test_uploads_of_all_names_stay_inside_the_library_and_each_is_kept(opened: Any, tmp_path: Path) -> None:
    files = [upload(name, f"第{number}份文件".encode()) for number, name in enumerate(NAMES)]
    assert all(file.path.startswith("upload/") and file.path.count("/") == 1 for file in files)
    assert all(1 <= len(file.path) <= 300 for file in files)
    results = list(opened.ingest(files))
    assert {result.status for result in results} <= {"ingested", "replaced"}
    sources = opened.shelf().read.sources()
    assert set(sources) == {file.path for file in files}
    json.dumps([*sources], ensure_ascii=False).encode()  # no half of a surrogate pair is in the catalogue
    assert {one.split("/")[0] for one in tree(tmp_path)} == {"library"}
    inside = {one for one in tree(tmp_path / "library") if (tmp_path / "library" / one).is_file()}
    assert all(re.fullmatch(r"originals/[0-9a-f]{2}/[0-9a-f]{64}|(catalogue|index)[\w./-]*", one) for one in inside), (
        inside
    )
    for path in sources:
        assert opened.shelf().read.document(path).text.startswith("第")


def test_names_on_disk_are_ingested_or_skipped(opened: Any, tmp_path: Path) -> None:
    folder, made = tmp_path / "收件", 0
    folder.mkdir()
    for number, name in enumerate(NAMES):
        raw = name.encode("utf-8", "surrogateescape") if not re.search("[\ud800-\udc7f\udd00-\udfff]", name) else b""
        if raw and b"/" not in raw and b"\0" not in raw and len(raw) <= 255 and raw not in (b".", b".."):
            with open(os.path.join(os.fsencode(folder), raw), "wb") as file:
                file.write(f"第{number}份文件".encode())
            made += 1
    assert made > 100
    results = list(opened.ingest(discover([folder])))
    assert len(results) == made
    assert {result.status for result in results} == {"ingested", "skipped"}
    assert all(result.path.startswith(f"{folder}/") for result in results)


def test_members_of_an_archive_stay_inside_it(opened: Any, tmp_path: Path) -> None:
    data, count = io.BytesIO(), 0
    with zipfile.ZipFile(data, "w") as archive:
        for number, name in enumerate(NAMES):
            if name and not re.search("[\ud800-\udfff]", name):
                member = zipfile.ZipInfo("x")
                member.filename = name
                archive.writestr(member, f"第{number}份文件".encode())
                count += 1
    assert count > 150
    results = list(opened.ingest([upload("收件.zip", data.getvalue())]))
    assert {result.status for result in results} <= {"ingested", "failed"}
    assert len({result.path for result in results}) == len(results) > 140
    inner = [result.path for result in results if "!/" in result.path]
    assert all(path.startswith("upload/收件.zip!/") for path in inner)
    assert not any(part in ("..", ".", "") for path in inner for part in path.split("!/", 1)[1].split("/"))
    assert not any("\x00" in path or "\n" in path for path in inner)
    assert {one.split("/")[0] for one in tree(tmp_path)} == {"library"}


def test_a_collection_of_hostile_names_is_exported_and_imported_the_same(opened: Any, tmp_path: Path) -> None:
    from store.bundle_read import read_bundle
    from store.bundle_write import write_bundle

    list(opened.ingest([upload(name, f"第{number}份文件".encode()) for number, name in enumerate(NAMES)]))
    before = set(opened.shelf().read.sources())
    write_bundle(tmp_path / "全部.zip", opened.shelf().read, opened.originals)
    with zipfile.ZipFile(tmp_path / "全部.zip") as bundle:
        assert all(re.fullmatch(r"[\w.]+|originals/[0-9a-f]{64}", name) for name in bundle.namelist())
    for number, name in enumerate(("../外", "C:\\外", "外\n", "<b>外</b>")):
        made, _ = read_bundle(tmp_path / "全部.zip", opened.catalogue, opened.originals, name)
        assert made.name == name, number
        assert set(opened.shelf(name).read.sources()) == before
    assert {one.split("/")[0] for one in tree(tmp_path)} == {"library", "全部.zip"}


@pytest.mark.parametrize("name", ["originals/../../../外.txt", "originals//etc/外", "originals/" + "a" * 64])
def test_a_bundle_that_names_a_file_elsewhere_is_refused(opened: Any, tmp_path: Path, name: str) -> None:
    import hashlib

    from store.bundle_read import read_bundle
    from store.bundle_write import write_bundle
    from store.errors import BundleRefused

    list(opened.ingest([upload("a.txt", "一份文件".encode())]))
    write_bundle(tmp_path / "一.zip", opened.shelf().read, opened.originals)
    with zipfile.ZipFile(tmp_path / "一.zip") as good, zipfile.ZipFile(tmp_path / "坏.zip", "w") as bad:
        parts = {each: good.read(each) for each in good.namelist()}
        (manifest,) = [each for each in parts if each.startswith("manifest")]
        told = json.loads(parts.pop(manifest))
        parts[name] = "外来的".encode()
        told["parts"][name] = hashlib.sha256(parts[name]).hexdigest()
        for each, content in parts.items():
            bad.writestr(each, content)
        bad.writestr(manifest, json.dumps(told))
    before = tree(tmp_path)
    with pytest.raises(BundleRefused):
        read_bundle(tmp_path / "坏.zip", opened.catalogue, opened.originals, "新")
    assert tree(tmp_path) == before
    assert [each.name for each in opened.catalogue.collections()] == ["default"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_shown_and_never_obeyed(name: str) -> None:
    shown = html_text(name)
    assert not re.search("[<>\"']", shown)
    assert not INVISIBLE.search(shown)
    label = label_text(name)
    assert "\n" not in label
    assert not re.search(r"(?<!\\)[\[\]`*_<>$!:|]", re.sub(r"\\\\", "", label))
    assert not re.search(r"(?<!\\)[\[\]`*_<>$!|]", re.sub(r"\\\\", "", markdown_text(name)))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_download_gets_a_name_that_every_system_takes(name: str) -> None:
    made = file_name(name)
    assert 1 <= len(made) <= 61
    assert not re.search(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]', made)
    assert not INVISIBLE.search(made)
    assert not made.startswith((".", "-", " "))
    assert not made.endswith((".", " "))
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d|conin\$|clock\$)(\..*)?", made)
    made.encode()


def test_the_page_lists_them(page: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.ask_page
    from app.library_page import library_page
    from app.settings import load
    from app.wiring import Library

    scripted()
    with Library(load()) as library:
        few = [
            upload(name, f"# {name}\n\n第{number}份".encode("utf-8", "replace")) for number, name in enumerate(NAMES)
        ]
        list(library.ingest(few[::8]))
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    shown = page().run()
    assert not shown.exception
    html = "\n".join(element.proto.body for element in shown.get("html") if "<style>" not in element.proto.body)
    assert not re.search(r"<(script|img|svg|a|iframe|b>)", html)
    assert "\u202e" not in html


def test_the_terminal_obeys_no_name(cli: Any) -> None:
    for name in ("a\x1b[31mb.txt", "\x1b]0;x\x07.txt", "a\u202egpj.txt", "好\n✓ 假的.txt", "a\rb.txt", "[bold]x.txt"):
        (cli.folder / "书" / name).write_text(f"第 {name!r} 份文件", encoding="utf-8")
    printed = cli("ingest", "书").output + cli("status").output + cli("search", "文件").output
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", printed)
    assert not re.search("^✓ 假的", printed, re.MULTILINE)
    assert "[bold]x" in printed
