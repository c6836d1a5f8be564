"""The numbers and dates that a text states, in one form for both languages.

"3.5万", "35,000" and "三万五千" are 35000; "2024年3月5日", "2024-03-05" and "March 5, 2024" are one date. A "
"number is read
with its unit where the unit is known (30天 and "30 days" agree, 30天 and "30 hours" do not).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from generation.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, english_value, han_value, scale_value
from generation.units import NOT_NUMBERS, UNIT, canonical_unit
from store.analyzer import fold

_MONTHS = {m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR, _DAY = r"(?P<year>[12]\d{3})", r"(?P<day>\d{1,2})(?!\d)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}\s*年\s*(?P<month>\d{{1,2}})\s*月(?:\s*{_DAY}\s*[日号])?",
        rf"(?<![\d.]){_YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep){_DAY}(?!\.?\d)",
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR}\b)?",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b(?:,?\s+{_YEAR}\b)?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b",
        rf"(?<!\d)(?P<month>\d{{1,2}})\s*月\s*{_DAY}\s*[日号]",
        r"(?<!\d)(?P<month>\d{1,2})\s*月(?!\w)",
    )
)
_HAN_DATE_PART = re.compile(r"[〇零一二三四五六七八九十]{1,4}(?=\s*[年月日号])")
_TIME = re.compile(r"(?<!\d)(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)(?!\d)|点(?:(?P<minute2>[0-5]?\d)分)?)")
_CODE = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)*")
_CODE_IS_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:st|nd|rd|th|s)|\d+(?:\.\d+)?-?(?:[a-z]+)(?:-old)?")
_PHONE = re.compile(r"(?<![\d-])\d{3,4}-\d{3,4}(?:-\d{3,4})?(?!\d)|(?<![\d.])\d+(?:\.\d+){2,}")
_FRACTION = re.compile(rf"(?P<whole>\d+|{HAN_NUMERAL})分之(?P<part>\d+(?:\.\d+)?|{HAN_NUMERAL}(?:点{HAN_NUMERAL})?)")
_SCALE = (
    r"(?P<scale>[百千万]?[万亿]+|千(?![克米瓦卡])|百(?![分科])|hundred\b|thousand\b|million\b|billion\b|trillion\b)?"
)
_ARABIC = re.compile(rf"(?P<value>\d+(?:\.\d+)?)\s*-?{_SCALE}(?:\s*-?(?P<unit>{UNIT}))?")
_SIGNS = "$€£¥"
_MAYBE_NUMBER = re.compile(rf"\d|{HAN_NUMERAL}|{ENGLISH_NUMERAL}|{_MONTH}")
_HAN = re.compile(rf"(?P<before>[第几数上成]?)(?P<value>{HAN_NUMERAL})(?P<more>几)?\s*(?P<unit>{UNIT})?")
_ENGLISH = re.compile(rf"(?P<value>{ENGLISH_NUMERAL})(?:[\s-]+(?P<unit>{UNIT}))?")


@dataclass(frozen=True, slots=True)
class Number:
    """A value in plain decimal form ("35000", "0.5", "1/3") and its unit, "" where none is known."""

    value: str
    unit: str
    shown: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date of which parts may be unknown; a year alone is a Number."""

    year: int | None
    month: int
    day: int | None
    shown: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Stated:
    """The numbers and dates of one text."""

    numbers: frozenset[Number]
    dates: frozenset[Date]


@lru_cache(maxsize=8192)
def stated(text: str, *, loose: bool = False) -> Stated:
    """The numbers and dates in ``text``.

    Args:
        text: a sentence or a passage.
        loose: read everything that may be a number (single Chinese digits, the digits of codes, the parts of dates):
            for the passage that is searched. Without it only what surely is one: for the sentence that is checked.
    """
    folded = fold(text)
    if _MAYBE_NUMBER.search(folded) is None:
        return _NOTHING
    folded = _HAN_DATE_PART.sub(_arabic_date_part, folded)
    rest, dates = _take_dates(folded)
    numbers: set[Number] = set()
    if loose:
        numbers.update(_arabic(folded))
        numbers.update(_arabic(re.sub(r"[a-z_/.:-]", " ", folded)))
        rest = folded
    else:
        rest = _PHONE.sub(" ", _CODE.sub(_blank_code, rest))
    rest = _take_times(rest, numbers)
    rest = _take_fractions(rest, numbers)
    numbers.update(_arabic(rest))
    rest = _ARABIC.sub(" ", rest)
    numbers.update(_han(rest, loose))
    numbers.update(_english(rest, loose))
    return Stated(frozenset(numbers), frozenset(dates))


_NOTHING = Stated(frozenset(), frozenset())


