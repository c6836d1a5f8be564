"""Errors and reasons in Chinese: none is missing, none is stale, and no message is spoilt on the way."""

from __future__ import annotations

import os
import re
import runpy
import time
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from app.error_words import PHRASES, SENTENCES, Reading, error_text, table_of
from ingest.files import discover

READ = runpy.run_path(str(Path(__file__).with_name("error_templates.py")))

TYPED = re.compile(
    r"(?<![\w-])--[a-z][a-z-]+|SHUJIA_[A-Z]+|shujia [a-z]+(?=[ `;)]|$)|\b[a-z]+_[a-z_]+\b|\.[a-z]{3,4}\b"
)
"""Options, variables, commands, settings and endings of files: what a reader types or sees as it is."""
JOINED = frozenset({"{} at {}: {}"})  # a place and what an endpoint says


def _worded(template: str) -> bool:
    """Whether it says something: one without letters only joins a place and a sentence worded elsewhere."""
    return re.search("[A-Za-z]", template) is not None and template not in JOINED


@cache
def said_in_source() -> tuple[list[tuple[str, str]], frozenset[str]]:
    """Where and what every error says, and every text there is."""
    modules = READ["trees"]()
    return list(READ["raised"](modules)), READ["constants"](modules)


def pairs() -> list[tuple[str, str]]:
    return [pair for table in (*SENTENCES, *PHRASES) for pair in table_of(table).items()]


def test_the_source_is_read() -> None:
    assert len(said_in_source()[0]) > 400


def test_every_error_that_people_meet_has_its_chinese() -> None:
    known = dict(pairs())
    missing = [f"{place}: {text}" for place, text in said_in_source()[0] if _worded(text) and text not in known]
    assert not missing, "\n".join(missing)


def test_no_chinese_sentence_is_left_of_an_error_that_is_gone() -> None:
    said = {text for _, text in said_in_source()[0]}
    stale = [text for text in table_of("raised") if text not in said]
    assert not stale, "\n".join(stale)


def test_every_part_is_worded_somewhere_in_the_source() -> None:
    """Some are put together ("page 3" + " has"), so what is looked for is most of their pairs of neighbouring words."""
    said = " ".join(re.sub(r"[{}\W]+", " ", text) for text in said_in_source()[1])
    stale = []
    for text in (*table_of("parts"), *table_of("within")):
        spoken = [re.findall(r"\w+", piece) for piece in text.split("{}")]
        pairs_of = [f" {a} {b} " for one in spoken for a, b in pairwise(one) if len(one) > 2]
        pairs_of = pairs_of or [f" {word} " for one in spoken for word in one]
        if sum(pair in f" {said} " for pair in pairs_of) < 0.6 * len(pairs_of):
            stale.append(text)
    assert not stale, "\n".join(stale)


def test_a_chinese_sentence_uses_every_value_and_no_other() -> None:
    for english, chinese in pairs():
        used = {int(number) for number in re.findall(r"\{(\d+)(?::[sw])?\}", chinese)}
        assert used == set(range(english.count("{}"))), english
        assert "{}" not in chinese, english


def test_chinese_sentences_have_chinese_punctuation_and_keep_what_is_typed_as_it_is() -> None:
    for english, chinese in pairs():
        assert re.search("[\u4e00-\u9fff]", chinese) or english.startswith(("[Errno", "Value error", "value error")), (
            chinese
        )
        assert not re.search("[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", chinese), chinese
        assert chinese.count("“") == chinese.count("”"), chinese
        for typed in TYPED.findall(english):
            assert typed in chinese, (typed, chinese)


def test_every_sentence_is_recognised_as_itself() -> None:
    """With names for its values; a more general one must not come before it. Phrases are so within a sentence."""
    for english, chinese in pairs():
        known = (*SENTENCES, *PHRASES) if english in table_of("within") else SENTENCES
        names = [f"值{number}" for number in range(english.count("{}"))]
        said = Reading().chinese(_filled(english, names), 0, known)
        chinese = re.sub(":[sw]}", "}", chinese)
        assert said == chinese.format(*names) if '{"' not in chinese else names[0] in said, english


