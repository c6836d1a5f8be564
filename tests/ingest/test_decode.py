from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import decode
from ingest.errors import UnsupportedType

SIMPLE = "这是一个简体中文的测试文件，用来检查编码。"
TRADITIONAL = "這是一個繁體中文的測試檔案，用來檢查編碼。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLE, "utf-8"),
        (SIMPLE, "utf-8-sig"),
        (SIMPLE, "gbk"),
        (SIMPLE, "gb18030"),
        ("你好", "gbk"),
        ("姓名,部门\r\n张三,研发部", "gbk"),
        (TRADITIONAL, "big5"),
        ("測試文件", "big5"),
        ("名前,年齢,住所\r\n佐藤太郎,30,東京", "cp932"),
        ("これはテストです。日本語の文章。", "cp932"),
        (SIMPLE, "utf-16"),
        (SIMPLE * 3, "utf-16-le"),
        (SIMPLE * 3, "utf-16-be"),
        ("plain English text", "utf-16-le"),
        ("Können wir das naïve Café grüßen?", "latin-1"),
        ("“Smart quotes” – a dash", "cp1252"),
    ],
)
def test_the_encoding_is_found_without_being_named(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_broken_utf8_keeps_what_is_whole_and_warns() -> None:
    decoded = decode("前半正常".encode() + b"\xff\xfe\xc3\x28" + "后半也正常".encode())
    assert decoded.text.startswith("前半正常")
    assert decoded.text.endswith("后半也正常")
    assert "U+FFFD" in decoded.warnings[0]


def test_lines_in_two_encodings_are_both_read() -> None:
    decoded = decode("第一段是UTF8编码的文字。\n".encode() + "第二段是GBK编码的文字。\n".encode("gbk"))
    assert decoded.text == "第一段是UTF8编码的文字。\n第二段是GBK编码的文字。\n"
    assert "GB18030" in decoded.warnings[0]


def test_a_named_encoding_is_used_when_it_fits_and_ignored_when_unknown() -> None:
    assert decode("привет".encode("koi8-r"), "koi8-r").text == "привет"
    assert decode(SIMPLE.encode("gbk"), "x-no-such-table").text == SIMPLE


def test_binary_is_refused() -> None:
    with pytest.raises(UnsupportedType):
        decode(bytes(range(32)) * 20)


@given(st.binary(max_size=600), st.sampled_from([None, "gbk", "utf-16", "rot13", "hex", "\x00"]))
def test_decode_never_fails_on_arbitrary_bytes(data: bytes, hint: str | None) -> None:
    with contextlib.suppress(UnsupportedType):
        assert isinstance(decode(data, hint).text, str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_valid_utf8_comes_back_unchanged(text: str) -> None:
    assert decode(b"x" + text.encode()).text == "x" + text