def has_number(number: Number, passage: Stated) -> bool:
    """Whether the passage states the value, with the same unit or with none known on either side."""
    units = [other.unit for other in passage.numbers if other.value == number.value]
    return any(not number.unit or not unit or unit == number.unit for unit in units)


def has_date(date: Date, passage: Stated) -> bool:
    """Whether the passage states the date: month and day together, the year there or elsewhere in the passage."""
    for other in passage.dates:
        same_day = date.day is None or other.day == date.day
        same_year = date.year is None or other.year == date.year
        year_elsewhere = other.year is None and Number(str(date.year), "") in passage.numbers
        if other.month == date.month and same_day and (same_year or year_elsewhere):
            return True
    return False


def is_code(token: str) -> bool:
    """Whether a folded token mixes letters and digits as an identifier does: gpt-4o, gb/t5972, not 30km or 21st."""
    mixed = re.search(r"[a-z]", token) is not None and re.search(r"\d", token) is not None
    if not mixed:
        return False
    number = _CODE_IS_NUMBER.fullmatch(token)
    if number is None:
        return True
    tail = re.sub(r"^\d+(?:\.\d+)?-?|-old$", "", token)
    return tail not in {"st", "nd", "rd", "th", "s"} and re.fullmatch(UNIT, tail) is None


def _arabic_date_part(match: re.Match[str]) -> str:
    value = han_value(match.group())
    return match.group() if value is None else str(value)


def _blank_code(match: re.Match[str]) -> str:
    return " " if is_code(match.group()) else match.group()


def _take_dates(text: str) -> tuple[str, set[Date]]:
    dates: set[Date] = set()

    def take(match: re.Match[str]) -> str:
        parts = match.groupdict()
        name = parts["month"]
        month = int(name) if name.isdigit() else _MONTHS[name[:3]]
        day = int(parts["day"]) if parts.get("day") else None
        if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
            return match.group()
        year = int(parts["year"]) if parts.get("year") else None
        dates.add(Date(year, month, day, match.group().strip()))
        return " "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    return text, dates


def _take_times(text: str, numbers: set[Number]) -> str:
    def take(match: re.Match[str]) -> str:
        minute = match["minute"] or match["minute2"] or "0"
        numbers.add(Number(f"{int(match['hour']) % 12}:{int(minute):02d}", "", match.group()))
        return " "

    return _TIME.sub(take, text)


def _take_fractions(text: str, numbers: set[Number]) -> str:
    def take(match: re.Match[str]) -> str:
        whole, part = _value(match["whole"]), _value(match["part"])
        if whole is None or part is None:
            return match.group()
        number = Number(_plain(part), "%", match.group()) if whole == 100 else Number(f"{part}/{whole}", "")
        numbers.add(number)
        return " "

    return _FRACTION.sub(take, text)


def _value(written: str) -> Decimal | None:
    if written[0].isdigit():
        return Decimal(written)
    whole, _, decimals = written.partition("点")
    value = han_value(whole)
    if value is None or not decimals:
        return None if value is None else Decimal(value)
    digits = "".join(str(han_value(character)) for character in decimals)
    return Decimal(f"{value}.{digits}")


def _arabic(text: str) -> set[Number]:
    numbers = set()
    for match in _ARABIC.finditer(text):
        value = Decimal(match["value"]) * scale_value(match["scale"] or "")
        before = text[max(0, match.start() - 2) : match.start()].rstrip()[-1:]
        unit = canonical_unit(match["unit"] or (before if before in _SIGNS else ""))
        if unit == "year" and 1000 <= value <= 2999:
            unit = ""  # 2024年 is a year's name, 5年 is five years
        numbers.add(Number(_plain(value), unit, match.group().strip()))
    return numbers


def _han(text: str, loose: bool) -> set[Number]:
    numbers = set()
    for match in _HAN.finditer(text):
        written, unit = match["value"], match["unit"]
        value = han_value(written)
        if value is None:
            continue
        vague = (match["before"] and match["before"] != "第") or match["more"]
        vague = vague or not written.strip("万亿")  # 亿元 without a number before it
        vague = vague or NOT_NUMBERS.match(text, match.start("value"))
        sure = (len(written) > 1 or (unit is not None and value > 1)) and not vague
        if sure or (loose and not (value == 1 and not canonical_unit(unit or ""))):
            numbers.add(Number(_plain(Decimal(value)), canonical_unit(unit or ""), match.group()))
    return numbers


def _english(text: str, loose: bool) -> set[Number]:
    numbers = set()
    for match in _ENGLISH.finditer(text):
        value = english_value(match["value"])
        if value is not None and (loose or value > 1):
            numbers.add(Number(_plain(Decimal(value)), canonical_unit(match["unit"] or ""), match.group()))
    return numbers


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
