from __future__ import annotations

import contextlib
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.detect import detect, looks_like_markdown
from ingest.errors import EmptyDocument, IngestError, UnreadableFile, UnsupportedType


def zipped(*names: str, **content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, content.get(name.split("/")[0], "x"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7\n", "report.docx", "pdf"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.pdf", "docx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "表.zip", "xlsx"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "x", "pptx"),
        (zipped("mimetype", "META-INF/container.xml", mimetype="application/epub+zip"), "书.epub", "epub"),
        (b"{\\rtf1 hello}", "a.doc", "rtf"),
        (b"<!DOCTYPE html><html></html>", "a.txt", "html"),
        (b"<?xml version='1.0'?><rss></rss>", "feed", "xml"),
        ("姓名,年龄\n张三,30\n".encode("gbk"), "人员.CSV", "csv"),
        ("# 标题\n\n- 一\n".encode(), "笔记.txt", "md"),
        (b"# a comment\nimport os\n## more\n", "script.py", "txt"),
        (b"plain words", "README", "txt"),
        (b"From: a@b.c\nTo: d@e.f\nSubject: hi\n\nbody", "message", "eml"),
        (b'{"a": 1}', "a.json", "json"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "scan.pdf", "png"),
        (b"BM" + bytes(60), "a.txt", "bmp"),
        (b"RIFF0000WEBPVP8 ", "a.bin", "webp"),
        (zipped("a.txt"), "a.docx", "zip"),
    ],
)
def test_content_decides_before_the_name(data: bytes, name: str, kind: str) -> None:
    assert detect(data, name) == kind


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"MZ\x90\x00\x03" + bytes(100), "notes.md", "Windows program"),
        (gzip.compress(b"hello", mtime=0), "log.txt", "gzip"),
        (bytes(range(256)) * 4, "data.txt", "binary"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_for_what_it_is(data: bytes, name: str, word: str) -> None:
    with pytest.raises(UnsupportedType, match=word):
        detect(data, name)


def test_an_empty_file_and_a_cut_docx_say_so() -> None:
    with pytest.raises(EmptyDocument):
        detect(b" \r\n\x00", "a.txt")
    with pytest.raises(UnreadableFile, match="docx"):
        detect(zipped("[Content_Types].xml", "word/document.xml")[:60] + b"word/", "a.docx")


def test_markdown_needs_more_than_a_hash_in_the_middle() -> None:
    assert looks_like_markdown("---\ntitle: 大模型\n---\n正文")
    assert looks_like_markdown("## 第一节\n正文")
    assert not looks_like_markdown("shopping list\n# not a heading by itself\nend")
    assert not looks_like_markdown("只有正文，没有标题。")


@given(st.binary(max_size=400), st.text(max_size=20))
def test_detect_raises_nothing_but_an_ingest_error(data: bytes, name: str) -> None:
    with contextlib.suppress(IngestError):
        assert detect(data, name)


@given(
    st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"{\\rtf", b"\xff\xfe"]),
    st.binary(max_size=2000),
)
def test_detect_survives_garbage_behind_a_known_beginning(magic: bytes, rest: bytes) -> None:
    with contextlib.suppress(IngestError):
        assert detect(magic + rest, "x.docx")
