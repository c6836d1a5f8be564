"""Chinese and English number words to values: 一千二百 is 1200, 二〇二四 is 2024, "twenty-one" is 21."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)) | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
HAN_NUMERAL = r"[零〇一二两三四五六七八九十百千万亿]+"
"""A run of numeral characters in Simplified Chinese; whether it is a number is for ``han_value`` to say."""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ENGLISH = {word: value for value, word in enumerate(_ONES)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_ORDINALS = {word: n for n, word in enumerate("third fourth fifth sixth seventh eighth ninth tenth".split(), start=3)}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WORD = "|".join([*_ENGLISH, *_SCALES, *_ORDINALS])
ENGLISH_NUMERAL = rf"\b(?:{_WORD})(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}))*\b"
"""A run of English number words, lower case."""


def han_value(numeral: str) -> int | None:
    """The value of a Chinese numeral, None where the characters are no number ("三四" is "three or four").

    Without 十百千 the characters are read one digit after another (二〇二四), which takes a 零 or 〇, or three digits.
    """
    if not any(character in _UNITS or character in _BIG for character in numeral):
        if len(numeral) == 1 or len(numeral) >= 3 or any(c in "零〇" for c in numeral):
            return int("".join(str(_DIGITS[character]) for character in numeral))
        return None
    total = section = digit = 0
    previous_digit = False
    for character in numeral:
        if character in _DIGITS:
            if previous_digit and digit:
                return None  # 二三十: two or three tens
            digit, previous_digit = _DIGITS[character], True
            continue
        previous_digit = False
        if character in _UNITS:
            section += (digit or (1 if not section else 0)) * _UNITS[character]
        else:
            section += digit
            if character == "亿":
                total = (total + section or 1) * _BIG[character]
            else:
                total += (section or 1) * _BIG[character]
            section = 0
        digit = 0
    return total + section + digit


def scale_value(scale: str) -> Decimal:
    """The factor of 万, 百万, 亿, 万亿, "million" …; 1 for the empty string."""
    factor = Decimal(1)
    if scale in _SCALES:
        return Decimal(_SCALES[scale])
    for character in scale:
        factor *= _UNITS.get(character) or _BIG[character]
    return factor


def english_value(numeral: str) -> int | None:
    """The value of English number words ("two hundred and fifty", "third"), None where they do not make one number."""
    total = current = 0
    seen = False
    for word in re.split(r"[\s-]+", numeral):
        if word == "and":
            continue
        if word in _SCALES:
            if word == "hundred":
                current = (current or 1) * 100
            else:
                total += (current or 1) * _SCALES[word]
                current = 0
        else:
            value = _ENGLISH.get(word, _ORDINALS.get(word, 0))
            if seen and current % 10 and value < 20:
                return None  # "two three": two numbers in a row
            current += value
        seen = True
    return total + current if seen else None
