"""What is wrong with a command, in Chinese: the sentences of click and pydantic, and around those of our own."""

from __future__ import annotations

import re
from typing import Any

import typer

from app.error_words import error_text
from app.terminal_text import terminal_text

SENTENCES = (
    (r"Missing argument (.+?)\.", "缺少参数 {0}。"),
    (r"Missing option (.+?)\.", "缺少选项 {0}。"),
    (r"Missing command\.", "缺少命令。"),
    (r"No such command (.+?)\. Did you mean (.+)\?", "没有命令 {0}。是不是 {1}？"),
    (r"No such command (.+)\.", "没有命令 {0}。"),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {0}。是不是 {1}？"),
    (r"No such option: (\S+)", "没有选项 {0}。"),
    (r"Option (.+) requires an argument\.", "选项 {0} 后面要写上值。"),
    (r"Option (.+) does not take a value\.", "选项 {0} 不带值。"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "多出了参数：{0}。"),
    (r"Input should be a valid integer, .+", "要写整数"),
    (r"Input should be a valid number, .+", "要写数字"),
    (r"Input should be greater than or equal to (\S+)", "最小是 {0}"),
    (r"Input should be less than or equal to (\S+)", "最大是 {0}"),
)
"""English sentences of click and pydantic as patterns, and the Chinese ones."""

_INVALID = re.compile(r"Invalid value(?: for (.+?))?: (.+)", re.DOTALL)


def mistake_screen(mistake: Any) -> str:
    """What click prints for a UsageError or an Abort, in Chinese: usage, where help is, what is wrong."""
    if isinstance(mistake, typer.Abort):
        return "已中止。"
    lines = []
    if mistake.ctx is not None:
        lines = [mistake.ctx.get_usage(), f"查看帮助：{mistake.ctx.command_path} --help", ""]
    return terminal_text("\n".join([*lines, "错误：" + _sentence(mistake.format_message())]))


def _sentence(english: str) -> str:
    """One sentence in Chinese; one that is not known stays as it is."""
    invalid = _INVALID.fullmatch(english)
    if invalid is not None:
        told = _sentence(invalid[2])
        return f"{invalid[1]} 的值不对：{told}" if invalid[1] else told
    for pattern, chinese in SENTENCES:
        found = re.fullmatch(pattern, english, re.DOTALL)
        if found is not None:
            return chinese.format(*(part.replace("', '", "'、'") for part in found.groups()))
    return error_text(english, "zh")
