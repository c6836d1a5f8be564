# ruff: noqa: E501  # a list of words
"""Names from all of Unicode, for files and collections."""

from __future__ import annotations

import os
import random
import unicodedata

SPECIAL = (
    "甲", "\U00020000\U0002a6d6", "e\u0301 b", "é b", "😀", "👨‍👩‍👧", "מסמך", "ملف\u200fx", "कागज़", "เอกสาร", "Ω≈ç", "ｆｕｌｌ　ｗｉｄｔｈ",
    "a%b_c", "it's \"q\"", "back\\slash", "new\nline", "tab\t", "#?*[x]{y}", "a\u202eb", "zero\u200bwidth", "\ue000", "İi̇ıI", "ß", "CON",
    " blanks ", "%C4%E3", "名" * 80, "-rf", "--help", "$(x)", "a!b", "\ufeffbom",
)  # fmt: skip
GBK = os.fsdecode("你好".encode("gbk"))  # bytes that are not UTF-8: lone surrogates in Python


def file_name(chance: random.Random) -> str:
    """A path below a folder that Linux takes, its last part ending in .txt."""
    parts = [_part(chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    if chance.random() < 0.05:
        parts[-1] = GBK
    return "/".join(parts) + ".txt"


def collection_name(chance: random.Random) -> str:
    """A name that can be seen."""
    while True:
        name = "".join(each for each in _part(chance) if each.isprintable()).strip()
        if name:
            return name


def _part(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(SPECIAL)
    made = "".join(_character(chance) for _ in range(chance.randint(1, 12)))
    return made if not made.startswith((".", "~$")) else f"x{made}"


def _character(chance: random.Random) -> str:
    while True:
        one = chr(
            chance.choice((chance.randrange(0x20, 0x250), chance.randrange(0x20, 0xFFFF), chance.randrange(0x10FFFF)))
        )
        if unicodedata.category(one) not in ("Cs", "Cn") and one not in "/\0":
            return one
