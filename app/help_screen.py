"""The Chinese help of a command: click's layout, words from ``help_zh.toml``, lines wrapped as Chinese is.

The English help stands at each command and flag. Its Chinese twin is found by the English text itself, paragraph by
paragraph: an English text that changes has no twin any more, and a test says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from app.terminal_wrap import columns, wrapped

TEXTS = Path(__file__).with_name("help_zh.toml")
_NAMES_AT_MOST = 30  # columns of the names; a longer name has its help below it (as in click)
_TYPES = {
    "str": "文字",
    "int": "整数",
    "float": "小数",
    "int range": "整数",
    "float range": "小数",
    "path": "路径",
    "list[str]": "多个",
    "list[Path]": "多个路径",
}
Row = tuple[str, str, str]
"""A name, its help, and what stands in brackets behind it."""
_RANGE = re.compile(r"(?:(?P<low>[\d.]+)<=)?x(?:<=(?P<high>[\d.]+))?|x>=(?P<least>[\d.]+)")


@cache
def texts() -> dict[str, str]:
    """Chinese by English, whatever the line breaks of the English."""
    return dict(tomllib.loads(TEXTS.read_text(encoding="utf-8")))


def paragraphs(english: str | None) -> list[str]:
    """The paragraphs of a help text, each on one line."""
    return [" ".join(paragraph.split()) for paragraph in (english or "").split("\n\n") if paragraph.strip()]


def chinese(english: str | None) -> list[str]:
    """The paragraphs of a help text in Chinese; one without a twin stays English."""
    return [texts().get(paragraph, paragraph) for paragraph in paragraphs(english)]


def usage_lines(command: Any, context: Any, width: int) -> list[str]:
    """How a command is written: click's pieces under a Chinese heading."""
    pieces = " ".join(command.collect_usage_pieces(context))
    for english, told in (("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 [参数]...")):
        pieces = pieces.replace(english, told)
    heading = f"用法：{context.command_path} "
    first, *rest = wrapped(pieces, max(width - columns(heading), 20)) or [""]
    return [heading + first, *(" " * columns(heading) + line for line in rest)]


def help_screen(command: Any, context: Any, width: int) -> str:
    """The help of a click command, lines of at most ``width`` columns, a line break at its end."""
    blocks = [usage_lines(command, context, width)]
    blocks += [[f"  {line}" for line in wrapped(text, width - 2)] for text in chinese(command.help)]
    rows: dict[str, list[Row]] = {"参数": [], "选项": [], "命令": list(_commands(command))}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            rows["参数" if parameter.param_type_name == "argument" else "选项"].append(_row(parameter, record))
    blocks += [[f"{heading}：", *_table(found, width)] for heading, found in rows.items() if found]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _commands(group: Any) -> Iterator[Row]:
    """The commands of a group, each with the first sentence of its help."""
    for name, command in getattr(group, "commands", {}).items():
        if not command.hidden:
            yield name, "".join(chinese(command.help)[:1]).partition("。")[0], ""


def _row(parameter: Any, record: tuple[str, str]) -> Row:
    """Name, help and marks of a parameter: click's own row, with its words exchanged."""
    name = re.sub(r"<([^<>]+)>", lambda kind: f"<{_TYPES.get(kind[1], kind[1])}>", record[0])
    extra = record[1].removeprefix(parameter.help or "").strip()
    marks = "；".join(_mark(part) for part in extra[1:-1].split("; ")) if extra else ""
    return name, " ".join(chinese(parameter.help)), f"[{marks}]" if marks else ""


def _mark(part: str) -> str:
    """One of click's marks behind a help text: whether it is required, its default, its range."""
    if part == "required":
        return "必填"
    if part.startswith("default: "):
        return "默认：" + part.removeprefix("default: ")
    found = _RANGE.fullmatch(part)
    if found is None:
        return part
    low, high = found["low"] or found["least"], found["high"]
    return f"{low} 到 {high}" if low and high else f"至少 {low}" if low else f"至多 {high}"


def _table(rows: list[Row], width: int) -> list[str]:
    """Names at the left, help at the right."""
    left = min(max(columns(name) for name, _, _ in rows), _NAMES_AT_MOST) + 2
    lines = []
    for name, text, marks in rows:
        told = wrapped(text, max(width - left - 2, 10), last=marks)
        if columns(name) <= left - 2:
            lines.append("  " + name + " " * (left - columns(name)) + "".join(told[:1]))
            told = told[1:]
        else:
            lines.append(f"  {name}")
        lines += [" " * (left + 2) + line for line in told]
    return [line.rstrip() for line in lines]
