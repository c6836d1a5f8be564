"""The help of every command in Chinese and English, and what is said about a mistyped one."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from app.cli import app
from app.console import voice
from app.help_screen import paragraphs, texts
from app.help_speech import reader_language, speak
from app.settings import CONFIG_FILE, load
from app.terminal_wrap import columns

ROOT = typer.main.get_command(app)
HAN = re.compile("[\u4e00-\u9fff]")
SENTENCE = re.compile(r"\b[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+\b")  # four English words in a row


def commands(command: Any = ROOT, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the tree with its words, the root with none."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, *path, name)


@dataclass(frozen=True, slots=True)
class Result:
    exit_code: object
    stdout: str
    stderr: str


EVERY = [pytest.param(path, command, id=" ".join(path) or "shujia") for path, command in commands()]


@pytest.fixture
def zh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")


@pytest.fixture
def en(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SHUJIA_LANGUAGE", "en")


def shujia(*words: str) -> Result:
    """Run a command line; the tree is built once, which the runner of Typer would do for each of them."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        ROOT.main(list(words), prog_name="shujia")
    return Result(end.value.code, out.getvalue(), err.getvalue())


def english_texts() -> set[str]:
    found: set[str] = set()
    for _, command in commands():
        found.update(paragraphs(command.help))
        for parameter in command.get_params(typer.Context(command)):
            assert parameter.help, parameter
            found.update(paragraphs(parameter.help))
    return found


def test_every_help_text_has_a_chinese_twin() -> None:
    """An English text that was changed has none either: look at the Chinese one, then write both in help_zh.toml."""
    assert english_texts() - set(texts()) == set()


def test_no_chinese_text_is_stale() -> None:
    assert set(texts()) - english_texts() == set()


def test_every_chinese_text_is_chinese() -> None:
    assert [chinese for chinese in texts().values() if not HAN.search(chinese)] == []


def test_names_in_backticks_flags_and_numbers_are_the_same_in_both() -> None:
    """Examples are left out: their values are translated."""
    named = re.compile(r"--[a-z][a-z-]+|\b\d{2,}\b")
    pairs = {english: chinese for english, chinese in texts().items() if not english.startswith("Example: ")}
    assert {e: c for e, c in pairs.items() if not set(named.findall(e)) <= set(named.findall(c))} == {}


@pytest.mark.parametrize(("path", "command"), EVERY)
@pytest.mark.usefixtures("zh")
def test_a_chinese_help_is_chinese_throughout_and_fits_80_columns(path: tuple[str, ...], command: Any) -> None:
    shown = shujia(*path, "--help")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0].startswith(f"用法：{' '.join(['shujia', *path])} [选项]")
    assert [line for line in lines if columns(line) > 80] == []
    told = [line for line in lines[1:] if not line.startswith("  例：")]
    assert [line for line in told if SENTENCE.search(line)] == []
    words = ("Usage", "Options", "Commands", "Arguments", "default:", "required", "Show this", "[OPTIONS]", "ARGS")
    assert [line for line in lines if any(word in line for word in words)] == []
    for parameter in command.get_params(typer.Context(command)):
        assert any(name in shown.stdout for name in (*parameter.opts, *parameter.secondary_opts))