def _filled(template: str, values: list[str]) -> str:
    pieces = template.split("{}")
    return "".join(piece + value for piece, value in zip(pieces, [*values, ""], strict=True))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no collection named '年报'; there is default, 合同", "没有名为“年报”的文档集；现有：default, 合同"),
        ("no collection named '年报'; there is none yet", "没有名为“年报”的文档集；现有：还没有"),
        (  # one error in another
            "collection '书' was made with m, which cannot be opened here (the files of m are not in /w: run `shujia "
            "models pull m` where there is a network, or copy its folder here); the settings say e: set embedder back, "
            "or: shujia reindex --collection 书",
            "文档集“书”是用 m 建的，它在这里打不开（/w 中没有 m 的文件：请在有网络时运行 `shujia models pull m`，"
            "或把它的文件夹复制过来）；现在的设置是 e：请把 embedder 改回去，或者运行 shujia reindex --collection 书",
        ),
        (  # warnings of a document, joined
            "pages 3, 4 have no text layer: OCR is needed to read them; install the ocr extra (pip install "
            "'shujia[ocr]') and run shujia retry; page 7 could not be loaded: damaged",
            "第 3, 4 页没有文字层，需要 OCR 才能读：请安装附加组件 ocr（pip install 'shujia[ocr]'），"
            "再运行 shujia retry；第 7 页读不出来：已损坏",
        ),
        ("/书架/shujia.toml: Invalid value (at line 1, column 8)", None),  # Python's own words, unknown
        (
            "the PDF is encrypted: save it without a password (unchanged since then)",
            "PDF 是加密的：请去掉密码后重新保存（此后没有变化）",
        ),
        ("[Errno 13] Permission denied: '/无权/书'", "没有权限：'/无权/书'（Errno 13）"),
        (
            "chunk_tokens = '5': input should be greater than or equal to 32; answer_tokens = '1': input should be "
            "greater than or equal to 16",
            "chunk_tokens = '5'：应大于或等于 32；answer_tokens = '1'：应大于或等于 16",
        ),
        (
            "没有用语言模型改写问题（假想答案：no time was left），按原来的问题检索。",
            "没有用语言模型改写问题（假想答案：没有剩余时间），按原来的问题检索。",
        ),
        ("this is a gzip archive: unpack it first", "这是 gzip 压缩包：请先解压"),
    ],
)
def test_what_readers_meet_is_chinese(english: str, chinese: str | None) -> None:
    assert error_text(english, "zh") == (chinese or english)
    assert error_text(english, "en") == english


@pytest.mark.parametrize(
    "name",
    [
        "{}",
        "{0}",
        "a{1}b",
        "两\n行.txt",
        "报告 (1).pdf",
        "%s",
        "\\1",
        "x; y: z",
        "‮倒",
        "{0:w}",
        "page 12.pdf",
        "pages 3",
        "from 甲.txt",
        "this is a gzip archive: unpack it first",
    ],
)
def test_a_name_stays_what_it_is(name: str) -> None:
    assert error_text(f"no such file or folder: {name}", "zh") == f"没有这个文件或文件夹：{name}"
    refused = f"{name} is damaged or no backup (File is not a zip file): name a file that `shujia backup` wrote"
    assert error_text(refused, "zh") == f"{name} 已损坏或不是备份（不是 zip 文件）：请给出 `shujia backup` 写的文件"


def test_a_name_with_pythons_escapes_keeps_its_quotation_marks() -> None:
    assert error_text("no group 'a\\nb'; see: shujia groups list", "zh").startswith("没有用户组“'a\\nb'”")


def test_what_is_not_known_stays_as_it_was() -> None:
    for unknown in ("", "something new", "CUDA error: out of memory; see the log", "a: b: c; d", "\n\n", "没有"):
        assert error_text(unknown, "zh") == unknown


def test_hostile_text_costs_milliseconds() -> None:
    """The longest that is looked at, full of what sentences are cut at: what is not linear takes minutes."""
    for part in ("; ", ": ", " is damaged: ", "(", " (", "the the ", "no such file: ", "{}", "\n", " at ; : "):
        text = (part * 8000)[:7990]
        began = time.thread_time()
        error_text(f"{text}{time.monotonic_ns()}", "zh")
        assert time.thread_time() - began < 2, part
    endless = "no such file: " + "x" * 9000
    assert error_text(endless, "zh") == endless


def test_why_a_file_is_left_out_is_said_in_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "共享"
    folder.mkdir()
    for name in (".隐藏", "Thumbs.db"):
        (folder / name).write_text("x")
    os.mkfifo(folder / "管道")
    (folder / "外").symlink_to(tmp_path / "别处.txt")
    (folder / "断").symlink_to(folder / "没有")
    (tmp_path / "别处.txt").write_text("x")
    reasons = {file.name: error_text(file.skip, "zh") for file in discover([folder])}
    assert sorted(reasons) == [".隐藏", "Thumbs.db", "外", "断", "管道"]
    assert [name for name, reason in reasons.items() if not re.search("[一-鿿]", reason)] == []