@pytest.mark.parametrize(("path", "command"), [each for each in EVERY if isinstance(each.values[1], TyperGroup)])
def test_a_list_of_commands_shows_whole_sentences_one_a_line(
    path: tuple[str, ...], command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for language, heading in (("en", "Commands:"), ("zh", "命令：")):
        monkeypatch.setenv("SHUJIA_LANGUAGE", language)
        rows = shujia(*path, "--help").stdout.partition(heading)[2].splitlines()[1:]
        assert len(rows) == len(command.commands), rows
        assert [row for row in rows if row.endswith("...")] == []


@pytest.mark.parametrize(("path", "command"), EVERY)
@pytest.mark.usefixtures("en")
def test_an_english_help_is_what_click_makes_of_it(path: tuple[str, ...], command: Any) -> None:
    context = typer.Context(command, info_name=" ".join(["shujia", *path]), terminal_width=78)
    formatter = context.make_formatter()
    (TyperGroup if isinstance(command, TyperGroup) else TyperCommand).format_help(command, context, formatter)
    plain = formatter.getvalue().rstrip("\n")
    assert command.get_help(context) == plain
    assert plain.startswith("Usage: ")
    assert set(HAN.findall(plain)) <= set("书架")


@pytest.mark.usefixtures("zh")
def test_the_help_of_ingest_tells_types_ranges_and_what_is_required() -> None:
    shown = shujia("ingest", "--help").stdout
    assert "  把文件、文件夹或网址收上书架。没有变化的不再读取。" in shown
    assert "  paths... <多个>  文件、文件夹（逐层读取）或网址 [必填]" in shown
    assert "  --workers <整数>         读取文件的进程数；不写时用设置 `workers` [1 到 64]" in shown
    assert "  --help                   显示这份说明" in shown


@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ingest"], "缺少参数 'paths'。"),
        (["why-not", "问"], "缺少选项 '--document'。"),
        (["serch"], "没有命令 'serch'。是不是 'search'、'serve'？"),
        (["eval", "comp"], "没有命令 'comp'。是不是 'compare'？"),
        (["status", "--jsn"], "没有选项 --jsn。是不是 --json？"),
        (["status", "--xyz"], "没有选项 --xyz。"),
        (["status", "多余"], "多出了参数：多余。"),
        (["search", "问", "-k"], "选项 '-k' 后面要写上值。"),
        (["status", "--json=1"], "选项 '--json' 不带值。"),
        (["ingest", "书", "--workers", "许多"], "'--workers' 的值不对：要写整数"),
        (["ingest", "书", "--workers", "99"], "'--workers' 的值不对：最大是 64"),
        (["ingest", "书", "--workers", "0"], "'--workers' 的值不对：最小是 1"),
    ],
)
def test_a_mistyped_command_is_explained_in_chinese(words: list[str], told: str) -> None:
    shown = shujia(*words)
    assert shown.exit_code == 2
    assert shown.stderr.splitlines()[-1] == f"错误：{told}"
    assert not re.search("Usage|Try|Error", shown.stdout + shown.stderr)


@pytest.mark.usefixtures("en")
def test_a_mistyped_command_is_explained_by_click_in_english() -> None:
    shown = shujia("serch")
    assert shown.exit_code == 2
    assert shown.stderr.splitlines()[-1].startswith("Error: No such command 'serch'. Did you mean")


@pytest.mark.usefixtures("zh")
def test_a_group_without_a_command_shows_its_help_with_exit_code_2() -> None:
    shown = shujia("keys")
    assert (shown.exit_code, shown.stderr.splitlines()[0]) == (2, "用法：shujia keys [选项] 命令 [参数]...")


@pytest.mark.parametrize("file", ["", 'language = "zh"', 'language = "en"', "candidates = 50"])
@pytest.mark.parametrize("variable", ["", "zh", "en", "auto"])
@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "C.UTF-8"])
def test_the_language_is_the_one_in_which_commands_speak(
    file: str, variable: str, locale: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHUJIA_CONFIG", raising=False)
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("SHUJIA_LANGUAGE", variable) if variable else monkeypatch.delenv("SHUJIA_LANGUAGE", False)
    (tmp_path / CONFIG_FILE).write_text(file, encoding="utf-8")
    assert reader_language() == voice(load()).language
    (tmp_path / CONFIG_FILE).rename(tmp_path / "other.toml")
    monkeypatch.setenv("SHUJIA_CONFIG", "other.toml")
    assert reader_language() == voice(load()).language


@pytest.mark.parametrize("content", [b"language = ", b"\xff\xfe"])
def test_help_comes_though_the_settings_file_is_damaged(
    content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHUJIA_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (tmp_path / CONFIG_FILE).write_bytes(content)
    assert shujia("--help").stdout.startswith("用法：shujia")
    monkeypatch.setenv("SHUJIA_CONFIG", "missing.toml")
    assert shujia("--help").exit_code == 0


def test_a_command_runs_without_reading_the_chinese_help(tmp_path: Path) -> None:
    probe = (
        "import sys\nfrom app.cli import app\n"
        "try: app(['settings', '--library', sys.argv[1]])\nexcept SystemExit as end: assert not end.code\n"
        "assert not {'app.help_screen', 'app.usage_mistakes', 'app.terminal_wrap'} & set(sys.modules)"
    )
    speaks = {**os.environ, "SHUJIA_LANGUAGE": "zh"}
    assert subprocess.run([sys.executable, "-c", probe, str(tmp_path)], check=False, env=speaks).returncode == 0


@pytest.mark.usefixtures("zh")
def test_a_question_that_is_answered_by_no_ends_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = typer.Typer(rich_markup_mode=None)
    for name in ("delete", "forget"):
        asking.command(name)(lambda: typer.confirm("删除？", abort=True))
    speak(asking)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    err = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(err), pytest.raises(SystemExit) as end:
        asking(["delete"])
    assert (end.value.code, err.getvalue()) == (1, "已中止。\n")
